// Writes Kubernetes Events, one after the other. Best effort, as everywhere in Kubernetes: bounded, never in anybody's way.
#pragma once

#include "adapters/kube/act/kube_events.hpp"
#include "core/base/pause_points.hpp"
#include "kubeclient/client.hpp"
#include "kubeclient/task_group.hpp"

#include <deque>
#include <string>
#include <utility>

namespace xtn::act {

class EventWriter {
  public:
    EventWriter(kube::TaskGroup &tasks, kube::Client &client, std::string field_manager, PausePoints pause_points)
        : tasks_(tasks), client_(client), field_manager_(std::move(field_manager)), pause_points_(std::move(pause_points)) {}
    // `uid` of the XTrinode. Above 512 waiting, the oldest are dropped.
    void tell(KubeEvent event, std::string uid);

  private:
    boost::asio::awaitable<void> write_all();
    struct Waiting {
        KubeEvent event;
        std::string uid;
    };
    kube::TaskGroup &tasks_;
    kube::Client &client_;
    std::string field_manager_;
    PausePoints pause_points_;
    std::deque<Waiting> queue_;
    bool writing_ = false;
};

} // namespace xtn::act
