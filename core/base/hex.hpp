// Lower-case hexadecimal, the text form of every digest and chain value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace xtn {

std::string to_hex(std::string_view bytes);
// The bytes of an even number of lower-case hex characters; nothing for any other text.
std::optional<std::string> from_hex(std::string_view hex);

} // namespace xtn
