#include "adapters/kube/ingest/ingest.hpp"

namespace xtn::ingest {

Ingest::Ingest(kube::Client &client, FeedContext context, std::vector<std::string> namespaces)
    : client_(client), context_(std::move(context)), namespaces_(std::move(namespaces)) {
    if (namespaces_.empty()) namespaces_.emplace_back(); // one stream over all of them
}

void Ingest::start(kube::TaskGroup &tasks, const kube::ListWatchOptions &options) {
    for (const auto &watched : watched_kinds()) {
        auto &feed = feeds_.emplace_back(std::make_unique<Feed>(watched, context_, namespaces_));
        // What the log believes to exist: the first list tells what went while nobody looked.
        const auto known = context_.ledger->known(watched.kind.name);
        for (std::size_t i = 0; i < namespaces_.size(); ++i) {
            const auto &ns = namespaces_[i];
            kube::Known here;
            for (const auto &[uid, key] : known)
                if (ns.empty() || key.ns == ns) here.emplace(uid, key);
            auto &stream = streams_.emplace_back(std::make_unique<FeedStream>(*feed, i));
            kube::ListWatchTarget target;
            target.kind = watched.kind;
            target.ns = ns;
            target.label_selector = watched.label_selector;
            tasks.spawn("watch " + watched.kind.name,
                        kube::run_list_watch(client_, std::move(target), std::move(here), options, *stream));
        }
    }
}

} // namespace xtn::ingest
