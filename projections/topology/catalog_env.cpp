#include "projections/topology/catalog_env.hpp"

#include "core/model/look.hpp"

#include <array>
#include <map>

namespace xtn::topology {
namespace {

namespace json = boost::json;

// Typed secrets of connectors: member -> property of the catalog file (spec 20 §2). Order matters: hive has two.
struct TypedSecret {
    std::string_view member;
    std::string_view property;
};
constexpr std::array typed_secrets{
    TypedSecret{"s3AccessKeySecret", "s3.aws-access-key"}, TypedSecret{"s3SecretKeySecret", "s3.aws-secret-key"},
    TypedSecret{"connectionPasswordSecret", "connection-password"}, TypedSecret{"passwordSecret", "connection-password"}};

json::object variable(std::string name, const json::object &selector) {
    json::object ref;
    for (const std::string_view member : {"name", "key", "optional"}) {
        if (const auto *value = look::at(selector, member)) ref[member] = *value;
    }
    json::object from;
    from["secretKeyRef"] = std::move(ref);
    json::object out;
    out["name"] = std::move(name);
    out["valueFrom"] = std::move(from);
    return out;
}

} // namespace

std::string secret_variable(std::string_view catalog, std::string_view property) {
    std::string out = "CATALOG_" + look::upper(catalog) + "_" + look::upper(property);
    for (char &c : out)
        if (c == '.' || c == '-') c = '_';
    return out;
}

std::vector<json::object> catalog_environment(const std::vector<CatalogInput> &catalogs) {
    std::vector<json::object> out;
    for (const auto &catalog : catalogs) {
        const auto *connectors = look::object(catalog.spec, "connector");
        if (connectors == nullptr) continue;
        for (const auto &entry : *connectors) {
            const auto *connector = entry.value().if_object();
            if (connector == nullptr) continue;
            std::map<std::string, const json::object *> properties;
            if (const auto *refs = look::object(*connector, "propertySecretRefs")) {
                for (const auto &ref : *refs) {
                    if (look::blank(ref.key()) || !ref.value().is_object()) continue;
                    properties.emplace(ref.key(), &ref.value().get_object());
                }
            }
            for (const auto &[property, selector] : properties)
                out.push_back(variable(secret_variable(catalog.name, look::trim(property)), *selector));
            for (const auto &typed : typed_secrets) {
                if (const auto *selector = look::object(*connector, typed.member)) {
                    out.push_back(variable(secret_variable(catalog.name, typed.property), *selector));
                }
            }
        }
    }
    return out;
}

} // namespace xtn::topology
