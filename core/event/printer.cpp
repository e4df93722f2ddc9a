#include "core/event/printer.hpp"

#include "core/event/canonical.hpp"
#include "core/event/catalogue.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <iterator>
#include <ostream>

namespace xtn {

namespace json = boost::json;

namespace {

constexpr std::size_t max_summary_bytes = 240;

// How a payload member reads within a sentence.
std::string value_text(const json::value &value) {
    switch (value.kind()) {
    case json::kind::null:
        return "nothing";
    case json::kind::bool_:
        return value.get_bool() ? "yes" : "no";
    case json::kind::int64:
        return fmt::format("{}", value.get_int64());
    case json::kind::uint64:
        return fmt::format("{}", value.get_uint64());
    case json::kind::double_:
        return "?";
    case json::kind::string:
        return {value.get_string().data(), value.get_string().size()};
    case json::kind::array: {
        // A list of errors reads best as its first message; any other list as its length.
        const auto &array = value.get_array();
        if (!array.empty() && array.front().is_object()) {
            const auto &first = array.front().get_object();
            const auto *message = first.if_contains("message");
            const auto *field = first.if_contains("field");
            if (message != nullptr && message->is_string() && field != nullptr && field->is_string()) {
                std::string text = value_text(*field) + ": " + value_text(*message);
                if (array.size() > 1) text += fmt::format(" (and {} more)", array.size() - 1);
                return text;
            }
            return fmt::format("{} objects", array.size());
        }
        return fmt::format("{} entries", array.size());
    }
    case json::kind::object:
        return fmt::format("{} members", value.get_object().size());
    }
    return {};
}

// Absent, empty, zero and false members hide the bracketed part that names them.
bool worth_telling(const json::value *value) {
    if (value == nullptr || value->is_null()) return false;
    if (value->is_bool()) return value->get_bool();
    if (value->is_int64()) return value->get_int64() != 0;
    if (value->is_string()) return !value->get_string().empty();
    return true;
}

// Fills one stretch of a summary template. False when a member named in it is not worth telling.
bool fill(std::string &out, std::string_view part, const json::object &payload) {
    bool all_told = true;
    while (!part.empty()) {
        const auto open = part.find('{');
        out.append(part.substr(0, open));
        if (open == std::string_view::npos) break;
        const auto close = part.find('}', open);
        const auto name = part.substr(open + 1, close - open - 1);
        const json::value *value = payload.if_contains(json::string_view(name.data(), name.size()));
        all_told = all_told && worth_telling(value);
        out += value == nullptr ? "?" : value_text(*value);
        part.remove_prefix(close + 1);
    }
    return all_told;
}

std::string cut(std::string text) {
    if (text.size() <= max_summary_bytes) return text;
    std::size_t end = max_summary_bytes - 3;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end; // not within a character
    return text.substr(0, end) + "...";
}

// Payload text may come from outside: control characters must not reach a terminal.
std::string printable(std::string text) {
    for (char &c : text)
        if ((c >= 0 && c < 0x20) || c == 0x7f) c = ' ';
    return text;
}

void put_pretty(std::string &out, const json::value &value, int indent) {
    const std::string margin(static_cast<std::size_t>(indent) + 2, ' ');
    const std::string end(static_cast<std::size_t>(indent), ' ');
    if (value.is_object() && !value.get_object().empty()) {
        out += "{\n";
        bool first = true;
        for (const auto &member : value.get_object()) {
            if (!first) out += ",\n";
            first = false;
            out += margin + json::serialize(json::string(member.key())) + ": ";
            put_pretty(out, member.value(), indent + 2);
        }
        out += "\n" + end + "}";
    } else if (value.is_array() && !value.get_array().empty()) {
        out += "[\n";
        bool first = true;
        for (const auto &element : value.get_array()) {
            if (!first) out += ",\n";
            first = false;
            out += margin;
            put_pretty(out, element, indent + 2);
        }
        out += "\n" + end + "]";
    } else {
        out += json::serialize(value);
    }
}

} // namespace

std::string summary(const Event &event) {
    const EventTypeInfo *info = find_event_type(event.name());
    if (info == nullptr) return "(an event type that this binary does not know)";
    std::string out;
    std::string_view rest = info->summary;
    while (!rest.empty()) {
        const auto open = rest.find('[');
        fill(out, rest.substr(0, open), event.payload);
        if (open == std::string_view::npos) break;
        const auto close = rest.find(']', open);
        std::string part;
        if (fill(part, rest.substr(open + 1, close - open - 1), event.payload)) out += part;
        rest.remove_prefix(close + 1);
    }
    return cut(printable(std::move(out)));
}

std::string print_line(const Event &event) {
    std::string origin = event.source;
    if (!event.actor.empty()) origin += ", by " + event.actor;
    if (event.cause) origin += fmt::format(", because of #{}", event.cause->value);
    return fmt::format("#{} {} {} {} ({}): {}", event.seq.value, event.time.rfc3339(), event.type, event.subject.text,
                       printable(origin), summary(event));
}

std::string print_full(Stream stream, const Event &event) {
    std::string out;
    const auto row = [&](std::string_view name, std::string_view text) {
        fmt::format_to(std::back_inserter(out), "{:<12} {}\n", name, text);
    };
    row("event", fmt::format("#{} of stream {}", event.seq.value, stream_name(stream)));
    row("says", summary(event));
    row("type", event.type);
    if (!event.stored_type.empty()) row("stored as", event.stored_type);
    row("subject", event.subject.text);
    row("time", event.time.rfc3339());
    row("epoch", fmt::format("{}", event.epoch.value));
    row("recorded by", event.source);
    row("done by", event.actor.empty() ? "(not known)" : printable(event.actor));
    row("because of", event.cause ? fmt::format("#{}", event.cause->value) : "(nothing: seen from outside)");
    if (!event.correlation.empty()) row("correlation", event.correlation);
    row("payload", pretty_json(event.payload, 0));
    return out;
}

std::string pretty_json(const json::value &value, int indent) {
    std::string out;
    put_pretty(out, value, indent);
    return out;
}

std::ostream &operator<<(std::ostream &out, const Event &event) {
    return out << print_line(event);
}

} // namespace xtn
