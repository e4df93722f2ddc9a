// Events (core/v1) about what the simulator does, as kubectl describe shows them. The same thing again counts up; old ones go.
#pragma once

#include "adapters/sandbox/sim/cluster_writer.hpp"

#include <deque>
#include <map>
#include <string>

namespace xtn::sandbox::sim {

class EventRecorder {
  public:
    explicit EventRecorder(ClusterWriter &writer) : writer_(writer) {}

    // `type`: "Normal" or "Warning"; `component`: "kubelet", "deployment-controller", ...
    void record(const boost::json::object &about, std::string_view kind, std::string_view type, std::string_view reason,
                const std::string &message, std::string_view component, const std::string &now);

  private:
    struct Kept {
        Key key;
        std::int64_t count = 0;
    };
    ClusterWriter &writer_;
    std::map<std::string, Kept> kept_; // by uid, reason and message
    std::deque<std::string> order_;    // of kept_, oldest first
};

} // namespace xtn::sandbox::sim
