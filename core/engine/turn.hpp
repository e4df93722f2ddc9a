// What the engine does in one turn, without threads and without waiting: begin() folds and decides, finish() publishes what the
// log has made durable meanwhile. Between the two nobody may look at the machine: it holds what is not durable yet.
//
// One thread. Read engine.cpp for who calls it when.
#pragma once

#include "core/base/logging.hpp"
#include "core/engine/engine.hpp"
#include "core/engine/input_queue.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace xtn {

class Turn {
  public:
    // `machine` has folded everything up to `head`.
    Turn(Machine &machine, Head head, Epoch epoch, PausePoints pause_points = {})
        : machine_(machine), head_(std::move(head)), epoch_(epoch), pause_points_(std::move(pause_points)) {}

    // Folds the inputs and what is decided upon them. Returns what the log has to store; without drafts there is nothing to.
    Log::Append begin(std::vector<EngineInput> inputs, Timestamp now);
    // The log's answer to begin(): tells subscribers and whoever waits. After an error the machine is ahead of the log: final.
    void finish(const Result<std::vector<Event>> &stored);

    // Calls the subscriber once with no events, then after each durable batch. Not between begin() and finish().
    void add(std::string name, Engine::Subscriber subscriber);

    const Head &head() const { return head_; } // seq and time of the last durable event
    const Machine &machine() const { return machine_; }

  private:
    // The time of a turn. A wall clock that stepped back is told of once; times stand still until it has caught up.
    Timestamp stamp(Timestamp now, std::vector<EngineInput> &inputs);

    Machine &machine_;
    Head head_;
    const Epoch epoch_;
    const PausePoints pause_points_;
    const Logger logger_{"engine"};
    bool skewed_ = false;
    std::vector<std::pair<std::string, Engine::Subscriber>> subscribers_;
    // Of the turn in progress.
    std::vector<EngineInput> inputs_;
    std::vector<std::vector<std::size_t>> places_; // where each input's own events are in the batch
};

} // namespace xtn
