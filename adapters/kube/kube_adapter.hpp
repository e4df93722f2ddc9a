// The Kubernetes side of the control plane. Ingest: list+watch of the kinds we care for, appended as events
// (adapters/kube/ingest). Acting: what World's views ask for, brought about by server-side apply, scale, delete, status,
// finalizer and Events (adapters/kube/act).
//
// Guarantees: nothing is done that a durable view does not ask for; deletes carry uid preconditions; outcomes are recorded when
// they change something; a failing object is retried with backoff and never blocks another runtime.
#pragma once

#include "core/base/pause_points.hpp"
#include "core/base/redaction_key.hpp"
#include "core/engine/engine.hpp"
#include "core/log/log.hpp"
#include "kubeclient/config.hpp"

#include <memory>
#include <string>
#include <vector>

namespace xtn {

class KubeAdapter {
  public:
    struct Options {
        kube::Config config;
        Engine *engine = nullptr;                          // its Machine must be a World; both must outlive the adapter
        const LogReader *log = nullptr;                    // manifests are read from the blob store
        RedactionKey *redaction = nullptr;                 // for fields that may carry credentials
        std::vector<std::string> namespaces;               // watched; empty: all
        std::string routes_namespace = "xtrinode-gateway"; // of the ConfigMap trino-gateway-routes; created when missing
        std::string field_manager = "xtrinode-operator";
        PausePoints pause_points; // test seam: ingest_observed, act_sending to outcome_submitted
    };
    // For the engine that it will work on: what is kept of the log, so that start() need not read the whole of it.
    static Engine::Snapshots::Beside kept_beside();
    // Starts the adapter's thread; watches and actions follow. Errors: invalid_argument (configuration).
    static Result<std::unique_ptr<KubeAdapter>> start(Options options);
    ~KubeAdapter(); // stop()
    // Cancels every call and joins the thread; idempotent, within 2 s.
    void stop();

  private:
    struct Impl;
    explicit KubeAdapter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace xtn
