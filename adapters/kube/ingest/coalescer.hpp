// Design rule 8: only changes are events, with a budget per type and subject. What exceeds the budget is held back, newest look
// per object; superseded looks are counted and told as one `observation.coalesced`.
//
// Guarantees: the first look at an object and its end never come here (the feed records them at once), so absence stays proven;
// the newest look at each object is recorded in the end, at the pace of the budget; memory is bounded by the objects that are
// held. Pure: time comes in with each call.
#pragma once

#include "core/event/event.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace xtn::ingest {

class Coalescer {
  public:
    using Time = std::chrono::steady_clock::time_point;
    struct Options {
        std::int64_t burst = 100;                      // looks of one type at one subject that pass at once ...
        std::chrono::milliseconds refill{200};         // ... and how often one more may
        std::chrono::milliseconds report_every{60000}; // an observation.coalesced per type and subject at most this often
    };
    Coalescer();
    explicit Coalescer(Options options) : options_(options) {}

    // True: record `draft` now. False: it was taken and is held, in place of an older look at `object` (its uid or name).
    bool admit(const std::string &object, EventDraft &draft, Time now);
    // The object is gone: what is held of it is of no interest any more.
    void forget(const std::string &object);
    // Hands out what may be recorded now: held looks first come first served, then reports. `record` says whether it took the
    // draft; one that it did not take stays, and the rest waits with it.
    void due(Time now, const std::function<bool(const EventDraft &)> &record);
    // When due() has something next; nothing: nothing is held and nothing is to be told.
    std::optional<Time> next() const;
    std::size_t held() const { return held_by_object_.size(); }

  private:
    using Key = std::pair<std::string, std::string>; // type, subject
    struct Bucket {
        std::int64_t tokens = 0;
        Time filled; // tokens were counted up to here
        std::uint64_t superseded = 0;
        Time report_at;               // not before
        std::deque<std::string> line; // objects that are held, oldest first
    };
    void fill(Bucket &bucket, Time now) const;

    Options options_;
    std::map<Key, Bucket> buckets_; // of those that are not full, hold or owe something
    std::map<std::string, std::pair<Key, EventDraft>> held_by_object_;
};

} // namespace xtn::ingest
