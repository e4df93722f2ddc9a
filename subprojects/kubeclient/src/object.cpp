#include "kubeclient/object.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_stack.hpp>

#include <algorithm>

namespace kube {
namespace json = boost::json;
using netkit::Code;
using netkit::make_error;
using netkit::Result;

namespace {

constexpr std::string_view float_member = "$float";

// Builds values like the library's own handler, but keeps the text of numbers that are not integers.
struct Handler {
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();

    json::value_stack stack;
    std::string number; // text of the number being read

    bool on_document_begin(json::error_code &) {
        stack.reset();
        return true;
    }
    bool on_document_end(json::error_code &) { return true; }
    bool on_object_begin(json::error_code &) { return true; }
    bool on_object_end(std::size_t n, json::error_code &) {
        stack.push_object(n);
        return true;
    }
    bool on_array_begin(json::error_code &) { return true; }
    bool on_array_end(std::size_t n, json::error_code &) {
        stack.push_array(n);
        return true;
    }
    bool on_key_part(json::string_view s, std::size_t, json::error_code &) {
        stack.push_chars(s);
        return true;
    }
    bool on_key(json::string_view s, std::size_t, json::error_code &) {
        stack.push_key(s);
        return true;
    }
    bool on_string_part(json::string_view s, std::size_t, json::error_code &) {
        stack.push_chars(s);
        return true;
    }
    bool on_string(json::string_view s, std::size_t, json::error_code &) {
        stack.push_string(s);
        return true;
    }
    bool on_number_part(json::string_view s, json::error_code &) {
        number.append(s.data(), s.size());
        return true;
    }
    bool on_int64(std::int64_t i, json::string_view, json::error_code &) {
        number.clear();
        stack.push_int64(i);
        return true;
    }
    bool on_uint64(std::uint64_t u, json::string_view, json::error_code &) {
        number.clear();
        stack.push_uint64(u);
        return true;
    }
    bool on_double(double, json::string_view s, json::error_code &) {
        number.append(s.data(), s.size());
        stack.push_key(float_member);
        stack.push_string(number);
        stack.push_object(1);
        number.clear();
        return true;
    }
    bool on_bool(bool b, json::error_code &) {
        stack.push_bool(b);
        return true;
    }
    bool on_null(json::error_code &) {
        stack.push_null();
        return true;
    }
    bool on_comment_part(json::string_view, json::error_code &) { return true; }
    bool on_comment(json::string_view, json::error_code &) { return true; }
};

// Whether a text is a JSON number: what is written without quotes must not bring anything else with it.
bool is_number(std::string_view s) {
    const auto digits = [&s] {
        const auto n = std::min(s.find_first_not_of("0123456789"), s.size());
        s.remove_prefix(n);
        return n;
    };
    if (s.starts_with('-')) s.remove_prefix(1);
    const bool zero = s.starts_with('0');
    const auto whole = digits();
    if (whole == 0 || (zero && whole > 1)) return false;
    if (s.starts_with('.')) {
        s.remove_prefix(1);
        if (digits() == 0) return false;
    }
    if (s.starts_with('e') || s.starts_with('E')) {
        s.remove_prefix(1);
        if (s.starts_with('+') || s.starts_with('-')) s.remove_prefix(1);
        if (digits() == 0) return false;
    }
    return s.empty();
}

bool is_float(const json::object &object) {
    if (object.size() != 1 || object.begin()->key() != float_member) return false;
    const auto *text = object.begin()->value().if_string();
    return text && is_number({text->data(), text->size()});
}

void write(const json::value &value, std::string &out) {
    if (const auto *object = value.if_object()) {
        if (is_float(*object)) {
            const auto &text = object->begin()->value().get_string();
            out.append(text.data(), text.size());
            return;
        }
        out += '{';
        for (const auto &member : *object) {
            if (out.back() != '{') out += ',';
            out += json::serialize(member.key());
            out += ':';
            write(member.value(), out);
        }
        out += '}';
    } else if (const auto *array = value.if_array()) {
        out += '[';
        for (const auto &item : *array) {
            if (out.back() != '[') out += ',';
            write(item, out);
        }
        out += ']';
    } else {
        out += json::serialize(value);
    }
}

} // namespace

Result<json::value> parse_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = max_depth;
    json::basic_parser<Handler> parser(options);
    json::error_code ec;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
    if (!ec && used < text.size()) ec = json::error::extra_data;
    if (ec) return make_error(Code::data_corrupted, "not JSON at byte " + std::to_string(used) + ": " + ec.message());
    return parser.handler().stack.release();
}

Result<json::object> parse_json_object(std::string_view text) {
    auto value = parse_json(text);
    if (!value.ok()) return std::move(value).error();
    if (!value->is_object()) return make_error(Code::data_corrupted, "not a JSON object");
    return std::move(value->get_object());
}

std::string to_json_text(const json::value &value) {
    std::string out;
    write(value, out);
    return out;
}

const json::value *find(const json::object &object, std::initializer_list<std::string_view> path) {
    const json::object *at = &object;
    const json::value *found = nullptr;
    for (const auto step : path) {
        if (!at) return nullptr;
        found = at->if_contains(step);
        if (!found) return nullptr;
        at = found->if_object();
    }
    return found;
}

const json::object *find_object(const json::object &object, std::initializer_list<std::string_view> path) {
    const auto *value = find(object, path);
    return value ? value->if_object() : nullptr;
}

std::string_view find_string(const json::object &object, std::initializer_list<std::string_view> path) {
    const auto *value = find(object, path);
    const auto *text = value ? value->if_string() : nullptr;
    return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

std::int64_t find_int(const json::object &object, std::initializer_list<std::string_view> path, std::int64_t otherwise) {
    const auto *value = find(object, path);
    const auto *number = value ? value->if_int64() : nullptr;
    return number ? *number : otherwise;
}

std::string_view Object::metadata(std::string_view member) const {
    return find_string(body, {"metadata", member});
}

std::string_view Object::label(std::string_view key) const {
    return find_string(body, {"metadata", "labels", key});
}

Object Object::from(json::object body) {
    Object out;
    auto *metadata = body.if_contains("metadata");
    auto *fields = metadata && metadata->is_object() ? metadata->get_object().if_contains("managedFields") : nullptr;
    if (fields && fields->is_array()) {
        for (auto &item : fields->get_array()) {
            auto *entry = item.if_object();
            if (!entry) continue;
            FieldOwner owner;
            owner.manager = std::string(find_string(*entry, {"manager"}));
            owner.operation = std::string(find_string(*entry, {"operation"}));
            owner.subresource = std::string(find_string(*entry, {"subresource"}));
            owner.time = std::string(find_string(*entry, {"time"}));
            if (auto *v1 = entry->if_contains("fieldsV1"); v1 && v1->is_object()) owner.fields = std::move(v1->get_object());
            out.owners.push_back(std::move(owner));
        }
        metadata->get_object().stable_erase(metadata->get_object().find("managedFields"));
    }
    out.body = std::move(body);
    return out;
}

const json::object *Object::applied_by(std::string_view manager) const {
    for (const auto &owner : owners)
        if (owner.manager == manager && owner.operation == "Apply" && owner.subresource.empty()) return &owner.fields;
    return nullptr;
}

std::vector<std::string> Object::managers() const {
    std::vector<const FieldOwner *> by_time;
    by_time.reserve(owners.size());
    for (const auto &owner : owners)
        by_time.push_back(&owner);
    // Entries of the same second keep the server's order (all point into one array). Not stable_sort: libstdc++ 12 builds it on a
    // function that clang-19 calls deprecated.
    std::sort(by_time.begin(), by_time.end(),
              [](const auto *a, const auto *b) { return a->time != b->time ? a->time < b->time : a < b; });
    std::vector<std::string> out;
    for (const auto *owner : by_time) {
        // A manager that wrote again moves to the end: newest last.
        std::erase(out, owner->manager);
        out.push_back(owner->manager);
    }
    return out;
}

} // namespace kube
