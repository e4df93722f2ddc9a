// Hands drafts to the engine: the one way from this adapter into the log.
#pragma once

#include "adapters/kube/ingest/ledger.hpp"
#include "core/base/pause_points.hpp"
#include "core/engine/engine.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <utility>
#include <vector>

namespace xtn {

class Recorder {
  public:
    // Both must outlive it. Use it from the adapter's thread only.
    Recorder(Engine &engine, ingest::Ledger &ledger, PausePoints pause_points = {})
        : engine_(engine), ledger_(ledger), pause_points_(std::move(pause_points)) {}

    // Queues the draft on `lane` and folds it into the ledger; waits while the engine's queue is full: that is the back-pressure.
    // A draft that the log must refuse is a bug of ours and is dropped with a message. False: dropped.
    boost::asio::awaitable<bool> record(std::string lane, EventDraft draft, Engine::Priority priority,
                                        std::vector<Blob> blobs = {});
    // As record_news(), without waiting. False: the queue is full, nothing happened.
    bool try_record_news(const std::string &lane, const EventDraft &draft);
    // As record(), for observations: only if the ledger does not know it yet.
    boost::asio::awaitable<void> record_news(std::string lane, EventDraft draft);

  private:
    Engine &engine_;
    ingest::Ledger &ledger_;
    PausePoints pause_points_;
};

} // namespace xtn
