// Which runtime's web UI a path below /ui means (spec 50 §18), and what it is called there.
#pragma once

#include "gateway/routing/routing_table.hpp"

#include <string>
#include <string_view>

namespace xtn::gateway {

struct UiRoute {
    enum class Kind : std::uint8_t {
        proxy,     // to `backend`, as `path`
        redirect,  // to `path`
        not_found, // no such runtime, and no default one
        ambiguous, // a name alone, and several runtimes have it
    };
    Kind kind = Kind::not_found;
    const BackendEntry *backend = nullptr;
    std::string path; // without query
};

// `path` begins with "/ui" and holds no query. In this order: /ui/<ns>/<name>/..., /ui/<name>/..., the UI's own files of the
// default runtime, /ui itself.
UiRoute ui_route(const RoutingTable &table, std::string_view path, TimePoint now);

} // namespace xtn::gateway
