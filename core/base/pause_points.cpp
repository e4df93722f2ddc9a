#include "core/base/pause_points.hpp"

#include <algorithm>
#include <array>

namespace xtn {

namespace {

using enum PausePoint;

constexpr std::array table{
    PausePointInfo{start_replayed, "start.replayed", "the log is folded; no leader term has begun"},
    PausePointInfo{start_elected, "start.elected", "a leader term has begun; nothing of it is in the log"},
    PausePointInfo{ingest_observed, "ingest.observed", "the cluster showed something new; the engine does not have it yet"},
    PausePointInfo{records_received, "records.received", "a gateway's batch was read; nothing of it is written"},
    PausePointInfo{records_half, "records.half", "its query records are durable; its control observations are not submitted"},
    PausePointInfo{records_durable, "records.durable", "the whole batch is durable; the gateway has no answer"},
    PausePointInfo{engine_taken, "engine.taken", "inputs left the engine's queue; nothing is folded"},
    PausePointInfo{engine_folded, "engine.folded", "folded and decided to a fixpoint; the log has nothing of it"},
    PausePointInfo{log_taken, "log.taken", "a group left the log's queue; it has no numbers"},
    PausePointInfo{log_sealed, "log.sealed", "numbered and chained as one batch; nothing is written"},
    PausePointInfo{log_written, "log.written", "the batch is written and synced; the anchor stands where it stood"},
    PausePointInfo{log_anchored, "log.anchored", "the anchor has moved; nobody has been told"},
    PausePointInfo{engine_durable, "engine.durable", "the engine knows that its events are durable; no subscriber does"},
    PausePointInfo{engine_published, "engine.published", "every subscriber was called; who waits for an answer has none"},
    PausePointInfo{act_sending, "act.sending", "a write is about to go out to the API server"},
    PausePointInfo{act_answered, "act.answered", "the API server has answered the write; nothing was made of it"},
    PausePointInfo{outcome_known, "outcome.known", "how a write ended is an event; the engine does not have it yet"},
    PausePointInfo{outcome_submitted, "outcome.submitted", "the engine has the outcome in its queue"},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < table.size(); ++i)
        if (static_cast<std::size_t>(table[i].point) != i) return false;
    return static_cast<std::size_t>(outcome_submitted) + 1 == table.size();
}
static_assert(in_order());

} // namespace

std::span<const PausePointInfo> pause_points() {
    return table;
}

std::string_view pause_point_name(PausePoint point) {
    return table[static_cast<std::size_t>(point)].name;
}

std::optional<PausePoint> find_pause_point(std::string_view name) {
    const auto *const found = std::ranges::find(table, name, &PausePointInfo::name);
    if (found == table.end()) return std::nullopt;
    return found->point;
}

} // namespace xtn
