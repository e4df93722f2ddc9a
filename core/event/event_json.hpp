// The JSON form of an event, as `xtn-audit -o json` prints it and the audit API carries it:
//   {"seq":7,"stream":"control","time":"...Z","epoch":1,"type":"pod.gone/1","subject":"runtime/team-a/x","source":"kube",
//    "actor":"...","cause":6,"correlation":"...","payload":{...}}
// `actor`, `cause` and `correlation` are left out when empty. `stored_type` is there when the log holds an older version of the
// type than the one shown. The time keeps its nanoseconds.
#pragma once

#include "core/event/event.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse_options.hpp>
#include <boost/json/value.hpp>

namespace xtn {

boost::json::object event_to_json(Stream stream, const Event &event);

struct StreamedEvent {
    Stream stream = Stream::control;
    Event event;
};
// Errors: invalid_argument naming the member that is missing or of the wrong type.
Result<StreamedEvent> event_from_json(const boost::json::value &value);

// Parses JSON text within the bounds that stored payloads obey (depth, no trailing text), or those of state (canonical.hpp).
// Errors: invalid_argument with the reason.
Result<boost::json::value> parse_json(std::string_view text);
// Those bounds of payloads, for who parses by himself.
boost::json::parse_options event_parse_options();
Result<boost::json::value> parse_state_json(std::string_view text);

} // namespace xtn
