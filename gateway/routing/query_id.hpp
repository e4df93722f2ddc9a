// Query ids: "20251124_140205_00042_k3x9p". The last five characters are chosen by a coordinator when it starts, and name it.
#pragma once

#include <optional>
#include <string_view>

namespace xtn::gateway {

// Leftmost query id that is a whole path segment (spec 50 §9.1): 8 digits _ 6 digits _ 5 digits _ one or more alphanumerics,
// between
// '/' and '/' or the end. The query string is not looked at. The view points into `path_and_query`.
std::optional<std::string_view> query_id_in_path(std::string_view path_and_query);

bool is_query_id(std::string_view text);

// The coordinator's suffix of a query id, or nothing when there is none of five characters.
std::string_view coordinator_suffix(std::string_view query_id);

} // namespace xtn::gateway
