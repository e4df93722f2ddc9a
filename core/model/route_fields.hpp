// The members of routes and backends as data: one table each drives writing, reading and comparing of every text form.
#pragma once

#include "core/model/route_table.hpp"

#include <array>
#include <string_view>
#include <variant>

namespace xtn {

// How a member is left out: never, or when it is empty, zero or false.
enum class Omit { never, empty };

template <class T> struct RouteField {
    std::string_view name;
    std::variant<std::string T::*, std::int64_t T::*, bool T::*> member;
    Omit omit;
};

// In the order of the contract (spec 50 §3.1). `state` stands after coordinatorURL and is handled apart: it is an enumeration.
inline constexpr std::array backend_fields{
    RouteField<Backend>{"name", &Backend::name, Omit::never},
    RouteField<Backend>{"namespace", &Backend::ns, Omit::never},
    RouteField<Backend>{"coordinatorURL", &Backend::coordinator_url, Omit::never},
    RouteField<Backend>{"active", &Backend::active, Omit::never},
    RouteField<Backend>{"tier", &Backend::tier, Omit::empty},
    RouteField<Backend>{"capacityUnits", &Backend::capacity_units, Omit::empty},
    RouteField<Backend>{"runtimeShapeVersion", &Backend::runtime_shape_version, Omit::empty},
    RouteField<Backend>{"runtimeShapeHash", &Backend::runtime_shape_hash, Omit::empty},
    RouteField<Backend>{"observedGeneration", &Backend::observed_generation, Omit::empty},
    RouteField<Backend>{"drainUntil", &Backend::drain_until, Omit::empty},
};
inline constexpr std::string_view state_field = "state";
inline constexpr std::string_view state_field_after = "coordinatorURL";

// `backends` stands after routingGroup.
inline constexpr std::array route_fields{
    RouteField<Route>{"name", &Route::name, Omit::never},
    RouteField<Route>{"routingGroup", &Route::routing_group, Omit::never},
    RouteField<Route>{"header", &Route::header, Omit::empty},
    RouteField<Route>{"hostname", &Route::hostname, Omit::empty},
    RouteField<Route>{"default", &Route::is_default, Omit::empty},
};
inline constexpr std::string_view backends_field = "backends";
inline constexpr std::string_view backends_field_after = "routingGroup";

// RUNNING for empty text, `unknown` for text that is no state.
BackendState backend_state_of(std::string_view text);

} // namespace xtn
