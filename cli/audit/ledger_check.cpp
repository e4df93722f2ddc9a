#include "cli/audit/ledger_check.hpp"

#include "adapters/kube/ingest/ledger.hpp"
#include "cli/audit/json_difference.hpp"
#include "core/event/event_json.hpp"

#include <fmt/format.h>

namespace xtn::audit {

Result<std::optional<Seq>> check_ledger(const LogReader &log, Seq to) {
    const auto kept = log.snapshot(ingest::Ledger::kept_as(), to);
    if (!kept) return kept.error();
    if (!kept->found) return std::optional<Seq>();
    const Seq at = kept->found->seq;
    ingest::Ledger begun;
    ingest::Ledger whole;
    const auto state = parse_state_json(kept->found->state);
    if (!state || !begun.restore(*state)) return std::optional<Seq>(); // a start does without it
    const auto read = log.scan_lent(Stream::control, Seq{1}, [&](const Event &event) {
        whole.apply(event);
        if (event.seq > at) begun.apply(event);
        return event.seq < to;
    });
    if (!read) return read.error();
    if (const auto found = first_difference(whole.serialize(), begun.serialize()))
        return make_error(
            Code::data_corrupted,
            fmt::format("What the Kubernetes adapter would begin with, its snapshot at #{} and the events behind it, is "
                        "not what the log up to #{} says: at {} the log says {}, the snapshot says {}. Somebody changed "
                        "the snapshot, or this is a bug: please keep the folder.",
                        at.value, to.value, found->path, found->left, found->right));
    return std::optional(at);
}

} // namespace xtn::audit
