// The properties file of a catalog (spec 20 §3): a pure function of name and spec. Secrets appear as ${ENV:...} placeholders
// only.
#pragma once

#include "core/base/result.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace xtn {

// What Trino calls the catalog: the resource's name without one leading "trino-catalog-".
std::string catalog_name(std::string_view resource_name);
// "CATALOG_<CATALOG>_<PROPERTY>": upper case, "." and "-" as "_" (spec 20 §3.3).
std::string catalog_secret_variable(std::string_view catalog, std::string_view property);

// The properties that typed fields of this spec give, without connector.name. Empty unless exactly one connector is set.
std::map<std::string, std::string> typed_catalog_properties(std::string_view catalog, const boost::json::object &spec);
// "connector.name=...\n" and one line per property, by key. Errors: invalid_argument when not exactly one connector is set.
Result<std::string> catalog_file(std::string_view catalog, const boost::json::object &spec);

// Secrets a catalog refers to, in the order of spec 20 §8: propertySecretRefs by key, then the connector's own.
struct CatalogSecret {
    std::string property;
    const boost::json::object *selector; // points into the spec
};
std::vector<CatalogSecret> catalog_secrets(const boost::json::object &spec);

} // namespace xtn
