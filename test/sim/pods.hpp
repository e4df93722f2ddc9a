// Pods in virtual time: scheduled, started, ready, failing and stopped, with the statuses a kubelet would write.
#pragma once

#include "adapters/sandbox/sim/cluster_writer.hpp"
#include "adapters/sandbox/sim/pod_status.hpp"
#include "test/sim/broken.hpp"
#include "test/sim/choices.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <map>
#include <string>

namespace xtn::simulation {

class Pods {
  public:
    struct Context {
        EventLoop *loop = nullptr;
        Choices *choices = nullptr;
        sandbox::sim::ClusterWriter *writer = nullptr;
        std::function<void()> changed; // after each write
        Broken broken = Broken::nothing;
    };
    explicit Pods(Context context) : context_(std::move(context)) {}

    // A pod as it is now; `gone`: as it was last.
    void seen(const boost::json::object &pod, bool gone);
    // Every running pod whose name begins so fails once.
    void crash(std::string_view prefix);

  private:
    struct Run {
        sandbox::sim::Key key;
        sandbox::sim::PodFacts facts;
        bool stopping = false;
    };
    void step(const std::string &uid, Duration low, Duration high, std::string_view point,
              void (Pods::*next)(const std::string &));
    void start(const std::string &uid);
    void ready(const std::string &uid);
    void fail(const std::string &uid);
    void remove(const std::string &uid);
    void write(const Run &run, const std::string &uid);

    Context context_;
    std::map<std::string, Run> runs_; // by uid
    std::uint32_t last_address_ = 0;
};

} // namespace xtn::simulation
