// The status a kubelet would write for a pod.
#pragma once

#include <boost/json/object.hpp>

#include <string>

namespace xtn::sandbox::sim {

// What its containers are doing; all of a pod's containers move together here.
struct ContainerState {
    enum class Kind { waiting, running, terminated } kind = Kind::waiting;
    std::string reason = "ContainerCreating"; // of waiting and terminated
    std::string message;
    std::string since; // startedAt or finishedAt, RFC 3339
    bool ready = false;
    int restarts = 0;
    int exit_code = 0;
    std::string last_reason; // of the termination before a restart; empty: none
    std::string last_finished;
    int last_exit_code = 0;
};

struct PodFacts {
    bool scheduled = true;
    std::string unschedulable; // why not
    std::string ip;            // empty until it has one
    std::string start_time;
    ContainerState containers;
};

boost::json::object pod_status(const boost::json::object &pod, const PodFacts &facts, const std::string &now);

inline constexpr const char *node_name = "sandbox";
inline constexpr const char *node_address = "127.0.0.1";

} // namespace xtn::sandbox::sim
