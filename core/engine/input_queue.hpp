// The engine's queue: who may enter when it is nearly full, and who is served next. Not thread-safe: the engine's mutex guards
// it.
//
// Every lane (a namespace, "kube", "clock") is a queue of its own; lanes are served in turn, one input each, so that a flood in
// one delays the others by no more than one input each round. A quarter of the room is kept for Priority::decision.
#pragma once

#include "core/engine/engine.hpp"

#include <deque>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace xtn {

// What one submit() brought.
struct EngineInput {
    std::vector<EventDraft> drafts;
    std::vector<Blob> blobs;
    std::optional<std::promise<Result<std::vector<Event>>>> answer; // somebody waits for it
};

class InputQueue {
  public:
    explicit InputQueue(std::size_t room) : room_(room) {}

    // False: full for this priority, `input` is left as it was.
    bool push(std::string_view lane, EngineInput &input, Engine::Priority priority);
    // Up to `most` inputs, lanes in turn; the turn goes on where it stopped the time before.
    std::vector<EngineInput> take(std::size_t most);
    bool empty() const { return count_ == 0; }
    std::size_t size() const { return count_; }

  private:
    using Lanes = std::map<std::string, std::deque<EngineInput>, std::less<>>;

    std::size_t room_;
    std::size_t count_ = 0;
    Lanes lanes_;           // only lanes that hold something: names come from outside
    std::string last_lane_; // served last; the one behind it is next
};

} // namespace xtn
