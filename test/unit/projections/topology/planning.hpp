// Planning from YAML, for tests.
#pragma once

#include "core/model/look.hpp"
#include "core/model/xtrinode.hpp"
#include "core/model/yaml.hpp"
#include "projections/topology/planner.hpp"

#include <boost/json/object.hpp>
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace xtn::test {

// The plan of one custom resource, read as ingest does. `resource` must outlive nothing: the spec is copied in.
inline Result<TopologyPlan> plan_of(const boost::json::object &resource, std::vector<CatalogInput> catalogs = {},
                                    std::map<std::string, std::string> digests = {}) {
    const auto read = read_xtrinode(resource);
    TopologyInput input;
    input.id = {std::string(look::text(resource, "metadata.namespace")), std::string(look::text(resource, "metadata.name"))};
    input.uid = "11111111-2222-3333-4444-555555555555";
    input.generation = 1;
    input.spec = &read.spec;
    input.operator_version = "dev";
    input.catalogs = std::move(catalogs);
    input.config_digests = std::move(digests);
    return plan_topology(input);
}

inline boost::json::object resource(std::string_view spec, std::string_view name = "vega", std::string_view ns = "team-z") {
    auto value = yaml_to_json("{metadata: {name: " + std::string(name) + ", namespace: " + std::string(ns) +
                              "}, spec: " + std::string(spec) + "}");
    DOCTEST_REQUIRE_MESSAGE(value.ok(), value.error().message);
    return value->as_object();
}

inline TopologyPlan planned(std::string_view spec, std::vector<CatalogInput> catalogs = {},
                            std::map<std::string, std::string> digests = {}) {
    auto plan = plan_of(resource(spec), std::move(catalogs), std::move(digests));
    DOCTEST_REQUIRE_MESSAGE(plan.ok(), plan.error().message);
    return std::move(*plan);
}

inline std::vector<std::string> names(const TopologyPlan &plan) {
    std::vector<std::string> out;
    for (const auto &object : plan.objects)
        out.push_back(object.ref.kind + "/" + object.ref.name);
    return out;
}

inline const boost::json::object &manifest(const TopologyPlan &plan, std::string_view kind, std::string_view name_prefix) {
    for (const auto &object : plan.objects) {
        if (object.ref.kind == kind && object.ref.name.starts_with(name_prefix)) return object.manifest;
    }
    DOCTEST_FAIL("no such object: " << kind << "/" << name_prefix);
    throw 0;
}

} // namespace xtn::test
