// The embedded Kubernetes API: store, verbs, watches, discovery, OpenAPI, over HTTP and in process (Cluster).
#pragma once

#include "adapters/sandbox/cluster.hpp"
#include "core/base/result.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace xtn::sandbox {

class KubeApi {
  public:
    // What makes it nasty, for tests; all off by default.
    struct Faults {
        int compact_every = 0;    // writes after which older revisions are forgotten: watches from them get 410; 0: by size only
        int drop_watch_every = 0; // events after which a watch connection is cut
        int conflict_every = 0;   // every n-th write of our kinds answers 409
        int too_many_every = 0;   // every n-th request answers 429 with Retry-After: 1
        bool no_bookmarks = false;
        std::chrono::milliseconds watch_delay{0}; // before each watch event
    };
    struct Options {
        std::string listen = "127.0.0.1:0";
        std::filesystem::path directory;        // objects survive here; empty: memory only
        std::vector<std::string> crd_manifests; // YAML texts of CustomResourceDefinitions to install at start (our own)
        std::string token;                      // bearer token of the admin; empty: a random one, kept in `directory`
        std::string version = "v1.36.3";        // GET /version gitVersion
        std::size_t history = 4096;             // events kept for watches before compaction
        Faults faults;
    };
    // Errors: unavailable (address in use, second process on the folder), data_corrupted, invalid_argument (a CRD that is wrong).
    static Result<std::unique_ptr<KubeApi>> start(Options options);
    ~KubeApi(); // stop()

    std::string url() const;        // "http://127.0.0.1:7443"
    std::string kubeconfig() const; // YAML, current context "sandbox"
    Cluster &cluster();
    // The lowest revision that a watch may still start from moves to the head: older ones get 410.
    void compact();
    void set_faults(const Faults &faults);
    void stop(); // idempotent

  private:
    struct Impl;
    explicit KubeApi(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace xtn::sandbox
