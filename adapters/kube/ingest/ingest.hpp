// Watches every kind of ingest/kinds.hpp and records what changes. Start reading here, then feed.cpp.
#pragma once

#include "adapters/kube/ingest/feed.hpp"
#include "kubeclient/client.hpp"
#include "kubeclient/task_group.hpp"

#include <memory>
#include <string>
#include <vector>

namespace xtn::ingest {

class Ingest {
  public:
    // `namespaces` empty: all. Everything in `context` must outlive it.
    Ingest(kube::Client &client, FeedContext context, std::vector<std::string> namespaces);

    // One task per kind and namespace, until the group is cancelled.
    void start(kube::TaskGroup &tasks, const kube::ListWatchOptions &options);

  private:
    kube::Client &client_;
    FeedContext context_;
    std::vector<std::string> namespaces_;
    std::vector<std::unique_ptr<Feed>> feeds_;
    std::vector<std::unique_ptr<FeedStream>> streams_;
};

} // namespace xtn::ingest
