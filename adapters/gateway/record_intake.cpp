#include "adapters/gateway/record_intake.hpp"

#include "core/event/catalogue.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace xtn {

namespace json = boost::json;

namespace {

// What a gateway may report. Everything else is decided or observed elsewhere.
constexpr std::array<std::string_view, 8> reportable{
    "query.routed",           "query.ended",           "query.refused",  "activity.observed", "backend.health.changed",
    "coordinator.identified", "observation.coalesced", "observation.gap"};
constexpr std::string_view gap_type = "observation.gap";

bool good_gateway_name(std::string_view name) {
    return !name.empty() && name.size() <= 100 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    });
}

std::string text_of(const json::object &object, std::string_view name) {
    const auto *value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::optional<std::uint64_t> number_of(const json::object &object, std::string_view name) {
    const auto *value = object.if_contains(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_uint64()) return value->as_uint64();
    if (value->is_int64() && value->as_int64() >= 0) return static_cast<std::uint64_t>(value->as_int64());
    return std::nullopt;
}

EventDraft gap_draft(const std::string &gateway, std::uint64_t from, std::uint64_t to, std::string_view reason) {
    EventDraft draft;
    draft.type = type_of(gap_type);
    draft.subject = Subject{"gateway/" + gateway};
    draft.source = "gateway/" + gateway;
    draft.payload["gateway"] = gateway;
    draft.payload["from_sequence"] = from;
    draft.payload["to_sequence"] = to;
    draft.payload["reason"] = reason;
    draft.payload["gateway_sequence"] = to;
    return draft;
}

// One record as a draft. Members that this version's catalogue does not have are left out: gateways and control planes are not
// upgraded in the same second.
Result<EventDraft> draft_of(const json::object &record, const std::string &gateway, std::uint64_t sequence) {
    const auto type = text_of(record, "type");
    if (std::find(reportable.begin(), reportable.end(), type) == reportable.end())
        return make_error(Code::invalid_argument, "type '" + type.substr(0, 64) + "' is not a gateway's to report");
    const auto *payload = record.if_contains("payload");
    if (payload == nullptr || !payload->is_object()) return make_error(Code::invalid_argument, "it has no payload");
    EventDraft draft;
    draft.type = type_of(type);
    draft.subject = Subject{type == gap_type ? "gateway/" + gateway : text_of(record, "subject")};
    draft.source = "gateway/" + gateway;
    for (const auto &field : find_event_type(type)->payload) {
        if (field.name == "gateway") {
            draft.payload["gateway"] = gateway;
        } else if (field.name == "gateway_sequence") {
            draft.payload["gateway_sequence"] = sequence;
        } else if (field.name == "at") {
            if (const auto at = text_of(record, "time"); !at.empty()) draft.payload["at"] = at;
        } else if (const auto *value = payload->as_object().if_contains(field.name)) {
            draft.payload[field.name] = *value;
        }
    }
    draft.correlation = text_of(draft.payload, "query_id");
    draft.actor = text_of(draft.payload, "user");
    if (auto checked = check_draft(draft); !checked) return std::move(checked).error();
    return draft;
}

} // namespace

RecordIntake::Gateway &RecordIntake::state_of(const std::string &gateway) {
    auto &state = gateways_[gateway];
    state.used = ++clock_;
    if (gateways_.size() > max_gateways) {
        const auto oldest = std::min_element(gateways_.begin(), gateways_.end(),
                                             [](const auto &a, const auto &b) { return a.second.used < b.second.used; });
        gateways_.erase(oldest); // never `gateway` itself, which was used last
    }
    return state;
}

void RecordIntake::remember(Stream stream, const Event &event) {
    constexpr std::string_view prefix = "gateway/";
    if (!event.source.starts_with(prefix)) return;
    const auto sequence = number_of(event.payload, "gateway_sequence");
    if (!sequence) return;
    const MutexLock lock(mutex_);
    auto &state = state_of(event.source.substr(prefix.size()));
    auto &taken = stream == Stream::queries ? state.queries_taken : state.control_taken;
    taken = std::max(taken, *sequence);
    // Each record leaves a trace in one of the streams, if only as a gap: beyond the newest of them nothing was taken.
    state.known = true;
    state.expect = std::max(state.queries_taken, state.control_taken) + 1;
}

Status RecordIntake::sort(const json::object &document, const std::string &gateway, const Gateway &state, Sorted &out) const {
    const auto *records = document.if_contains("records");
    if (records == nullptr || !records->is_array()) return make_error(Code::invalid_argument, "the batch has no records");
    if (records->as_array().size() > max_records)
        return make_error(Code::invalid_argument,
                          fmt::format("the batch has {} records, at most {} are taken", records->as_array().size(), max_records));
    std::uint64_t expect = state.known ? state.expect : 0;
    for (const auto &record : records->as_array()) {
        if (!record.is_object()) return make_error(Code::invalid_argument, "a record of the batch is no object");
        const auto sequence = number_of(record.as_object(), "sequence");
        if (!sequence || *sequence == 0)
            return make_error(Code::invalid_argument, "a record of the batch has no sequence number");
        if (*sequence <= out.last) return make_error(Code::invalid_argument, "the records of the batch are not in order");
        out.last = *sequence;
        const bool control_news = *sequence > state.control_taken;
        const bool is_gap = text_of(record.as_object(), "type") == gap_type; // the gateway tells of the hole before it itself
        if (expect != 0 && *sequence > expect && control_news && !is_gap)
            out.control.push_back(gap_draft(gateway, expect, *sequence - 1, "the records never arrived"));
        expect = *sequence + 1;
        auto draft = draft_of(record.as_object(), gateway, *sequence);
        if (!draft) {
            if (control_news)
                out.control.push_back(
                    gap_draft(gateway, *sequence, *sequence, "refused: " + draft.error().message.substr(0, 200)));
            continue;
        }
        const bool query = find_event_type(text_of(record.as_object(), "type"))->stream == Stream::queries;
        if (query && *sequence > state.queries_taken) out.queries.push_back(std::move(*draft));
        if (!query && control_news) out.control.push_back(std::move(*draft));
    }
    return ok();
}

std::uint64_t RecordIntake::next_number(const std::string &gateway) const {
    const MutexLock lock(mutex_);
    const auto found = gateways_.find(gateway);
    return found == gateways_.end() || !found->second.known ? 0 : found->second.expect;
}

Status RecordIntake::take(std::string_view batch_json, const std::function<void(const std::string &)> &named) {
    boost::system::error_code ec;
    const auto value = json::parse(json::string_view(batch_json.data(), batch_json.size()), ec);
    if (ec) return make_error(Code::invalid_argument, "the batch is not JSON: " + ec.message());
    if (!value.is_object()) return make_error(Code::invalid_argument, "the batch is no JSON object");
    const auto gateway = text_of(value.as_object(), "gateway");
    if (!good_gateway_name(gateway))
        return make_error(Code::invalid_argument, "the batch names no gateway (1 to 100 of [A-Za-z0-9._-])");
    if (named) named(gateway);

    const MutexLock lock(mutex_);
    auto &state = state_of(gateway);
    Sorted sorted;
    if (auto done = sort(value.as_object(), gateway, state, sorted); !done) return done;
    pause_points_.pass(PausePoint::records_received);
    if (!sorted.queries.empty()) {
        if (auto done = sinks_.queries(std::move(sorted.queries)); !done) return done;
    }
    state.queries_taken = std::max(state.queries_taken, sorted.last);
    pause_points_.pass(PausePoint::records_half);
    if (!sorted.control.empty()) {
        if (auto done = sinks_.control(std::move(sorted.control)); !done) return done;
    }
    state.control_taken = std::max(state.control_taken, sorted.last);
    state.known = true;
    state.expect = std::max(state.expect, sorted.last + 1);
    pause_points_.pass(PausePoint::records_durable);
    return ok();
}

} // namespace xtn
