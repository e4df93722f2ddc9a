// The event catalogue: one table that says for each event type what it is, what it carries, who writes it, what is redacted and
// how many of it may be written. docs/events.md is generated from it (`xtn-audit catalogue`), and the log refuses types not in
// it.
#pragma once

#include "core/event/event.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace xtn {

// One member of a payload.
struct FieldInfo {
    std::string_view name;
    std::string_view type; // "string", "integer", "boolean", "object", "array", "digest", "time"; '?' at the end: may be absent
    std::string_view meaning; // one sentence, with the unit
};

struct EventTypeInfo {
    std::string_view name; // "runtime.spec.applied"
    int version;           // newest version written
    Stream stream;
    bool must_understand;      // a reader that does not know the type must stop rather than skip
    std::string_view producer; // adapter or policy
    std::string_view meaning;  // one sentence
    std::span<const FieldInfo> payload;
    std::string_view redaction; // what is removed or replaced at ingest; "none"
    std::string_view budget;    // how often it may be written per subject
    // One sentence for people, filled from the payload: "{name}" is that member's value; a part in [brackets] is left out while a
    // member named in it is absent, empty, zero or false.
    std::string_view summary;
    std::string_view subject = "runtime/<namespace>/<name>"; // what an event of this type is about
    // Nothing is decided by it: while the log's disk is nearly full it may be dropped, counted (core/log/space.hpp).
    bool sheddable = false;
};

std::span<const EventTypeInfo> catalogue();
const EventTypeInfo *find_event_type(std::string_view name); // without the version; nullptr when unknown
// The type with the version this binary writes: "pod.gone/1". Throws std::logic_error for a name that is not in the table.
std::string type_of(std::string_view name);
// Checks presence and JSON type of the payload members against the table; unknown members are refused.
Status check_payload(const EventTypeInfo &info, const boost::json::object &payload);
// The text of docs/events.md.
std::string catalogue_markdown();

} // namespace xtn
