// replay: is the state really nothing but the log? Rebuilds it and compares bytes.
#include "cli/audit/commands.hpp"
#include "cli/audit/json_difference.hpp"
#include "cli/audit/ledger_check.hpp"
#include "cli/audit/rebuild.hpp"
#include "core/event/canonical.hpp"
#include "core/event/event_json.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <ostream>

namespace xtn::audit {

namespace {

constexpr auto bug = "This is a bug: please keep the folder.";

struct Other {
    std::string what;       // "the running state"
    std::string short_name; // of the JSON answer
    std::string suspicion;  // what a difference comes from
    std::string canonical;  // its bytes
    Seq seq;                // the position it stands for
};

Error differs(const std::string &rebuilt, const Other &other) {
    std::string text = fmt::format("The state rebuilt from the log up to #{} is not {}", other.seq.value, other.what);
    const auto left = parse_state_json(rebuilt);
    const auto right = parse_state_json(other.canonical);
    const auto found = left && right ? first_difference(*left, *right) : std::nullopt;
    if (found) text += fmt::format(": at {} the log says {}, {} says {}", found->path, found->left, other.what, found->right);
    return make_error(Code::data_corrupted, text + ". " + other.suspicion);
}

} // namespace

Status replay(const Ask &ask) {
    return replay_to(ask, "");
}

Status replay_to(const Ask &ask, const std::string &at) {
    // The running state first: the log opened after it holds at least as much.
    Other other;
    if (ask.source.is_server()) {
        if (!at.empty())
            return make_error(Code::invalid_argument, "The running state stands for one position only: --at needs --data DIR.");
        auto running = ask.source.running_state();
        if (!running) return std::move(running).error();
        other = {"the running one", "running", bug, std::move(running->canonical), running->seq};
    }
    const auto log = ask.source.open();
    if (!log) return log.error();
    if (!ask.source.is_server()) {
        const auto to = position(**log, Stream::control, at.empty() ? "now" : at);
        if (!to) return to.error();
        other = {"that of a second rebuild", "second rebuild", bug, {}, *to};
        // What a start of the control plane would begin with.
        const auto kept = (*log)->snapshot({World::state_version()}, *to);
        if (kept && kept->found) {
            other.what = fmt::format("that of a start from the snapshot at #{}", kept->found->seq.value);
            other.short_name = "snapshot";
            other.suspicion =
                "Somebody changed the snapshot, or this is a bug: please keep the folder. A log that was exported and "
                "imported holds no snapshot";
        }
        const auto first = rebuild(**log, other.seq, ask.output, "replaying, first", Begin::snapshot);
        if (!first) return first.error();
        other.canonical = canonical_json_or_throw((*first)->serialize());
    }
    const auto world = rebuild(**log, other.seq, ask.output, ask.source.is_server() ? "replaying" : "replaying, second");
    if (!world) return world.error();
    const auto rebuilt = canonical_json_or_throw((*world)->serialize());
    if (rebuilt != other.canonical) return differs(rebuilt, other);
    std::optional<Seq> ledger;
    if (!ask.source.is_server()) {
        auto checked = check_ledger(**log, other.seq);
        if (!checked) return std::move(checked).error();
        ledger = *checked;
    }
    const auto digest = Digest::of(rebuilt).hex;
    if (ask.output.format != Format::table) {
        boost::json::object answer{{"equal", true},           {"comparedWith", other.short_name}, {"seq", other.seq.value},
                                   {"bytes", rebuilt.size()}, {"skipped", (*world)->skipped()},   {"sha256", digest}};
        if (ledger) answer["ledgerSnapshot"] = ledger->value;
        put_document(ask.output, answer);
        return ok();
    }
    ask.output.out << fmt::format("The state rebuilt from {} events equals {}, byte for byte ({} bytes, SHA-256 {}).\n",
                                  other.seq.value, other.what, rebuilt.size(), digest.substr(0, 16));
    if (ledger)
        ask.output.out << fmt::format(
            "What the Kubernetes adapter begins with, from its snapshot at #{}, is what the log says, too.\n", ledger->value);
    if ((*world)->skipped() > 0)
        ask.output.out << fmt::format("{} of them are of types that this binary does not know and may skip.\n",
                                      (*world)->skipped());
    return ok();
}

} // namespace xtn::audit
