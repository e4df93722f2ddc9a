// Environment variables that carry the secrets of catalogs into the pods (spec 20 §8).
#pragma once

#include "projections/topology/planner.hpp"

#include <boost/json/object.hpp>

#include <vector>

namespace xtn::topology {

// Kubernetes EnvVars of all catalogs: by catalog, then propertySecretRefs by key, then the connector's own secrets.
std::vector<boost::json::object> catalog_environment(const std::vector<CatalogInput> &catalogs);

} // namespace xtn::topology
