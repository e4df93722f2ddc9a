// Digests that decide about names and rollouts (spec 30 §10).
#pragma once

#include "projections/topology/rendering.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <string>
#include <string_view>

namespace xtn::topology {

// A buffer of (key, 0, value, 0); the order of the adds matters.
class DigestBuffer {
  public:
    DigestBuffer &add(std::string_view key, std::string_view value);
    bool empty() const { return bytes_.empty(); }
    std::string sum12() const; // first 12 hex characters of the SHA-256

  private:
    std::string bytes_;
};

std::string config_map_data_digest(const std::map<std::string, std::string> &data); // "" without data
std::string config_name_hash(const std::map<std::string, std::string> &data);       // suffix of a role's config ConfigMap
std::string spec_revision(const boost::json::object &spec, std::string_view operator_version);

// What the pods of both roles take in from outside: ConfigMaps and Secrets the spec names, and the selected catalogs.
std::string secret_digest(const Rendering &rendering);
std::string catalog_digest(const Rendering &rendering);
// Of a pod template without rollout annotations.
std::string rollout_hash(const Rendering &rendering, Role role, const boost::json::object &pod_template);

} // namespace xtn::topology
