// The questions of xtn-audit. Each writes its answer to `ask.output`; a failure is an Error whose message is a whole sentence for
// the user.
#pragma once

#include "cli/audit/output.hpp"
#include "cli/audit/source.hpp"

#include <functional>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace xtn::audit {

struct Ask {
    Source source;
    Output output;
    Timestamp now;                        // for "7 min ago"
    std::function<bool()> keep_following; // asked between new events; empty: for ever
};

struct LogQuery {
    Stream stream = Stream::control;
    std::string subject;              // whole, or a beginning that ends in '/' or '*'; empty: all
    std::string type;                 // "runtime.ready", "runtime.ready/1", or a beginning that ends in '.' or '*'; empty: all
    std::string from;                 // number or time; empty: the first
    std::optional<std::size_t> limit; // with `from` the first so many, else the newest
    bool follow = false;
};
Status show_log(const Ask &ask, const LogQuery &query);
Status show_event(const Ask &ask, Stream stream, Seq seq);
// `subject` may be "<namespace>/<name>": then a runtime.
Status show_timeline(const Ask &ask, const std::string &subject);

// `what` is runtime, route or object; `name` <namespace>/<name> or <Kind>/<namespace>/<name>.
Status explain(const Ask &ask, const std::string &what, const std::string &name, std::size_t limit);
Status explain_runtime(const Ask &ask, const RuntimeId &id, std::size_t limit);
Status explain_route(const Ask &ask, const RuntimeId &id);
struct ObjectName {
    std::string kind;
    std::string ns;
    std::string name;
    std::string text() const { return kind + "/" + ns + "/" + name; }
};
Status explain_object(const Ask &ask, const ObjectName &object, std::size_t limit);

// `at`: number, time or "now". `runtime`: one only; empty: all.
Status show_state(const Ask &ask, const std::string &at, const std::string &runtime);
Status replay(const Ask &ask);                           // to the running state's position, or of a folder to its head
Status replay_to(const Ask &ask, const std::string &at); // to a number or a time; only of a folder
Status verify(const Ask &ask);
// As verify(), and holds a folder against what `verify -o json` said before, kept in `file` elsewhere: the log must have gone on
// from there. That tells an older copy of the whole folder, which is sound in itself. Errors: data_corrupted, invalid_argument
// (file), unsupported (a server).
Status verify_since(const Ask &ask, const std::string &file);
// Asks today's policies again over the whole log. `limit`: how many differences are shown. Errors: data_corrupted (a difference
// that no other version explains).
Status redecide_log(const Ask &ask, std::size_t limit);
// What the user said beforehand about a loss.
struct Acceptance {
    std::map<Stream, Seq> ends;       // --accept-loss: the event that each damaged stream will end at
    std::size_t manifests = 0;        // --accept-lost-manifests: how many
    std::istream *terminal = nullptr; // where to ask otherwise; nullptr: nowhere
};
// "120" (control) or "queries:7". Errors: invalid_argument.
Result<std::pair<Stream, Seq>> parse_accepted_end(std::string_view text);
// Shows both heads of what is damaged and goes on only when the loss is accepted. Errors: data_corrupted (not accepted), conflict
// (accepted was another loss).
Status repair(const Ask &ask, const Acceptance &acceptance);
Status show_catalogue(const Ask &ask);

struct ExportRequest {
    std::string file;       // "-": standard output
    std::string stream;     // empty: both, or control when a range is given
    std::uint64_t from = 0; // 0: the first
    std::uint64_t to = 0;   // 0: the head
    std::string release;    // of this binary
};
// A file that needs nothing else to be read (docs/log-format.md §8). Errors: as export_log(); unsupported (a server).
Status export_events(const Ask &ask, const ExportRequest &request);
// A log of an export, in the folder `log` of --data, which must not exist. "-": standard input. Errors: as import_log().
Status import_events(const Ask &ask, const std::string &file);

// The last event at or before `text`: "now", a number or a time. Errors: invalid_argument, not_found (a number behind the head).
Result<Seq> position(const LogReader &log, Stream stream, const std::string &text);

} // namespace xtn::audit
