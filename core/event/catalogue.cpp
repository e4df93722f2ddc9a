#include "core/event/catalogue.hpp"

#include "core/event/catalogue_tables.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <unordered_map>
#include <vector>

namespace xtn {

namespace json = boost::json;

namespace {

std::vector<EventTypeInfo> join() {
    std::vector<EventTypeInfo> all;
    for (const auto part : {tables::wanted(), tables::observed(), tables::decided(), tables::done(), tables::queries()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

std::string_view kind_text(const json::value &value) {
    switch (value.kind()) {
    case json::kind::null:
        return "null";
    case json::kind::bool_:
        return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
        return "an integer";
    case json::kind::double_:
        return "a floating-point number";
    case json::kind::string:
        return "a string";
    case json::kind::array:
        return "an array";
    case json::kind::object:
        return "an object";
    }
    return "?";
}

bool is_digest(std::string_view text) {
    return text.size() == 64 &&
           std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Whether `value` is what the table calls `type`.
bool has_type(const json::value &value, std::string_view type) {
    const auto text = [&] { return std::string_view(value.get_string().data(), value.get_string().size()); };
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_int64() || value.is_uint64();
    if (type == "boolean") return value.is_bool();
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "digest") return value.is_string() && is_digest(text());
    if (type == "time") return value.is_string() && Timestamp::parse(text()).ok();
    throw std::logic_error(fmt::format("the event catalogue names an unknown member type '{}'", type));
}

} // namespace

std::span<const EventTypeInfo> catalogue() {
    static const std::vector<EventTypeInfo> all = join();
    return all;
}

const EventTypeInfo *find_event_type(std::string_view name) {
    static const std::unordered_map<std::string_view, const EventTypeInfo *> index = [] {
        std::unordered_map<std::string_view, const EventTypeInfo *> by_name;
        for (const auto &info : catalogue())
            if (!by_name.emplace(info.name, &info).second)
                throw std::logic_error(fmt::format("the event catalogue holds '{}' twice", info.name));
        return by_name;
    }();
    const auto found = index.find(name);
    return found == index.end() ? nullptr : found->second;
}

std::string type_of(std::string_view name) {
    const EventTypeInfo *info = find_event_type(name);
    if (info == nullptr) throw std::logic_error(fmt::format("event type '{}' is not in the catalogue", name));
    return fmt::format("{}/{}", info->name, info->version);
}

Status check_payload(const EventTypeInfo &info, const json::object &payload) {
    std::size_t known = 0;
    for (const auto &field : info.payload) {
        const bool optional = field.type.ends_with('?');
        const auto type = optional ? field.type.substr(0, field.type.size() - 1) : field.type;
        const json::value *value = payload.if_contains(json::string_view(field.name.data(), field.name.size()));
        if (value == nullptr) {
            if (optional) continue;
            return make_error(Code::invalid_argument, fmt::format("payload member '{}' is missing", field.name));
        }
        ++known;
        if (!has_type(*value, type))
            return make_error(Code::invalid_argument,
                              fmt::format("payload member '{}' must be a {}, it is {}", field.name, type, kind_text(*value)));
    }
    if (known == payload.size()) return ok();
    for (const auto &member : payload) {
        const std::string_view key(member.key().data(), member.key().size());
        const bool listed =
            std::any_of(info.payload.begin(), info.payload.end(), [&](const FieldInfo &f) { return f.name == key; });
        if (!listed) return make_error(Code::invalid_argument, fmt::format("payload member '{}' is not in the catalogue", key));
    }
    return ok();
}

} // namespace xtn
