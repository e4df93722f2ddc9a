// One cycle of the engine without its threads: drafts become numbered events, are folded and decided upon to a fixpoint, and end
// as one append. Pure but for the machine it drives: the same machine, start and drafts give the same append.
#pragma once

#include "core/engine/engine.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace xtn {

inline constexpr int max_decision_rounds = 32;

// Whether the engine may fold these: check_draft(), the control stream, blobs that are what their digests say. Must hold before
// anything is folded, for a fold cannot be taken back when the log refuses. Errors: invalid_argument.
Status check_input(std::span<const EventDraft> drafts, std::span<const Blob> blobs);

class Cycle {
  public:
    struct Start {
        Seq first; // number of the first event
        Epoch epoch;
        Timestamp time; // of every event of the cycle
    };
    Cycle(Machine &machine, Start start);

    // Room for so many events that are to come.
    void reserve(std::size_t more) { events_.reserve(events_.size() + more); }
    // Folds the drafts in order, each followed at once by what is decided upon it and upon that, and so on. Returns where the
    // drafts' own events stand in events(). The input must have passed check_input().
    std::vector<std::size_t> add(std::vector<EventDraft> drafts, std::vector<Blob> blobs);

    const std::vector<Event> &events() const { return events_; }
    // All of it, for the log. The cycle is over then.
    Log::Append take();
    // Decisions that a policy made and the log would refuse: bugs, told in words. They were not folded.
    const std::vector<std::string> &refused() const { return refused_; }

  private:
    // Folds one draft; returns its place in events().
    std::size_t fold(EventDraft draft);
    void decide_to_fixpoint(std::size_t from);
    // Folds what the policies say to the event at `place`; returns the places of the decisions.
    std::vector<std::size_t> decide(std::size_t place);
    // As decide(), but only asks: the type of the first decision; empty: none.
    std::string would_decide(std::size_t place) const;

    Machine &machine_;
    Start start_;
    std::vector<Event> events_;
    std::vector<Blob> blobs_;
    std::vector<std::string> refused_;
};

} // namespace xtn
