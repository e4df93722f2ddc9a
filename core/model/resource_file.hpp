// Custom resources in files: YAML documents that remember where each field stands, so that an error can point at its line.
#pragma once

#include "core/model/yaml_node.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace xtn {

struct ResourceDocument {
    boost::json::object object;
    YamlNode node;

    std::string kind() const; // "XTrinode"; empty when absent
    std::string api_version() const;
    std::string identity() const; // "XTrinode default/runtime-a", as messages name it
    // The line of the field at `path` ("spec.resources.worker.limits[memory]"), or of the nearest parent that is there.
    int line_of(std::string_view path) const;
};

// The documents of a stream; a List gives its items. Errors: invalid_argument with line and column for what is not YAML, and for
// a document that is no map.
Result<std::vector<ResourceDocument>> read_resources(std::string_view text);

} // namespace xtn
