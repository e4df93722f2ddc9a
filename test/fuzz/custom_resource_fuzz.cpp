// Whatever bytes a file or a watch holds, reading them as YAML, as a custom resource and as a route table ends well, and:
// * what the YAML writer prints reads back as the same value;
// * what reading a resource calls valid can be planned, and the plan does not depend on when it is made;
// * a table written from what was read reads back equal.
#include "core/model/look.hpp"
#include "core/model/resource_file.hpp"
#include "core/model/route_table.hpp"
#include "core/model/xtrinode.hpp"
#include "core/model/yaml.hpp"
#include "core/model/yaml_writer.hpp"
#include "projections/topology/planner.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void check_yaml(std::string_view text) {
    const auto documents = xtn::yaml_documents(text);
    if (!documents.ok()) return;
    for (const auto &value : *documents) {
        const auto back = xtn::yaml_to_json(xtn::yaml_text(value));
        // Writing sets every member apart, so that one of 64 levels may become too deep or too many: then it is an error, not
        // another value.
        if (back.ok()) require(boost::json::serialize(*back) == boost::json::serialize(value));
    }
}

void check_resource(const boost::json::object &resource) {
    static_cast<void>(xtn::read_catalog(resource));
    const auto read = xtn::read_xtrinode(resource);
    xtn::TopologyInput input;
    input.id = {"fuzz", "fuzz"};
    input.uid = "u";
    input.spec = &read.spec;
    input.operator_version = "dev";
    const auto first = xtn::plan_topology(input);
    if (!read.errors.empty() || !first.ok()) return;
    const auto second = xtn::plan_topology(input);
    require(second.ok() && second->objects.size() == first->objects.size());
    for (std::size_t i = 0; i < first->objects.size(); ++i)
        require(first->objects[i].manifest == second->objects[i].manifest);
}

void check_table(std::string_view text) {
    const auto parsed = xtn::RouteTable::from_yaml(text);
    if (!parsed.ok()) return;
    for (const auto &route : parsed->table.routes) {
        for (const auto &backend : route.backends) {
            if (backend.state == xtn::BackendState::unknown) return; // printed as no state at all
        }
    }
    const auto back = xtn::RouteTable::from_yaml(parsed->table.to_yaml());
    require(back.ok() && back->table == parsed->table && back->dropped.empty());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    check_yaml(text);
    const auto resources = xtn::read_resources(text);
    if (resources.ok()) {
        for (const auto &resource : *resources) {
            static_cast<void>(resource.line_of("spec.resources.worker.limits[memory]"));
            check_resource(resource.object);
        }
    }
    check_table(text);
    return 0;
}
