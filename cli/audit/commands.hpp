// The questions of xtn-audit. Each writes its answer to `ask.output`; a failure is an Error whose message is a whole sentence for
// the user.
#pragma once

#include "cli/audit/output.hpp"
#include "cli/audit/source.hpp"

#include <functional>
#include <optional>
#include <string>

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
Status repair(const Ask &ask);
Status show_catalogue(const Ask &ask);

// The last event at or before `text`: "now", a number or a time. Errors: invalid_argument, not_found (a number behind the head).
Result<Seq> position(const LogReader &log, Stream stream, const std::string &text);

} // namespace xtn::audit
