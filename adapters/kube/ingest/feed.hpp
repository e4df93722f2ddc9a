// One watched kind: turns what its list+watch machines say into events. Read take() first.
//
// Guarantees: each list is bracketed by watch.list.started and watch.synced, what went meanwhile is recorded before the bracket
// closes; only changes are recorded; whatever an object holds, it never stops the feed.
// Assumptions: used from the adapter's thread only.
#pragma once

#include "adapters/kube/hidden_values.hpp"
#include "adapters/kube/ingest/coalescer.hpp"
#include "adapters/kube/ingest/drift.hpp"
#include "adapters/kube/ingest/endpoint_table.hpp"
#include "adapters/kube/ingest/kinds.hpp"
#include "adapters/kube/ingest/redaction.hpp"
#include "adapters/kube/own_writes.hpp"
#include "adapters/kube/recorder.hpp"
#include "adapters/kube/seen.hpp"
#include "kubeclient/list_watch_driver.hpp"
#include "kubeclient/task_group.hpp"

#include <functional>
#include <string>
#include <vector>

namespace xtn::ingest {

// What all feeds share. Everything must outlive them.
struct FeedContext {
    kube::TaskGroup *tasks = nullptr;
    Recorder *recorder = nullptr;
    Ledger *ledger = nullptr;
    const Redactor *redactor = nullptr;
    OwnWrites *own = nullptr;
    Seen *seen = nullptr;
    DriftWatch *drift = nullptr;
    HiddenValues *hidden = nullptr;
    // Something of this runtime was looked at: level-based acting may have to repeat itself.
    std::function<void(const RuntimeId &)> on_runtime_seen;
    // An object of ours that belongs to no runtime (the routes ConfigMap); any object of ours that went.
    std::function<void(const kube::Object &)> on_unowned_seen;
    std::function<void(std::string_view kind, const kube::ObjectKey &)> on_unowned_gone;
};

class Feed {
  public:
    // One list+watch machine per namespace feeds it (empty: all of them); the bracket spans all machines.
    Feed(const WatchedKind &kind, FeedContext &context, std::vector<std::string> namespaces);

    boost::asio::awaitable<void> take(std::size_t stream, std::vector<kube::Notice> notices);
    kube::Known learned(std::size_t stream, const std::string &list_version) const; // kubeclient/list_watch_driver.hpp

  private:
    boost::asio::awaitable<void> list_started();
    boost::asio::awaitable<void> synced(std::size_t stream, kube::Synced notice);
    boost::asio::awaitable<void> failing(kube::Failing notice);
    boost::asio::awaitable<void> present(kube::Object object);
    boost::asio::awaitable<void> gone(kube::Gone notice);

    boost::asio::awaitable<void> resource_seen(const kube::Object &object);
    boost::asio::awaitable<void> owned_seen(const kube::Object &object);
    boost::asio::awaitable<void> slice_seen(const kube::Object &object);
    boost::asio::awaitable<void> record_endpoints(kube::ObjectKey service, Subject subject);
    boost::asio::awaitable<void> record(EventDraft draft);      // always
    boost::asio::awaitable<void> record_news(EventDraft draft); // only what is new
    // As record_news(), within the budget of its type and subject (Coalescer), which the first look at an object does not need.
    boost::asio::awaitable<void> record_look(std::string object, bool first, EventDraft draft);
    boost::asio::awaitable<void> record_held();
    std::string lane_of(const EventDraft &draft) const;

    WatchedKind kind_;
    FeedContext &context_;
    std::vector<std::string> namespaces_; // by stream
    std::string lane_;                    // of the bracket; those of the namespaces are below it (core/engine/input_queue.hpp)
    Coalescer coalescer_;
    bool recording_held_ = false;
    std::vector<bool> synced_; // by stream: listed completely at least once
    int listing_ = 0;          // streams between ListStarted and Synced
    int count_ = 0;            // summed over the streams of this bracket
    int gone_ = 0;
    EndpointTable endpoints_; // Role::slice only
};

// What one list+watch machine speaks to.
class FeedStream final : public kube::ListWatchSink {
  public:
    FeedStream(Feed &feed, std::size_t index) : feed_(feed), index_(index) {}
    boost::asio::awaitable<void> take(std::vector<kube::Notice> notices) override {
        return feed_.take(index_, std::move(notices));
    }
    kube::Known learned(const std::string &list_version) const override { return feed_.learned(index_, list_version); }

  private:
    Feed &feed_;
    std::size_t index_;
};

} // namespace xtn::ingest
