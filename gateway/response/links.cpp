#include "gateway/response/links.hpp"

#include <array>

namespace xtn::gateway {

namespace {

// scheme://authority, path, and "?query#fragment" of a URL reference.
struct Parts {
    std::string_view origin, path, rest;
};

std::optional<Parts> split(std::string_view url) {
    Parts parts;
    std::size_t path_at = 0;
    const auto scheme = url.find("://");
    if (scheme != std::string_view::npos && url.find_first_of("/?#") == scheme + 1) {
        path_at = url.find_first_of("/?#", scheme + 3);
        if (path_at == std::string_view::npos) path_at = url.size();
    } else if (url.size() >= 2 && url[0] == '/' && url[1] == '/') {
        return std::nullopt; // scheme-relative: not ours to touch
    }
    const auto rest_at = url.find_first_of("?#", path_at);
    parts.origin = url.substr(0, path_at);
    parts.path = url.substr(path_at, rest_at == std::string_view::npos ? rest_at : rest_at - path_at);
    parts.rest = rest_at == std::string_view::npos ? std::string_view() : url.substr(rest_at);
    return parts;
}

bool unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
           c == '~';
}

void append_escaped(std::string &out, std::string_view segment) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    for (const char c : segment) {
        if (unreserved(c)) {
            out.push_back(c);
        } else {
            const auto u = static_cast<unsigned char>(c);
            out.push_back('%');
            out.push_back(hex[u >> 4]);
            out.push_back(hex[u & 15]);
        }
    }
}

// Undoes the escapes that a JSON writer may put into a URL; nothing for anything rarer.
std::optional<std::string> unescape(std::string_view raw) {
    std::string out;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '\\') {
            out.push_back(raw[i]);
            continue;
        }
        const auto next = raw.substr(i + 1);
        if (next.starts_with('/')) {
            out.push_back('/');
            i += 1;
        } else if (next.starts_with("u0026") || next.starts_with("u003d") || next.starts_with("u003D")) {
            out.push_back(next[3] == '2' ? '&' : '=');
            i += 5;
        } else {
            return std::nullopt;
        }
    }
    return out;
}

} // namespace

bool is_ui_asset(std::string_view first) {
    constexpr std::array<std::string_view, 5> folders{"assets", "vendor", "api", "login", "logout"};
    constexpr std::array<std::string_view, 4> endings{".html", ".css", ".js", ".ico"};
    for (const auto folder : folders) {
        if (first == folder) return true;
    }
    for (const auto ending : endings) {
        if (first.size() >= ending.size() && first.substr(first.size() - ending.size()) == ending) return true;
    }
    return false;
}

std::string ui_prefix(std::string_view ns, std::string_view name) {
    std::string prefix = "/ui/";
    append_escaped(prefix, ns);
    prefix.push_back('/');
    append_escaped(prefix, name);
    return prefix;
}

std::optional<std::string> rewrite_location(std::string_view location, std::string_view prefix) {
    const auto parts = split(location);
    if (!parts || (parts->path != "/ui" && !parts->path.starts_with("/ui/"))) return std::nullopt;
    std::string out(prefix);
    out.append(parts->path.substr(3)).append(parts->rest);
    return out;
}

std::optional<std::string> rewrite_info_uri(std::string_view raw, std::string_view prefix) {
    std::optional<std::string> unescaped;
    if (raw.find('\\') != std::string_view::npos) {
        unescaped = unescape(raw);
        if (!unescaped) return std::nullopt;
        raw = *unescaped;
    }
    const auto parts = split(raw);
    if (!parts || !parts->path.starts_with("/ui")) return std::nullopt;
    const auto tail = parts->path.substr(3); // "", "/", "/<x>..."
    if (!tail.empty() && tail.front() != '/') return std::nullopt;
    if (tail.size() > 1) {
        const auto first = tail.substr(1, tail.find('/', 1) == std::string_view::npos ? tail.npos : tail.find('/', 1) - 1);
        if (parts->path.starts_with(prefix) && parts->path.substr(prefix.size()).starts_with('/')) return std::nullopt;
        if (!is_ui_asset(first)) return std::nullopt;
    }
    std::string out(parts->origin);
    out.append(prefix).append(tail.empty() ? std::string_view("/") : tail).append(parts->rest);
    for (const char c : out) { // what was no JSON-safe text before is left alone
        if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) return std::nullopt;
    }
    return out;
}

} // namespace xtn::gateway
