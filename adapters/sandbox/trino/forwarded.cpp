#include "adapters/sandbox/trino/forwarded.hpp"

#include <algorithm>
#include <charconv>

namespace xtn::sandbox::trino {

namespace {

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '"'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '"'))
        text.remove_suffix(1);
    return text;
}

// The first element of a comma-separated header.
std::string_view first(const netkit::Request &request, std::string_view name) {
    const auto value = request.headers.get(name).value_or("");
    return trim(value.substr(0, value.find(',')));
}

// Host and port of "host", "host:port", "[v6]:port".
std::pair<std::string, std::string> split(std::string_view authority) {
    const auto bracket = authority.rfind(']');
    const auto colon = authority.rfind(':');
    if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket))
        return {std::string(authority), {}};
    return {std::string(authority.substr(0, colon)), std::string(authority.substr(colon + 1))};
}

} // namespace

std::optional<std::string> base_uri(const netkit::Request &request) {
    std::string proto = "http";
    std::string authority(request.headers.get("Host").value_or("localhost"));
    std::string forwarded_port;
    std::string forwarded_host;
    if (request.headers.has("Forwarded")) { // RFC 7239 wins over the X- family
        auto element = first(request, "Forwarded");
        while (!element.empty()) {
            const auto pair = element.substr(0, element.find(';'));
            const auto equals = pair.find('=');
            if (equals != std::string_view::npos) {
                const auto value = trim(pair.substr(equals + 1));
                if (netkit::iequals(trim(pair.substr(0, equals)), "proto")) proto = value;
                if (netkit::iequals(trim(pair.substr(0, equals)), "host")) authority = value;
            }
            element = pair.size() < element.size() ? element.substr(pair.size() + 1) : std::string_view();
        }
    } else {
        if (const auto value = first(request, "X-Forwarded-Proto"); !value.empty()) proto = value;
        forwarded_host = first(request, "X-Forwarded-Host");
        forwarded_port = first(request, "X-Forwarded-Port");
    }
    auto [host, port] = split(forwarded_host.empty() ? authority : forwarded_host);
    if (!forwarded_port.empty()) {
        unsigned number = 0;
        const auto [end, ec] = std::from_chars(forwarded_port.data(), forwarded_port.data() + forwarded_port.size(), number);
        if (ec != std::errc() || end != forwarded_port.data() + forwarded_port.size() || number > 65535) return std::nullopt;
        if (forwarded_host.empty() || port.empty()) port = forwarded_port;
    }
    std::string base = proto + "://" + host;
    const bool standard = (proto == "http" && port == "80") || (proto == "https" && port == "443");
    if (!port.empty() && !standard) base += ":" + port;
    std::string prefix(first(request, "X-Forwarded-Prefix"));
    while (prefix.ends_with('/'))
        prefix.pop_back();
    return base + prefix;
}

} // namespace xtn::sandbox::trino
