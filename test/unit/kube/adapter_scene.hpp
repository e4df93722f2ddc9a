// The whole adapter between a fake API server and a fake engine.
#pragma once

#include "adapters/kube/kube_adapter.hpp"
#include "test/unit/kube/fake_kube.hpp"

namespace fakes {

struct AdapterScene {
    FakeKube kube;
    FakeWorld world;
    FakeBlobs blobs;
    xtn::RedactionKey key = *xtn::RedactionKey::from_bytes(std::string(32, 'k'));
    FakeEngine engine{world};
    std::unique_ptr<xtn::KubeAdapter> adapter;

    void start(std::vector<std::string> namespaces = {}) {
        xtn::KubeAdapter::Options options;
        options.config = kube.config();
        options.engine = &engine;
        options.log = &blobs;
        options.redaction = &key;
        options.namespaces = std::move(namespaces);
        auto started = xtn::KubeAdapter::start(std::move(options));
        DOCTEST_REQUIRE(started.ok());
        adapter = std::move(*started);
    }
    void wait_synced(std::size_t kinds = 8) {
        eventually("every kind is synced", [&] { return engine.count("watch.synced") >= kinds; });
    }
};

inline json::object runtime_body(const std::string &name, const std::string &ns, json::object spec) {
    return {{"apiVersion", "analytics.xtrinode.io/v1"},
            {"kind", "XTrinode"},
            {"metadata", {{"name", name}, {"namespace", ns}, {"generation", 1}, {"creationTimestamp", "2026-01-01T00:00:00Z"}}},
            {"spec", std::move(spec)}};
}
inline json::object owned_body(const std::string &api_version, const std::string &kind, const std::string &name,
                               const std::string &ns, const std::string &runtime, const std::string &component = {}) {
    json::object labels{{"app.kubernetes.io/managed-by", "xtrinode-operator"}, {"app.kubernetes.io/instance", runtime}};
    if (!component.empty()) labels["app.kubernetes.io/component"] = component;
    return {{"apiVersion", api_version},
            {"kind", kind},
            {"metadata", {{"name", name}, {"namespace", ns}, {"labels", std::move(labels)}}}};
}

inline const std::string runtimes_path = "/apis/analytics.xtrinode.io/v1/namespaces/team/xtrinodes/";
inline const std::string deployments_path = "/apis/apps/v1/namespaces/team/deployments/";
inline const std::string services_path = "/api/v1/namespaces/team/services/";

} // namespace fakes
