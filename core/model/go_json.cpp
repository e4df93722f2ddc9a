#include "core/model/go_json.hpp"

#include "core/model/go_types.hpp"
#include "core/model/look.hpp"
#include "core/model/quantity.hpp"
#include "core/model/xtrinode.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <stdexcept>

namespace xtn {
namespace {

namespace json = boost::json;

struct Field {
    std::string name;
    std::string type;
    bool pointer = false;  // kept when it is there, however empty
    std::string_view zero; // written when absent; empty: left out
};
using Types = std::map<std::string, std::vector<Field>, std::less<>>;

std::string_view zero_text(char mark) {
    switch (mark) {
    case 's':
        return "\"\"";
    case 'i':
        return "0";
    case 'b':
        return "false";
    case 'o':
        return "{}";
    default:
        return "null";
    }
}

// Reads the notation of go_types.hpp: name[*][!z][:type].
Field parse_field(std::string_view text) {
    Field field;
    const auto colon = text.find(':');
    if (colon != std::string_view::npos) field.type = text.substr(colon + 1);
    auto head = text.substr(0, colon);
    if (const auto mark = head.find('!'); mark != std::string_view::npos) {
        field.zero = zero_text(head[mark + 1]);
        head = head.substr(0, mark);
    }
    if (head.ends_with('*')) {
        field.pointer = true;
        head.remove_suffix(1);
    }
    field.name = head;
    return field;
}

const Types &types() {
    static const Types table = [] {
        Types out;
        for (const auto &type : go_types) {
            std::vector<Field> fields;
            for (const auto word : look::split(type.fields, " \n"))
                fields.push_back(parse_field(word));
            out.emplace(type.name, std::move(fields));
        }
        return out;
    }();
    return table;
}

bool empty(const json::value &value) {
    switch (value.kind()) {
    case json::kind::null:
        return true;
    case json::kind::bool_:
        return !value.get_bool();
    case json::kind::int64:
        return value.get_int64() == 0;
    case json::kind::uint64:
        return value.get_uint64() == 0;
    case json::kind::double_:
        return value.get_double() == 0;
    case json::kind::string:
        return value.get_string().empty();
    case json::kind::array:
        return value.get_array().empty();
    case json::kind::object:
        return value.get_object().empty();
    }
    return false;
}

std::vector<const json::key_value_pair *> sorted(const json::object &object) {
    std::vector<const json::key_value_pair *> out;
    for (const auto &member : object)
        out.push_back(&member);
    std::sort(out.begin(), out.end(), [](const auto *a, const auto *b) { return a->key() < b->key(); });
    return out;
}

void write_sorted(std::string &out, const json::value &value) {
    if (const auto number = look::float_text(value); !number.empty()) {
        out += number;
    } else if (value.is_string()) {
        out += go_json_string(value.get_string());
    } else if (value.is_array()) {
        out += '[';
        bool first = true;
        for (const auto &item : value.get_array()) {
            if (!first) out += ',';
            first = false;
            write_sorted(out, item);
        }
        out += ']';
    } else if (value.is_object()) {
        out += '{';
        bool first = true;
        for (const auto *member : sorted(value.get_object())) {
            if (!first) out += ',';
            first = false;
            out.append(go_json_string(member->key())).append(":");
            write_sorted(out, member->value());
        }
        out += '}';
    } else {
        out += json::serialize(value);
    }
}

std::string canonical_quantity(const json::value &value) {
    const auto quantity = Quantity::of(value);
    return go_json_string(quantity.ok() ? quantity->canonical() : std::string());
}

void write_typed(std::string &out, std::string_view type, const json::value &value);

void write_map(std::string &out, std::string_view item_type, const json::object &object) {
    out += '{';
    bool first = true;
    for (const auto *member : sorted(object)) {
        if (!first) out += ',';
        first = false;
        out.append(go_json_string(member->key())).append(":");
        write_typed(out, item_type, member->value());
    }
    out += '}';
}

void write_struct(std::string &out, const std::vector<Field> &fields, const json::object &object) {
    out += '{';
    bool first = true;
    for (const auto &field : fields) {
        const auto *value = object.if_contains(field.name);
        const bool absent = value == nullptr || value->is_null();
        const bool is_struct = !field.type.empty() && types().contains(field.type);
        const bool left_out = absent || (!field.pointer && !is_struct && empty(*value));
        if (left_out && field.zero.empty()) continue;
        if (!first) out += ',';
        first = false;
        out.append(go_json_string(field.name)).append(":");
        if (absent || (left_out && !value->is_string() && !value->is_number() && !value->is_bool())) {
            out += field.zero;
        } else {
            write_typed(out, field.type, *value);
        }
    }
    out += '}';
}

// Types besides the structs of the table: "" as it is, "[T" list, "{T" map, "Quantity", "Duration".
void write_typed(std::string &out, std::string_view type, const json::value &value) {
    if (type.starts_with('[') && value.is_array()) {
        out += '[';
        bool first = true;
        for (const auto &item : value.get_array()) {
            if (!first) out += ',';
            first = false;
            write_typed(out, type.substr(1), item);
        }
        out += ']';
    } else if (type.starts_with('{') && value.is_object()) {
        write_map(out, type.substr(1), value.get_object());
    } else if (type == "Quantity") {
        out += canonical_quantity(value);
    } else if (type == "Duration" && value.is_string()) {
        const auto duration = parse_go_duration(value.get_string());
        out += go_json_string(duration.ok() ? go_duration_text(*duration) : std::string(value.get_string()));
    } else if (const auto found = types().find(type); found != types().end() && value.is_object()) {
        write_struct(out, found->second, value.get_object());
    } else {
        write_sorted(out, value);
    }
}

bool known(std::string_view type) {
    while (type.starts_with('[') || type.starts_with('{'))
        type.remove_prefix(1);
    return type.empty() || type == "Quantity" || type == "Duration" || types().contains(type);
}

} // namespace

std::string go_json_string(std::string_view text) {
    std::string out = "\"";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        constexpr std::string_view shorts = "\"\\\n\r\t\b\f";
        constexpr std::string_view names = "\"\\nrtbf";
        if (const auto at = shorts.find(text[i]); at != std::string_view::npos) {
            out += '\\';
            out += names[at];
        } else if (c < 0x20 || c == '<' || c == '>' || c == '&') {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
        } else if (text.substr(i, 3) == "\xE2\x80\xA8" || text.substr(i, 3) == "\xE2\x80\xA9") {
            out += static_cast<unsigned char>(text[i + 2]) == 0xA8 ? "\\u2028" : "\\u2029";
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out + "\"";
}

std::string go_json_sorted(const json::value &value) {
    std::string out;
    write_sorted(out, value);
    return out;
}

std::string go_json_typed(std::string_view type, const json::value &value) {
    if (!known(type)) throw std::logic_error("no such type: " + std::string(type));
    std::string out;
    write_typed(out, type, value);
    return out;
}

} // namespace xtn
