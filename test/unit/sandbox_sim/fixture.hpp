// A simulator over a fake cluster and a backend whose pods a test makes ready, crashes, or leaves alone.
#pragma once

#include "fake_cluster.hpp"

#include "adapters/sandbox/sim/conditions.hpp"
#include "adapters/sandbox/sim/simulator.hpp"
#include "adapters/sandbox/sim/view.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <thread>

namespace xtn::sandbox::test {

class FakeBackend final : public PodBackend {
  public:
    struct State {
        std::atomic<bool> ready = true;
        std::atomic<bool> crashed = false;
        std::atomic<int> running = 0;
        std::atomic<int> started = 0;
        std::atomic<int> looks = 0; // at a pod that runs: one in each round of the simulator
        std::atomic<bool> stops_slowly = false;
        Mutex mutex;
        std::vector<PodPlan> plans XTN_GUARDED_BY(mutex);
        std::set<std::string> refused XTN_GUARDED_BY(mutex); // addresses that are taken
    };
    std::shared_ptr<State> state = std::make_shared<State>();

    Result<std::unique_ptr<RunningPod>> start(const PodPlan &plan) override {
        const MutexLock lock(state->mutex);
        state->plans.push_back(plan);
        if (refuse_first-- > 0) return make_error(Code::unavailable, "address in use");
        ++state->started;
        return std::unique_ptr<RunningPod>(std::make_unique<Pod>(state));
    }
    int refuse_first = 0;

    std::vector<PodPlan> plans() {
        const MutexLock lock(state->mutex);
        return state->plans;
    }

  private:
    class Pod final : public RunningPod {
      public:
        explicit Pod(std::shared_ptr<State> state) : state_(std::move(state)) { ++state_->running; }
        ~Pod() override { --state_->running; }
        bool ready() override {
            ++state_->looks;
            return state_->ready;
        }
        std::optional<std::string> exited() override {
            if (!state_->crashed) return std::nullopt;
            return "killed by a test";
        }
        void stop(std::chrono::milliseconds) override {}

      private:
        std::shared_ptr<State> state_;
    };
};

inline json::object parse(const std::string &text) {
    return json::parse(text).as_object();
}

// Waits until the condition holds; fails the test after five seconds.
inline void eventually(const std::string &what, const std::function<bool()> &condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) {
            DOCTEST_FAIL("never came true: " << what);
            return;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

// The backend of another, with its looks at running pods counted.
class CountedBackend final : public PodBackend {
  public:
    explicit CountedBackend(std::unique_ptr<PodBackend> inner) : inner_(std::move(inner)) {}
    Result<std::unique_ptr<RunningPod>> start(const PodPlan &plan) override {
        auto pod = inner_->start(plan);
        if (!pod.ok()) return pod;
        return std::unique_ptr<RunningPod>(std::make_unique<Pod>(std::move(*pod), looks));
    }
    std::shared_ptr<std::atomic<int>> looks = std::make_shared<std::atomic<int>>(0);

  private:
    class Pod final : public RunningPod {
      public:
        Pod(std::unique_ptr<RunningPod> inner, std::shared_ptr<std::atomic<int>> looks)
            : inner_(std::move(inner)), looks_(std::move(looks)) {}
        bool ready() override {
            ++*looks_;
            return inner_->ready();
        }
        std::optional<std::string> exited() override { return inner_->exited(); }
        void stop(std::chrono::milliseconds grace) override { inner_->stop(grace); }

      private:
        std::unique_ptr<RunningPod> inner_;
        std::shared_ptr<std::atomic<int>> looks_;
    };
    std::unique_ptr<PodBackend> inner_;
};

// Comes back once the simulator went through ten rounds with nothing to write, after at most a few in which it still wrote what
// was on the way; fails when it goes on writing.
inline void expect_idle(const std::atomic<int> &looks, const std::atomic<int> &writes) {
    const auto rounds_without_writes = [&](int rounds) {
        const int before = writes;
        const int until = looks + rounds;
        eventually("the simulator looks at its pods", [&] { return looks >= until; });
        return writes == before;
    };
    bool quiet = false;
    for (int tries = 0; tries < 5 && !quiet; ++tries)
        quiet = rounds_without_writes(2);
    DOCTEST_CHECK(quiet);
    DOCTEST_CHECK(rounds_without_writes(10));
}

struct Sandbox {
    FakeCluster cluster;
    FakeBackend backend;
    Simulator::Options options;
    std::unique_ptr<Simulator> simulator;

    Sandbox() {
        options.cluster = &cluster;
        options.backend = &backend;
        options.behaviour.pod_start = std::chrono::milliseconds(5);
        options.behaviour.pod_stop = std::chrono::milliseconds(5);
    }
    void start() {
        auto started = Simulator::start(options);
        DOCTEST_REQUIRE(started.ok());
        simulator = std::move(*started);
    }
    json::object create(const ResourceName &resource, const std::string &text) {
        auto made = cluster.create(resource, "team", parse(text), {});
        DOCTEST_REQUIRE(std::holds_alternative<json::object>(made));
        return std::get<json::object>(made);
    }
    json::object get(const ResourceName &resource, const std::string &name) {
        auto got = cluster.get(resource, "team", name);
        return std::holds_alternative<json::object>(got) ? std::get<json::object>(got) : json::object();
    }
    std::vector<json::object> pods() { return cluster.list(sim::pods, "team"); }
    std::size_t ready_pods() {
        std::size_t count = 0;
        for (const auto &pod : pods())
            if (sim::condition_is(pod, "Ready") && !sim::is_deleting(pod)) ++count;
        return count;
    }
    void patch(const ResourceName &resource, const std::string &name, const std::string &text) {
        cluster.merge_patch(resource, "team", name, parse(text), {});
    }
    // A Deployment of the coordinator's shape, with its config and catalog.
    json::object deployment(const std::string &name, int replicas, const std::string &role = "coordinator") {
        return create(sim::deployments, R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":")" + name +
                                            R"("},"spec":{"replicas":)" + std::to_string(replicas) +
                                            R"(,"selector":{"matchLabels":{"app.kubernetes.io/instance":")" + name + R"("}},
            "template":{"metadata":{"labels":{"app.kubernetes.io/name":"trino","app.kubernetes.io/instance":")" +
                                            name + R"(","app.kubernetes.io/component":")" + role + R"("}},
            "spec":{"containers":[{"name":"trino-)" +
                                            role +
                                            R"(","image":"trinodb/trino:480","ports":[{"name":"http","containerPort":8080}],
              "env":[{"name":"A","value":"b"}],
              "volumeMounts":[{"name":"config-volume","mountPath":"/etc/trino"},{"name":"catalog-volume","mountPath":"/etc/trino/catalog"}]}],
              "volumes":[{"name":"config-volume","configMap":{"name":"config"}},
                {"name":"catalog-volume","projected":{"sources":[{"configMap":{"name":"trino-catalog-tpch","items":[{"key":"tpch.properties","path":"tpch.properties"}]}}]}}]}}}})");
    }
    void config() {
        create(
            sim::config_maps,
            R"({"metadata":{"name":"config"},"data":{"config.properties":"coordinator=true","node.properties":"node.environment=test"}})");
        create(sim::config_maps,
               R"({"metadata":{"name":"trino-catalog-tpch"},"data":{"tpch.properties":"connector.name=tpch","other":"x"}})");
    }
};

} // namespace xtn::sandbox::test
