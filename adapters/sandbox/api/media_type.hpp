// Content negotiation: what a client accepts, and in which shape (object, Table, PartialObjectMetadata, aggregated discovery).
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::sandbox {

struct MediaType {
    std::string type; // "application/json"
    std::map<std::string, std::string, std::less<>> parameters;
    double quality = 1; // compared only

    std::string_view parameter(std::string_view name) const;
    bool covers(std::string_view other) const; // "*/*" and "application/*" included
};

// "a/b;as=Table;g=meta.k8s.io, c/d;q=0.5", best first, equal ones in the order given. Empty for a header that is missing or
// empty.
std::vector<MediaType> parse_accept(std::string_view header);
// The type of a Content-Type header without parameters, lower case.
std::string content_type(std::string_view header);

enum class Shape { object, table, partial_metadata, aggregated_discovery };

struct Accepted {
    Shape shape = Shape::object;
    std::string version;                   // of the shape's group: "v1", "v2"
    std::string type = "application/json"; // or "application/yaml", "application/vnd.kubernetes.protobuf" (errors only)
};

// What to answer with, out of JSON and YAML; `shapes` are those that the endpoint can give. Protobuf is skipped, so that clients
// that name JSON as second choice get that. Nothing: 406.
std::optional<Accepted> negotiate(std::string_view accept_header, std::span<const Shape> shapes);

} // namespace xtn::sandbox
