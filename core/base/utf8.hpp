// Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace xtn {

bool valid_utf8(std::string_view text);
// How many code points; for laying out tables. Malformed bytes count as one each.
std::size_t utf8_length(std::string_view text);

} // namespace xtn
