// The header fields this proxy knows by name; everything else passes through as it came.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace xtn::gateway {

enum class Field : std::uint8_t {
    other,
    accept_encoding,
    connection,
    content_encoding,
    content_length,
    content_type,
    expect,
    host,
    keep_alive,
    location,
    proxy_authenticate,
    proxy_authorization,
    proxy_connection,
    retry_after,
    te,
    trailer,
    transfer_encoding,
    upgrade,
    x_forwarded_for,
    x_forwarded_host,
    x_forwarded_proto,
    trino_backend_url,
    trino_route_name,
    trino_routing_group,
    trino_source,
    trino_user,
    trino_selector, // X-Trino-XTrinode
    trino_xtrinode_name,
    trino_xtrinode_namespace,
};

// Which field a name (any case) means.
Field classify_field(std::string_view name);

// Fields that concern one connection only and are never forwarded (spec 50 §10.1).
constexpr bool hop_by_hop(Field field) {
    switch (field) {
    case Field::connection:
    case Field::keep_alive:
    case Field::proxy_authenticate:
    case Field::proxy_authorization:
    case Field::proxy_connection:
    case Field::te:
    case Field::trailer:
    case Field::transfer_encoding:
    case Field::upgrade:
        return true;
    default:
        return false;
    }
}

namespace detail {
constexpr std::array<bool, 256> token_table() {
    std::array<bool, 256> table{};
    for (char c = 'a'; c <= 'z'; ++c)
        table[static_cast<unsigned char>(c)] = true;
    for (char c = 'A'; c <= 'Z'; ++c)
        table[static_cast<unsigned char>(c)] = true;
    for (char c = '0'; c <= '9'; ++c)
        table[static_cast<unsigned char>(c)] = true;
    for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
        table[static_cast<unsigned char>(c)] = true;
    return table;
}
inline constexpr auto is_token = token_table();
} // namespace detail

// A character of a field name or another token (RFC 9110 §5.6.2).
constexpr bool token_char(char c) {
    return detail::is_token[static_cast<unsigned char>(c)];
}

bool equals_ignoring_case(std::string_view a, std::string_view b); // ASCII

// Calls each(token) for the trimmed, non-empty elements of a comma list.
template <class Each> void for_each_token(std::string_view list, Each each) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        auto token = list.substr(0, comma);
        list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
        while (!token.empty() && (token.front() == ' ' || token.front() == '\t'))
            token.remove_prefix(1);
        while (!token.empty() && (token.back() == ' ' || token.back() == '\t'))
            token.remove_suffix(1);
        if (!token.empty()) each(token);
    }
}

} // namespace xtn::gateway
