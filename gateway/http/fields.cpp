#include "gateway/http/fields.hpp"

#include <array>
#include <cstddef>

namespace xtn::gateway {

namespace {

struct Known {
    std::string_view name; // lower case
    Field field;
};

// Sorted by length, so that a name is compared with the few entries of its own length only.
constexpr std::array known{
    Known{"te", Field::te},
    Known{"host", Field::host},
    Known{"expect", Field::expect},
    Known{"upgrade", Field::upgrade},
    Known{"trailer", Field::trailer},
    Known{"location", Field::location},
    Known{"connection", Field::connection},
    Known{"keep-alive", Field::keep_alive},
    Known{"retry-after", Field::retry_after},
    Known{"content-type", Field::content_type},
    Known{"x-trino-user", Field::trino_user},
    Known{"content-length", Field::content_length},
    Known{"x-trino-source", Field::trino_source},
    Known{"accept-encoding", Field::accept_encoding},
    Known{"x-forwarded-for", Field::x_forwarded_for},
    Known{"content-encoding", Field::content_encoding},
    Known{"proxy-connection", Field::proxy_connection},
    Known{"x-forwarded-host", Field::x_forwarded_host},
    Known{"x-trino-xtrinode", Field::trino_selector},
    Known{"transfer-encoding", Field::transfer_encoding},
    Known{"x-forwarded-proto", Field::x_forwarded_proto},
    Known{"proxy-authenticate", Field::proxy_authenticate},
    Known{"x-trino-route-name", Field::trino_route_name},
    Known{"proxy-authorization", Field::proxy_authorization},
    Known{"x-trino-backend-url", Field::trino_backend_url},
    Known{"x-trino-routing-group", Field::trino_routing_group},
    Known{"x-trino-xtrinode-name", Field::trino_xtrinode_name},
    Known{"x-trino-xtrinode-namespace", Field::trino_xtrinode_namespace},
};

constexpr std::size_t longest = 26;

struct LengthIndex {
    std::array<std::uint8_t, longest + 2> first{};
};

constexpr LengthIndex make_index() {
    LengthIndex index;
    std::size_t at = 0;
    for (std::size_t length = 0; length <= longest + 1; ++length) {
        while (at < known.size() && known[at].name.size() < length)
            ++at;
        index.first[length] = static_cast<std::uint8_t>(at);
    }
    return index;
}

constexpr LengthIndex by_length = make_index();

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

} // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

Field classify_field(std::string_view name) {
    if (name.size() > longest) return Field::other;
    for (std::size_t i = by_length.first[name.size()]; i < by_length.first[name.size() + 1]; ++i) {
        // The last characters differ most among names of one length.
        const auto &candidate = known[i];
        if (candidate.name.back() == lower(name.back()) && equals_ignoring_case(candidate.name, name)) return candidate.field;
    }
    return Field::other;
}

} // namespace xtn::gateway
