// The defaults, completions, checks and cells of the built-in kinds, as builtin.cpp's rows name them.
#pragma once

#include "adapters/sandbox/objects/kind.hpp"

namespace xtn::sandbox::objects::builtin {

using Object = boost::json::object;

// builtin_defaults.cpp
void default_namespace(Object &object);
void default_secret(Object &object);
void default_service(Object &object);
void default_pod(Object &object);
void default_deployment(Object &object);
void default_replica_set(Object &object);

// builtin_complete.cpp
void create_namespace(Object &object, const Allocators &allocators);
void create_service(Object &object, const Allocators &allocators);
void create_pod(Object &object, const Allocators &allocators);
void create_crd(Object &object, const Allocators &allocators);
void update_namespace(Object &object, const Object &old);
void update_service(Object &object, const Object &old);
void update_pod(Object &object, const Object &old);

// builtin_check.cpp, builtin_check_pod.cpp
void check_config_map(const Object &object, Causes &out);
void check_config_map_update(const Object &object, const Object &old, Causes &out);
void check_secret(const Object &object, Causes &out);
void check_secret_update(const Object &object, const Object &old, Causes &out);
void check_service(const Object &object, Causes &out);
void check_service_update(const Object &object, const Object &old, Causes &out);
void check_event(const Object &object, Causes &out);
void check_events_event(const Object &object, Causes &out);
void check_lease(const Object &object, Causes &out);
void check_pod(const Object &object, Causes &out);
void check_pod_update(const Object &object, const Object &old, Causes &out);
void check_deployment(const Object &object, Causes &out);
void check_deployment_update(const Object &object, const Object &old, Causes &out);
void check_replica_set(const Object &object, Causes &out);
// A pod's or a template's spec.
void check_pod_spec(const Object &spec, std::string_view field, Causes &out);

// builtin_cells.cpp
using Cells = boost::json::array;
Cells namespace_cells(const Object &object, Timestamp now);
Cells node_cells(const Object &object, Timestamp now);
Cells pod_cells(const Object &object, Timestamp now);
Cells service_cells(const Object &object, Timestamp now);
Cells config_map_cells(const Object &object, Timestamp now);
Cells secret_cells(const Object &object, Timestamp now);
Cells service_account_cells(const Object &object, Timestamp now);
Cells event_cells(const Object &object, Timestamp now);
Cells events_event_cells(const Object &object, Timestamp now);
Cells endpoints_cells(const Object &object, Timestamp now);
Cells endpoint_slice_cells(const Object &object, Timestamp now);
Cells lease_cells(const Object &object, Timestamp now);
Cells deployment_cells(const Object &object, Timestamp now);
Cells replica_set_cells(const Object &object, Timestamp now);
Cells crd_cells(const Object &object, Timestamp now);
Cells disruption_budget_cells(const Object &object, Timestamp now);
Cells role_cells(const Object &object, Timestamp now);
Cells role_binding_cells(const Object &object, Timestamp now);

} // namespace xtn::sandbox::objects::builtin
