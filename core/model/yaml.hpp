// YAML as Kubernetes reads it, turned into JSON: plain scalars resolve by YAML 1.1 (what kubectl does), quoted ones are strings.
#pragma once

#include "core/base/result.hpp"

#include <boost/json/value.hpp>

#include <string_view>
#include <vector>

namespace xtn {

// One document. Numbers that are not 64-bit integers keep their text as {"$float": "1.50"}, as everywhere in this code base.
// Errors: invalid_argument with line and column (1-based): not YAML, duplicate key, key that is no string, alias bomb (more than
// 100,000 nodes), nesting above 64.
Result<boost::json::value> yaml_to_json(std::string_view text);
// All documents of a stream ("---"), empty ones left out.
Result<std::vector<boost::json::value>> yaml_documents(std::string_view text);

} // namespace xtn
