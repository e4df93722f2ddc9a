#include "adapters/sandbox/objects/go_decode.hpp"

#include "adapters/sandbox/objects/json_util.hpp"
#include "adapters/sandbox/objects/quantity.hpp"
#include "core/base/ids.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>

namespace xtn::sandbox::objects {

namespace json = boost::json;

namespace {

// The name of a type in an error text.
std::string go_type_text(const Schema &s) {
    if (s.type == ValueType::array) return "[]" + go_type_text(*s.items);
    if (s.type == ValueType::object && s.additional) return "map[string]" + go_type_text(*s.additional);
    if (s.type == ValueType::object) return "v1." + s.go_type;
    return s.go_type;
}

std::string_view go_json_type(const json::value &value) {
    const auto name = json_type_name(value);
    if (name == "integer") return "number";
    if (name == "boolean") return "bool";
    return name;
}

std::string_view view(const json::string &text) {
    return {text.data(), text.size()};
}

bool is_struct(const Schema &s) {
    return s.type == ValueType::object && !s.additional;
}
bool is_time(const Schema &s) {
    return s.scalar == Scalar::time || s.scalar == Scalar::micro_time;
}

std::optional<std::size_t> bad_base64(std::string_view text) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::size_t end = text.size();
    for (int i = 0; i < 2 && end > 0 && text[end - 1] == '='; ++i)
        --end;
    if (const auto bad = text.substr(0, end).find_first_not_of(alphabet); bad != std::string_view::npos) return bad;
    if (text.size() % 4 != 0) return end == text.size() ? text.size() - text.size() % 4 : end;
    return std::nullopt;
}

class Decoder {
  public:
    std::vector<std::string> unknown;
    std::string error;

    json::value read(const Schema &s, const json::value &value, const std::string &path) {
        if (s.scalar == Scalar::raw) return value;
        switch (s.type) {
        case ValueType::object:
            return s.additional ? read_map(s, value, path) : read_struct(s, value, path);
        case ValueType::array:
            return read_list(s, value, path);
        case ValueType::boolean:
            return value.is_bool() ? value : mismatch(s, value);
        case ValueType::integer:
            return read_integer(s, value);
        default:
            return read_scalar(s, value);
        }
    }

  private:
    json::value fail(std::string message) {
        if (error.empty()) error = std::move(message);
        return nullptr;
    }
    json::value mismatch(const Schema &s, const json::value &value, std::string_view extra = {}) {
        std::string where;
        for (const auto &step : fields_)
            where += (where.empty() ? "" : ".") + step;
        return fail(fmt::format("json: cannot unmarshal {}{} into Go struct field {}.{} of type {}", go_json_type(value), extra,
                                struct_, where, go_type_text(s)));
    }

    json::value read_struct(const Schema &s, const json::value &value, const std::string &path) {
        const auto *object = value.if_object();
        if (!object) return mismatch(s, value);
        const auto outer = std::exchange(struct_, s.go_type);
        std::map<std::string_view, json::value> given;
        for (const auto &member : *object) {
            const auto *property = s.property(member.key());
            if (!property) {
                unknown.push_back(joined(path, member.key()));
                continue;
            }
            if (member.value().is_null()) continue;
            fields_.emplace_back(member.key());
            given[member.key()] = read(*property, member.value(), joined(path, member.key()));
            fields_.pop_back();
        }
        json::object out;
        for (const auto &[name, property] : s.properties) {
            const auto it = given.find(name);
            auto written = write(*property, it == given.end() ? nullptr : &it->second);
            if (written) out[name] = std::move(*written);
        }
        struct_ = outer;
        return out;
    }

    json::value read_map(const Schema &s, const json::value &value, const std::string &path) {
        const auto *object = value.if_object();
        if (!object) return mismatch(s, value);
        json::object out;
        for (const auto &member : *object)
            out[member.key()] = member.value().is_null() ? go_zero(*s.additional)
                                                         : read(*s.additional, member.value(), joined(path, member.key()));
        return out;
    }

    json::value read_list(const Schema &s, const json::value &value, const std::string &path) {
        const auto *list = value.if_array();
        if (!list) return mismatch(s, value);
        json::array out;
        for (std::size_t i = 0; i < list->size(); ++i)
            out.push_back((*list)[i].is_null() ? go_zero(*s.items) : read(*s.items, (*list)[i], indexed(path, i)));
        return out;
    }

    json::value read_integer(const Schema &s, const json::value &value) {
        if (!value.is_number()) return mismatch(s, value);
        const auto number = value.to_number<double>();
        const bool fits = !value.is_double() && (s.format != "int32" || (number >= INT32_MIN && number <= INT32_MAX));
        if (!fits) return mismatch(s, value, " " + go_number(number));
        return value;
    }

    json::value read_scalar(const Schema &s, const json::value &value) {
        const auto *text = value.if_string();
        switch (s.scalar) {
        case Scalar::int_or_string:
            if (text || (value.is_number() && !value.is_double())) return value;
            return mismatch(s, value);
        case Scalar::quantity: {
            if (!text && !value.is_number()) return mismatch(s, value);
            auto canonical = canonical_quantity(text ? std::string(*text) : compact_json(value));
            if (canonical) return json::string(*canonical);
            return fail("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
        }
        default:
            break;
        }
        if (!text) return mismatch(s, value);
        if (s.scalar == Scalar::bytes) {
            if (const auto bad = bad_base64(view(*text))) return fail(fmt::format("illegal base64 data at input byte {}", *bad));
        }
        if (is_time(s)) return read_time(s, view(*text));
        return value;
    }

    json::value read_time(const Schema &s, std::string_view text) {
        const bool micro = s.scalar == Scalar::micro_time;
        const auto time = Timestamp::parse(text);
        if (!time.ok())
            return fail(fmt::format("parsing time {} as \"2006-01-02T15:04:05{}Z07:00\": cannot parse {} as \"2006\"",
                                    go_quoted(text), micro ? ".000000" : "", go_quoted(text)));
        auto seconds = time->rfc3339_seconds();
        if (!micro) return json::string(seconds);
        seconds.pop_back(); // Z
        constexpr std::int64_t second = 1'000'000'000;
        return json::string(fmt::format("{}.{:06}Z", seconds, ((time->nanos % second + second) % second) / 1000));
    }

    // The member as it is written, or nothing when it is left out. `value` null: not given.
    static std::optional<json::value> write(const Schema &s, const json::value *value) {
        if (!value) {
            if (s.go_pointer) return s.go_form == GoForm::always ? std::optional<json::value>(nullptr) : std::nullopt;
            if (is_struct(s) || s.go_form == GoForm::always || (is_time(s) && s.go_form == GoForm::value)) return go_zero(s);
            if (s.scalar == Scalar::quantity) return json::value("0");
            return std::nullopt;
        }
        if (s.go_form != GoForm::value || is_struct(s)) return *value;
        const bool zero = (value->is_string() && value->get_string().empty()) || (value->is_bool() && !value->get_bool()) ||
                          (value->is_number() && value->to_number<double>() == 0 && s.scalar == Scalar::plain) ||
                          (value->is_array() && value->get_array().empty()) ||
                          (value->is_object() && value->get_object().empty());
        if (zero && s.scalar != Scalar::raw) return std::nullopt;
        return *value;
    }

    std::vector<std::string> fields_;
    std::string struct_;
};

} // namespace

std::variant<GoDecoded, GoError> go_decode(const Schema &schema, const json::value &value, std::string_view path) {
    Decoder decoder;
    auto out = decoder.read(schema, value, std::string(path));
    if (!decoder.error.empty()) return GoError{std::move(decoder.error)};
    return GoDecoded{std::move(out), std::move(decoder.unknown)};
}

json::value go_zero(const Schema &s) {
    if (is_struct(s)) return Decoder().read(s, json::object(), "");
    if (is_time(s) || s.type == ValueType::array || s.type == ValueType::object) return nullptr;
    if (s.scalar == Scalar::quantity) return "0";
    if (s.type == ValueType::boolean) return false;
    if (s.type == ValueType::integer || s.scalar == Scalar::int_or_string) return 0;
    if (s.scalar == Scalar::raw) return nullptr;
    return "";
}

} // namespace xtn::sandbox::objects
