// What holds for all runtimes: the leader term, which kinds are completely known in it, and the settings policies may look at.
#pragma once

#include "core/event/event.hpp"
#include "projections/state_fields.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace xtn {

class ClusterState {
  public:
    void apply(const Event &event);
    boost::json::object to_json() const;
    // Becomes what to_json() showed. Errors: data_corrupted; then nothing is promised about the value.
    Status restore(const boost::json::value &from);

    // True once watch.synced for this kind was folded in the current leader term: only then absence means something.
    bool synced(std::string_view kind) const { return synced_.contains(kind); }
    // True once the settings are known and every watched kind is: before that nothing is decided about what an earlier log left.
    bool complete() const;
    // The first kind or setting that complete() waits for, in words; empty: none.
    std::string incomplete() const;
    // True once it was complete in any leader term of this log.
    bool was_complete() const { return was_complete_; }
    Epoch epoch() const { return epoch_; }
    // True once config.effective was folded; before that nothing may be planned.
    bool configured() const { return configured_; }
    const std::string &operator_version() const { return operator_version_; }
    // How long queries of a runtime that is being deleted may go on (spec 40 §1, --gateway-drain-duration).
    std::chrono::nanoseconds drain_window() const { return std::chrono::milliseconds(drain_window_ms_); }
    // When records of a gateway were last reported missing; quiet is not concluded from before that moment.
    Timestamp last_gap() const { return last_gap_; }
    // When the present leader term began: what gateways had to say before may be on its way still.
    Timestamp elected_at() const { return elected_at_; }

  private:
    template <class Archive, state::Either<ClusterState> Self> friend void state_fields(Archive &archive, Self &cluster);

    Epoch epoch_;
    std::string leader_;
    std::set<std::string, std::less<>> synced_;
    bool configured_ = false;
    bool was_complete_ = false;
    std::string operator_version_;
    std::string binary_version_;
    std::int64_t drain_window_ms_ = std::int64_t{5} * 60 * 1000;
    boost::json::object flags_;
    Timestamp last_gap_;
    Timestamp elected_at_;
};

} // namespace xtn
