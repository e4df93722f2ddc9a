#include "projections/topology/hashing.hpp"

#include "core/base/ids.hpp"
#include "core/model/go_json.hpp"
#include "core/model/look.hpp"

#include <set>

namespace xtn::topology {
namespace {

namespace json = boost::json;

constexpr std::size_t hash_length = 12;
constexpr std::size_t revision_length = 8;

std::string_view known_digest(const Rendering &rendering, const std::string &key) {
    const auto found = rendering.in.config_digests.find(key);
    return found == rendering.in.config_digests.end() ? std::string_view() : std::string_view(found->second);
}

// ConfigMaps of the user that the pods mount (spec 30 §10.4, "External ConfigMaps"); sorted, each once.
std::set<std::string> mounted_config_maps(const json::object &spec) {
    std::set<std::string> out;
    if (const auto profile = look::text(spec, "resourceGroupsProfile"); !profile.empty()) out.emplace(profile);
    for (const auto name : look::texts(spec, "customConfigMaps"))
        out.emplace(name);
    return out;
}

} // namespace

DigestBuffer &DigestBuffer::add(std::string_view key, std::string_view value) {
    bytes_.append(key).push_back('\0');
    bytes_.append(value).push_back('\0');
    return *this;
}

std::string DigestBuffer::sum12() const {
    return Digest::of(bytes_).hex.substr(0, hash_length);
}

std::string config_map_data_digest(const std::map<std::string, std::string> &data) {
    if (data.empty()) return {};
    DigestBuffer buffer;
    for (const auto &[key, value] : data)
        buffer.add(key, value);
    return buffer.sum12();
}

std::string config_name_hash(const std::map<std::string, std::string> &data) {
    std::string text = "{";
    for (const auto &[key, value] : data)
        text.append(text.size() == 1 ? "" : ",").append(go_json_string(key)).append(":").append(go_json_string(value));
    return DigestBuffer().add("data", text + "}").sum12();
}

std::string spec_revision(const json::object &spec, std::string_view operator_version) {
    return Digest::of(go_json_typed("XTrinodeSpec", spec).append(operator_version)).hex.substr(0, revision_length);
}

// Contents of Secrets are known by keyed digest only (they never enter the log), so where the contract adds a value's bytes, the
// digest is added: it changes exactly when the value does, but the hash is our own.
std::string secret_digest(const Rendering &rendering) {
    DigestBuffer buffer;
    if (const auto *secret = look::object(rendering.spec, "trinoControlAuth.passwordSecret")) {
        const std::string name(look::text(*secret, "name"));
        buffer.add("trino-control-auth-secret", name).add("trino-control-auth-key", look::text(*secret, "key"));
        if (const auto digest = known_digest(rendering, "secret/" + name); !digest.empty()) {
            buffer.add("trino-control-auth-value", digest);
        }
    }
    for (const auto &name : mounted_config_maps(rendering.spec)) {
        buffer.add("mounted-configmap-name", name);
        if (const auto digest = known_digest(rendering, "configmap/" + name); !digest.empty()) {
            buffer.add("mounted-configmap-" + name, digest);
        }
    }
    return buffer.empty() ? std::string() : buffer.sum12();
}

std::string catalog_digest(const Rendering &rendering) {
    DigestBuffer buffer;
    for (const auto &catalog : rendering.in.catalogs)
        buffer.add("name", "trino-catalog-" + catalog.name).add("digest", Digest::of(go_json_sorted(catalog.spec)).hex);
    return buffer.empty() ? std::string() : buffer.sum12();
}

std::string rollout_hash(const Rendering &rendering, Role role, const json::object &pod_template) {
    DigestBuffer buffer;
    buffer.add("rolloutHashKey", std::string(rollout_prefix).append(text(role)))
        .add("podTemplate", go_json_typed("PodTemplateSpec", pod_template))
        .add("access", "")  // helmChartConfig.accessControl is not rendered yet
        .add("session", "") // valuesOverlay.sessionProperties is not rendered yet
        .add("secret", secret_digest(rendering))
        .add("catalog", catalog_digest(rendering));
    return buffer.sum12();
}

} // namespace xtn::topology
