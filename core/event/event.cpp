#include "core/event/event.hpp"

#include "core/base/subject_rule.hpp"
#include "core/base/utf8.hpp"
#include "core/event/catalogue.hpp"
#include "core/event/payload_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace xtn {

namespace {

bool is_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// A text part of a draft: its bound in bytes and the characters it may hold.
struct PartRule {
    std::string_view name;
    std::size_t max_bytes;
    std::string_view extra; // allowed besides letters and digits
};
constexpr PartRule source_rule{"source", 128, "._:/@-"};
constexpr PartRule correlation_rule{"correlation", 64, "._:-"};
constexpr std::size_t max_actor_bytes = 256;

Status check_part(const PartRule &rule, std::string_view text) {
    if (text.size() > rule.max_bytes)
        return make_error(Code::invalid_argument,
                          fmt::format("{} '{}...' is longer than {} bytes", rule.name, text.substr(0, 32), rule.max_bytes));
    const auto bad = std::find_if(text.begin(), text.end(),
                                  [&](char c) { return !is_alnum(c) && rule.extra.find(c) == std::string_view::npos; });
    if (bad != text.end())
        return make_error(Code::invalid_argument, fmt::format("{} '{}' holds a character outside [A-Za-z0-9{}]", rule.name,
                                                              valid_utf8(text) ? text : "?", rule.extra));
    return ok();
}

// User names come from outside: any text, but no control characters that would forge lines in a terminal.
Status check_actor(std::string_view actor) {
    if (actor.size() > max_actor_bytes)
        return make_error(Code::invalid_argument, fmt::format("actor is longer than {} bytes", max_actor_bytes));
    if (!valid_utf8(actor) || std::any_of(actor.begin(), actor.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }))
        return make_error(Code::invalid_argument, "actor holds a control character or is not UTF-8");
    return ok();
}

struct TypeParts {
    std::string_view name;
    int version = 0;
};

std::optional<TypeParts> split_type(std::string_view type) {
    const auto slash = type.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    TypeParts parts{type.substr(0, slash), 0};
    const auto digits = type.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), parts.version);
    if (error != std::errc() || end != digits.data() + digits.size() || parts.version < 1) return std::nullopt;
    return parts;
}

} // namespace

std::string_view stream_name(Stream stream) {
    return stream == Stream::control ? "control" : "queries";
}

Result<Stream> parse_stream(std::string_view name) {
    if (name == "control") return Stream::control;
    if (name == "queries") return Stream::queries;
    return make_error(Code::invalid_argument, fmt::format("stream '{}' is neither control nor queries", name));
}

std::string_view Event::name() const {
    // Asked for several times an event, and nearly every type ends in a version of one digit.
    const std::size_t size = type.size();
    if (size >= 2 && type[size - 2] == '/' && type[size - 1] >= '1' && type[size - 1] <= '9')
        return std::string_view(type).substr(0, size - 2);
    const auto parts = split_type(type);
    return parts ? parts->name : std::string_view(type);
}

int Event::version() const {
    const auto parts = split_type(type);
    return parts ? parts->version : 0;
}

Event unnumbered(EventDraft draft) {
    Event event;
    event.type = std::move(draft.type);
    event.subject = std::move(draft.subject);
    event.source = std::move(draft.source);
    event.actor = std::move(draft.actor);
    event.cause = draft.cause;
    event.correlation = std::move(draft.correlation);
    event.payload = std::move(draft.payload);
    return event;
}

EventDraft draft_of(Event event) {
    EventDraft draft;
    draft.type = std::move(event.type);
    draft.subject = std::move(event.subject);
    draft.source = std::move(event.source);
    draft.actor = std::move(event.actor);
    draft.cause = event.cause;
    draft.correlation = std::move(event.correlation);
    draft.payload = std::move(event.payload);
    return draft;
}

Status check_draft(const EventDraft &draft) {
    std::string text;
    return append_checked_payload(text, draft);
}

Result<std::string> checked_payload(const EventDraft &draft) {
    std::string text;
    if (auto done = append_checked_payload(text, draft); !done) return std::move(done).error();
    return text;
}

Status append_checked_payload(std::string &out, const EventDraft &draft) {
    const auto parts = split_type(draft.type);
    if (!parts)
        return make_error(Code::invalid_argument, fmt::format("event type '{}' is not <noun>.<verb>/<version>", draft.type));
    const EventTypeInfo *info = find_event_type(parts->name);
    if (info == nullptr)
        return make_error(Code::invalid_argument, fmt::format("event type '{}' is not in the catalogue", draft.type));
    if (parts->version != info->version)
        return make_error(Code::invalid_argument,
                          fmt::format("event type '{}': this binary writes version {}", draft.type, info->version));
    const auto in_event = [&](Error error) { return std::move(error).with(draft.type); };
    if (auto done = check_subject(draft.subject.text); !done) return in_event(std::move(done).error());
    if (draft.source.empty()) return in_event(make_error(Code::invalid_argument, "source is empty"));
    if (auto done = check_part(source_rule, draft.source); !done) return in_event(std::move(done).error());
    if (auto done = check_part(correlation_rule, draft.correlation); !done) return in_event(std::move(done).error());
    if (auto done = check_actor(draft.actor); !done) return in_event(std::move(done).error());
    if (auto done = check_payload(*info, draft.payload); !done) return in_event(std::move(done).error());
    const std::size_t before = out.size();
    if (auto done = append_canonical_json(out, draft.payload); !done) return in_event(std::move(done).error().with("payload"));
    if (out.size() - before > max_payload_bytes)
        return in_event(make_error(Code::invalid_argument, fmt::format("payload has {} bytes, at most {} are allowed",
                                                                       out.size() - before, max_payload_bytes)));
    return ok();
}

} // namespace xtn
