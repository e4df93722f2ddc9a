// YAML as Kubernetes reads it, turned into JSON: plain scalars resolve by YAML 1.1 (what kubectl does), quoted ones are strings.
#pragma once

#include "core/base/result.hpp"

#include <boost/json/value.hpp>

#include <string_view>
#include <vector>

namespace xtn {

struct YamlNode;

// One document. Numbers that are not 64-bit integers keep their text as {"$float": "1.50"}, as everywhere in this code base.
// Keys that are numbers or booleans become text, as with kubectl; "<<" merges. Whole numbers written as 1.0 or 1e3 are integers.
// Errors: invalid_argument with line and column (1-based): not YAML, duplicate key, key that is a list, map or null, infinity,
// more than 100,000 values (aliases counted at each use), nesting above 64.
Result<boost::json::value> yaml_to_json(std::string_view text);
// One node of a parsed document (core/model/yaml_node.hpp). Errors: infinity and not-a-number.
Result<boost::json::value> yaml_to_json(const YamlNode &node);
// All documents of a stream ("---"), empty ones left out.
Result<std::vector<boost::json::value>> yaml_documents(std::string_view text);

} // namespace xtn
