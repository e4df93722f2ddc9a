#include "gateway/routing/query_id.hpp"

#include <cstddef>
#include <cstring>

namespace xtn::gateway {

namespace {

constexpr std::string_view pattern = "dddddddd_dddddd_ddddd_"; // then the suffix

bool digit(char c) {
    return c >= '0' && c <= '9';
}
bool alphanumeric(char c) {
    return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

} // namespace

bool is_query_id(std::string_view text) {
    if (text.size() <= pattern.size() || text.size() > 64) return false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == 'd' ? !digit(text[i]) : text[i] != '_') return false;
    }
    for (const char c : text.substr(pattern.size())) {
        if (!alphanumeric(c)) return false;
    }
    return true;
}

std::optional<std::string_view> query_id_in_path(std::string_view path_and_query) {
    auto path = path_and_query.substr(0, path_and_query.find_first_of("?#"));
    while (!path.empty()) {
        const auto slash = path.find('/');
        if (slash == std::string_view::npos) return std::nullopt;
        path.remove_prefix(slash + 1);
        const auto segment = path.substr(0, path.find('/'));
        if (segment.size() > pattern.size() && segment[8] == '_' && is_query_id(segment)) return segment;
    }
    return std::nullopt;
}

std::string_view coordinator_suffix(std::string_view query_id) {
    const auto underscore = query_id.rfind('_');
    if (underscore == std::string_view::npos || query_id.size() - underscore - 1 != 5) return {};
    return query_id.substr(underscore + 1);
}

} // namespace xtn::gateway
