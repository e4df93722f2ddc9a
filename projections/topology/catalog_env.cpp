#include "projections/topology/catalog_env.hpp"

#include "core/model/catalog_file.hpp"
#include "core/model/look.hpp"

namespace xtn::topology {
namespace {

namespace json = boost::json;

json::object variable(std::string_view name, const json::object &selector) {
    json::object ref;
    for (const std::string_view member : {"name", "key", "optional"}) {
        if (const auto *value = look::at(selector, member)) ref[member] = *value;
    }
    json::object from;
    from["secretKeyRef"] = std::move(ref);
    json::object out;
    out["name"] = name;
    out["valueFrom"] = std::move(from);
    return out;
}

} // namespace

std::vector<json::object> catalog_environment(const std::vector<CatalogInput> &catalogs) {
    std::vector<json::object> out;
    for (const auto &catalog : catalogs) {
        for (const auto &secret : catalog_secrets(catalog.spec))
            out.push_back(variable(catalog_secret_variable(catalog.name, secret.property), *secret.selector));
    }
    return out;
}

} // namespace xtn::topology
