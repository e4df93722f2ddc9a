// Regular expressions of schemas: compiled once, safe on long texts.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace xtn::sandbox::objects {

struct Pattern;
// Null if it is no regular expression that we can read.
std::shared_ptr<const Pattern> compile_pattern(const std::string &pattern);
// Whether it matches anywhere in the text.
bool pattern_found(const Pattern &pattern, std::string_view text);

} // namespace xtn::sandbox::objects
