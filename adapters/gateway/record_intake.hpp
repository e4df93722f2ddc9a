// Takes in what gateways report: batches of records, numbered by the gateway that made them, each folded once.
//
// Guarantees: take() says ok only when everything in the batch is durable (or was before). A batch that comes again, whole or in
// part, changes nothing. A hole in a gateway's numbers becomes one observation.gap; so does a record that the log would refuse,
// since repeating it could never help. Only types that a gateway may report are taken: a gateway cannot forge a decision.
//
// Assumes: one gateway process sends its batches in order and one at a time (gateway/control/record_sender.*).
// The last numbers taken are kept in memory; after a restart they are read from the tails of both streams, where every event of a
// gateway carries its number. Caveat: when the control stream does not become durable in time, and then does, what comes again is
// recorded twice there.
#pragma once

#include "core/base/mutex.hpp"
#include "core/base/pause_points.hpp"
#include "core/event/event.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xtn {

class RecordIntake {
  public:
    static constexpr std::size_t max_records = 10000; // in one batch
    static constexpr std::size_t max_gateways = 4096; // remembered; the one unheard for longest is forgotten

    // Where drafts go. Both return once their drafts are durable. Errors are taken for passing ones: the batch comes again.
    struct Sinks {
        std::function<Status(std::vector<EventDraft>)> queries; // appended to the queries stream
        std::function<Status(std::vector<EventDraft>)> control; // submitted to the engine
    };
    explicit RecordIntake(Sinks sinks, PausePoints pause_points = {})
        : sinks_(std::move(sinks)), pause_points_(std::move(pause_points)) {}

    // Notes an event that is in the log already; those that no gateway reported are passed over. In the order of the stream.
    void remember(Stream stream, const Event &event);

    // The number that a gateway's next record would have; 0 when nothing is known of it.
    std::uint64_t next_number(const std::string &gateway) const;

    // One batch (docs/gateway.md, "Records"). Errors: invalid_argument (it will never be taken), and those of the sinks.
    // `named` is told whose batch it is, once that is known.
    Status take(std::string_view batch_json, const std::function<void(const std::string &)> &named = {});

  private:
    struct Gateway {
        // Of each stream on its own: when one sink failed and the other did not, only the rest is taken from the repetition.
        std::uint64_t queries_taken = 0, control_taken = 0;
        bool known = false;       // numbers before the first batch are nobody's loss
        std::uint64_t expect = 1; // the next number, for holes
        std::uint64_t used = 0;   // for forgetting
    };
    struct Sorted {
        std::vector<EventDraft> queries, control;
        std::uint64_t last = 0;
    };
    Status sort(const boost::json::object &document, const std::string &gateway, const Gateway &state, Sorted &out) const;
    Gateway &state_of(const std::string &gateway) XTN_REQUIRES(mutex_);

    const Sinks sinks_;
    const PausePoints pause_points_;
    mutable Mutex mutex_; // one batch at a time
    std::map<std::string, Gateway> gateways_ XTN_GUARDED_BY(mutex_);
    std::uint64_t clock_ XTN_GUARDED_BY(mutex_) = 0;
};

} // namespace xtn
