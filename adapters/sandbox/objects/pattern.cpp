#include "adapters/sandbox/objects/pattern.hpp"

#include <regex>

namespace xtn::sandbox::objects {

struct Pattern {
    std::regex regex;
};

std::shared_ptr<const Pattern> compile_pattern(const std::string &pattern) {
    try {
        // The breadth-first matcher: the default one recurses once for each character of the text, and a client chooses the text.
        return std::make_shared<const Pattern>(
            Pattern{std::regex(pattern, std::regex::ECMAScript | std::regex_constants::__polynomial)});
    } catch (const std::regex_error &) {
        return nullptr;
    }
}

bool pattern_found(const Pattern &pattern, std::string_view text) {
    return std::regex_search(text.begin(), text.end(), pattern.regex);
}

} // namespace xtn::sandbox::objects
