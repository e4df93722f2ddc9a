// Event types of the query stream: what became of single statements. Kept for days, apart from control history.
#include "core/event/catalogue_tables.hpp"

#include <array>

namespace xtn::tables {

namespace {

constexpr FieldInfo routed[] = {
    {"gateway", "string", "gateway that routed the statement"},
    {"gateway_sequence", "integer", "that gateway's own number of this record"},
    {"at", "time?", "when it happened, by the gateway's clock; the event's own time is later by what the record waited"},
    {"query_id", "string?", "id that the coordinator gave, once known"},
    {"runtime", "string", "<namespace>/<name> of the runtime"},
    {"backend", "string", "backend that got the statement"},
    {"routing_group", "string", "group that was selected"},
    {"method", "string", "how it was selected: header, hostname, direct or default"},
    {"user", "string?", "X-Trino-User"},
    {"source", "string?", "X-Trino-Source"},
    {"status", "integer", "HTTP status of the first answer"},
    {"wait_ms", "integer", "how long the statement was held before it was sent on, in milliseconds"},
};
constexpr FieldInfo ended[] = {
    {"gateway", "string", "gateway that saw the end"},
    {"gateway_sequence", "integer", "that gateway's own number of this record"},
    {"at", "time?", "when it happened, by the gateway's clock; the event's own time is later by what the record waited"},
    {"query_id", "string", "id that the coordinator gave"},
    {"runtime", "string", "<namespace>/<name> of the runtime"},
    {"backend", "string", "backend that ran it"},
    {"state", "string", "FINISHED, FAILED or CANCELED"},
    {"error_name", "string?", "Trino's error name"},
    {"error_type", "string?", "USER_ERROR, INTERNAL_ERROR, INSUFFICIENT_RESOURCES or EXTERNAL"},
    {"elapsed_ms", "integer", "from the statement's arrival to its end, in milliseconds"},
    {"rows", "integer?", "rows that went to the client"},
};
constexpr FieldInfo refused[] = {
    {"gateway", "string", "gateway that refused the statement"},
    {"gateway_sequence", "integer", "that gateway's own number of this record"},
    {"at", "time?", "when it happened, by the gateway's clock; the event's own time is later by what the record waited"},
    {"selector", "string?", "what the client asked for, cut at 128 bytes"},
    {"status", "integer", "HTTP status of the answer"},
    {"reason", "string", "why it was refused"},
};

constexpr std::string_view statement_text = "no statement text, no session values, no credentials";

constexpr auto table = std::to_array<EventTypeInfo>({
    {"query.routed", 1, Stream::queries, ignorable, "gateway", "A statement was sent to a backend.", routed, statement_text,
     "one per statement", "[query {query_id} ]to {runtime} by {method}, status {status}[, held {wait_ms} ms]", about_runtime,
     sheddable},
    {"query.ended", 1, Stream::queries, ignorable, "gateway", "A statement came to its end.", ended, statement_text,
     "one per statement", "query {query_id} {state} after {elapsed_ms} ms[, {error_name}][, {rows} rows]", about_runtime,
     sheddable},
    {"query.refused", 1, Stream::queries, ignorable, "gateway", "A statement was sent nowhere.", refused, statement_text,
     "one per statement, coalesced above 10 per second", "refused with {status}[, asked for {selector}]: {reason}", about_cluster,
     sheddable},
});

} // namespace

std::span<const EventTypeInfo> queries() {
    return table;
}

} // namespace xtn::tables
