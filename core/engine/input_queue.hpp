// The engine's queue: who may enter when it is nearly full, and who is served next. Not thread-safe: the engine's mutex guards
// it.
//
// Every lane ("clock", "act/team-a", "kube/Pod/team-a") is a queue of its own; lanes are served in turn, one input each, so that
// a flood in one delays the others by no more than one input each round. A quarter of the room is kept for Priority::decision,
// and no single lane may hold more than a quarter of what is left for observations.
//
// A lane whose name goes on behind another's ("kube/Pod/team-a" behind "kube/Pod") is below it: what stands in the upper lane
// waits for everything that was pushed before it into the lanes below. So `watch.synced` never overtakes what it brackets,
// although each namespace has a lane of its own.
#pragma once

#include "core/engine/engine.hpp"

#include <cstdint>
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
    struct Waiting {
        EngineInput input;
        std::uint64_t number; // in the order of arrival
    };
    using Lanes = std::map<std::string, std::deque<Waiting>, std::less<>>;
    bool may_go(Lanes::const_iterator lane) const;

    std::size_t room_;
    std::size_t count_ = 0;
    std::uint64_t next_number_ = 0;
    Lanes lanes_;           // only lanes that hold something: names come from outside
    std::string last_lane_; // served last; the one behind it is next
};

} // namespace xtn
