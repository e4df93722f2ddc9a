// The log's record decoder on any bytes: an event or an error, never a crash; and what it takes for an event of the catalogue can
// be written again as the same bytes, unless its payload was not in canonical form.
#include "core/event/canonical.hpp"
#include "core/log/record.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace xtn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view record(reinterpret_cast<const char *>(data), size);
    const auto event = decode_record(record);
    if (!event.ok()) return 0;
    const auto header = decode_header(record);
    if (!header.ok()) std::abort(); // an event without a readable header
    const auto canonical = canonical_json(event->payload);
    if (!canonical.ok()) return 0; // floating point, malformed text: never written by us
    EventDraft draft{event->type, event->subject, event->source, event->actor, event->cause, event->correlation, event->payload};
    auto again = encode_draft(static_cast<Stream>(header->stream), draft);
    if (!again.ok()) return 0; // not in the catalogue, or of the other stream
    seal_record(*again, {event->seq, event->time, event->epoch, event->cause}, {});
    const std::string_view body = record_body(record);
    const bool same_payload = body.ends_with(*canonical);
    if (same_payload && header->flags == static_cast<std::uint8_t>((*again)[1]) && record_body(*again) != body) std::abort();
    return 0;
}
