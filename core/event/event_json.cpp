#include "core/event/event_json.hpp"

#include "core/event/canonical.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace xtn {

namespace json = boost::json;

namespace {

Error wrong(std::string_view member, std::string_view want) {
    return make_error(Code::invalid_argument, fmt::format("event: member '{}' {}", member, want));
}

Result<std::string> text_member(const json::object &object, std::string_view name, bool required) {
    const json::value *value = object.if_contains(name);
    if (value == nullptr) {
        if (required) return wrong(name, "is missing");
        return std::string();
    }
    const json::string *text = value->if_string();
    if (text == nullptr) return wrong(name, "must be a string");
    return std::string(text->data(), text->size());
}

Result<std::uint64_t> number_member(const json::object &object, std::string_view name) {
    const json::value *value = object.if_contains(name);
    if (value == nullptr) return wrong(name, "is missing");
    json::error_code error;
    const auto number = value->to_number<std::uint64_t>(error);
    if (error || value->is_double()) return wrong(name, "must be a non-negative integer");
    return number;
}

} // namespace

json::object event_to_json(Stream stream, const Event &event) {
    json::object out;
    out["seq"] = event.seq.value;
    out["stream"] = stream_name(stream);
    out["time"] = event.time.rfc3339();
    out["epoch"] = event.epoch.value;
    out["type"] = event.type;
    if (!event.stored_type.empty()) out["stored_type"] = event.stored_type;
    out["subject"] = event.subject.text;
    out["source"] = event.source;
    if (!event.actor.empty()) out["actor"] = event.actor;
    if (event.cause) out["cause"] = event.cause->value;
    if (!event.correlation.empty()) out["correlation"] = event.correlation;
    out["payload"] = event.payload;
    return out;
}

Result<StreamedEvent> event_from_json(const json::value &value) {
    const json::object *object = value.if_object();
    if (object == nullptr) return make_error(Code::invalid_argument, "event: not a JSON object");
    StreamedEvent out;
    Event &event = out.event;

    // Texts first, then numbers; each failure names its member.
    struct Text {
        std::string_view name;
        std::string *to;
        bool required;
    };
    std::string stream;
    std::string time;
    for (const auto &[name, to, required] :
         {Text{"stream", &stream, true}, Text{"time", &time, true}, Text{"type", &event.type, true},
          Text{"subject", &event.subject.text, true}, Text{"source", &event.source, true}, Text{"actor", &event.actor, false},
          Text{"correlation", &event.correlation, false}, Text{"stored_type", &event.stored_type, false}}) {
        auto text = text_member(*object, name, required);
        if (!text) return std::move(text).error();
        *to = std::move(text).value();
    }
    auto parsed_stream = parse_stream(stream);
    if (!parsed_stream) return std::move(parsed_stream).error();
    out.stream = *parsed_stream;
    auto parsed_time = Timestamp::parse(time);
    if (!parsed_time) return std::move(parsed_time).error();
    event.time = *parsed_time;
    auto seq = number_member(*object, "seq");
    if (!seq) return std::move(seq).error();
    event.seq = Seq{*seq};
    auto epoch = number_member(*object, "epoch");
    if (!epoch) return std::move(epoch).error();
    event.epoch = Epoch{*epoch};
    if (object->contains("cause")) {
        auto cause = number_member(*object, "cause");
        if (!cause) return std::move(cause).error();
        event.cause = Seq{*cause};
    }
    const json::value *payload = object->if_contains("payload");
    if (payload == nullptr || !payload->is_object()) return wrong("payload", "must be an object");
    event.payload = payload->get_object();
    return out;
}

json::parse_options event_parse_options() {
    json::parse_options options;
    options.max_depth = max_json_depth + 1; // an event wraps its payload once
    return options;
}

namespace {

Result<json::value> parse_within(std::string_view text, const json::parse_options &options) {
    json::error_code error;
    json::value value = json::parse(json::string_view(text.data(), text.size()), error, json::storage_ptr(), options);
    if (error) return make_error(Code::invalid_argument, fmt::format("not JSON: {}", error.message()));
    return value;
}

} // namespace

Result<json::value> parse_json(std::string_view text) {
    return parse_within(text, event_parse_options());
}

Result<json::value> parse_state_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = max_state_depth;
    return parse_within(text, options);
}

} // namespace xtn
