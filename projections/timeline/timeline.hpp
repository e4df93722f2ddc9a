// The projection `timeline`: for each subject when its story began, how long it is, and its last changes of phase. An index for
// people and for xtn-audit; no policy reads it.
#pragma once

#include "core/base/result.hpp"
#include "core/event/event.hpp"
#include "projections/by_id.hpp"
#include "projections/state_fields.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <deque>
#include <string>

namespace xtn {

class Timeline {
  public:
    static constexpr std::size_t kept_changes = 16;        // per runtime
    static constexpr std::size_t kept_gone_runtimes = 256; // those whose XTrinode is gone: the newest

    // False: an event of that name only makes a story longer, see count().
    static bool listens_to(std::string_view event_name);
    void apply(const Event &event, const HashedId &id);
    // What apply() does upon events that listens_to() is false for.
    void count(const Event &event, const HashedId &id);
    void expect(std::uint64_t hash) const { stories_.expect(hash); }
    void fetch(std::uint64_t hash) const { stories_.fetch(hash, 0, Story::counted_bytes); } // what count() touches
    boost::json::object to_json() const;
    // Becomes what to_json() showed. Errors: data_corrupted; then nothing is promised about the value.
    Status restore(const boost::json::value &from);
    boost::json::object of(const RuntimeId &id) const; // empty for one that was never seen

    struct Change {
        Seq seq;
        Timestamp time;
        std::string what; // event name without "runtime."
        std::string message;
    };
    struct Story {
        Seq first, last;
        Timestamp began, last_at;
        std::uint64_t events = 0;
        bool gone = false;
        std::deque<Change> changes;

        static constexpr std::size_t counted_bytes = 5 * sizeof(std::uint64_t); // from the beginning: what count() touches
    };

  private:
    template <class Archive, state::Either<Timeline> Self> friend void state_fields(Archive &archive, Self &timeline);

    ById<Story> stories_;
    std::deque<RuntimeId> gone_; // oldest first
};

} // namespace xtn
