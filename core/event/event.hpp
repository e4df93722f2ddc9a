// The event: the one record that everything seen, decided and done becomes. Meaning of the parts: docs/log-format.md.
#pragma once

#include "core/base/ids.hpp"
#include "core/base/result.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xtn {

// Each stream has its own sequence, chain and retention; joined by Event::correlation.
enum class Stream : std::uint8_t {
    control = 1, // months: specs, observations, decisions, outcomes
    queries = 2, // days: one short record when a statement is routed or held, one when it ends
};
std::string_view stream_name(Stream stream); // "control", "queries"
Result<Stream> parse_stream(std::string_view name);

// Largest payload, as canonical JSON.
inline constexpr std::size_t max_payload_bytes = 256 * 1024;

// An event before the log numbered it.
struct EventDraft {
    std::string type; // name and version, "runtime.spec.applied/1"; must stand in the catalogue
    Subject subject;
    std::string source;          // who recorded it: "kube", "gateway/<id>", "policy/lifecycle/1", "clock", ...
    std::string actor;           // who did it, where known: field manager, client user; else empty
    std::optional<Seq> cause;    // the event (same stream) that led to this one
    std::string correlation;     // follows one request or query end to end: at most 64 bytes of [A-Za-z0-9._:-]; else empty
    boost::json::object payload; // integers, booleans, strings, arrays, objects, null; never a floating-point number
};

// An event as stored.
struct Event {
    Seq seq;
    Timestamp time;
    Epoch epoch;
    std::string type;
    Subject subject;
    std::string source;
    std::string actor;
    std::optional<Seq> cause;
    std::string correlation;
    boost::json::object payload;
    std::string stored_type; // as the log holds it, where `type` is what it was lifted to on reading (upcast.hpp); else empty

    // The type without its version: "runtime.spec.applied".
    std::string_view name() const;
    int version() const;
};

// What a draft says, as an event that has no number, time or term yet.
Event unnumbered(EventDraft draft);
// What an event says, without what the log added.
EventDraft draft_of(Event event);

// Refuses drafts that the log must never hold: unknown or malformed type, unsafe subject, source or correlation, a payload that
// is not what the catalogue says, holds a floating-point number or text that is not UTF-8, or is larger than max_payload_bytes.
// The message names the part and the value.
Status check_draft(const EventDraft &draft);
// As check_draft(), and returns the canonical text of the payload, which a writer needs next.
Result<std::string> checked_payload(const EventDraft &draft);

} // namespace xtn
