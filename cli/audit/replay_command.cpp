// replay: is the state really nothing but the log? Rebuilds it and compares bytes.
#include "cli/audit/commands.hpp"
#include "cli/audit/json_difference.hpp"
#include "cli/audit/rebuild.hpp"
#include "core/event/canonical.hpp"
#include "core/event/event_json.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <ostream>

namespace xtn::audit {

namespace {

struct Other {
    std::string what;      // "the running state"
    std::string canonical; // its bytes
    Seq seq;               // the position it stands for
};

Error differs(const std::string &rebuilt, const Other &other) {
    std::string text = fmt::format("The state rebuilt from the log up to #{} is not {}", other.seq.value, other.what);
    const auto left = parse_state_json(rebuilt);
    const auto right = parse_state_json(other.canonical);
    const auto found = left && right ? first_difference(*left, *right) : std::nullopt;
    if (found) text += fmt::format(": at {} the log says {}, {} says {}", found->path, found->left, other.what, found->right);
    return make_error(Code::data_corrupted, text + ". This is a bug: please keep the folder.");
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
        other = {"the running one", std::move(running->canonical), running->seq};
    }
    const auto log = ask.source.open();
    if (!log) return log.error();
    if (!ask.source.is_server()) {
        const auto to = position(**log, Stream::control, at.empty() ? "now" : at);
        if (!to) return to.error();
        other.seq = *to;
        other.what = "that of a second rebuild";
        const auto first = rebuild(**log, other.seq, ask.output, "replaying, first");
        if (!first) return first.error();
        other.canonical = canonical_json_or_throw((*first)->serialize());
    }
    const auto world = rebuild(**log, other.seq, ask.output, ask.source.is_server() ? "replaying" : "replaying, second");
    if (!world) return world.error();
    const auto rebuilt = canonical_json_or_throw((*world)->serialize());
    if (rebuilt != other.canonical) return differs(rebuilt, other);
    const auto digest = Digest::of(rebuilt).hex;
    if (ask.output.format != Format::table) {
        put_document(ask.output, boost::json::object{{"equal", true},
                                                     {"comparedWith", ask.source.is_server() ? "running" : "second rebuild"},
                                                     {"seq", other.seq.value},
                                                     {"bytes", rebuilt.size()},
                                                     {"sha256", digest}});
        return ok();
    }
    ask.output.out << fmt::format("The state rebuilt from {} events equals {}, byte for byte ({} bytes, SHA-256 {}).\n",
                                  other.seq.value, other.what, rebuilt.size(), digest.substr(0, 16));
    return ok();
}

} // namespace xtn::audit
