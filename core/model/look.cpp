#include "core/model/look.hpp"

#include <charconv>
#include <limits>

namespace xtn::look {

namespace json = boost::json;

namespace {

constexpr std::string_view white = " \t\n\r\f\v";

} // namespace

const json::value *at(const json::object &in, std::string_view path) {
    const json::object *here = &in;
    for (;;) {
        const auto dot = path.find('.');
        const auto *value = here->if_contains(path.substr(0, dot));
        if (value == nullptr || value->is_null()) return nullptr;
        if (dot == std::string_view::npos) return value;
        here = value->if_object();
        if (here == nullptr) return nullptr;
        path.remove_prefix(dot + 1);
    }
}

const json::object *object(const json::object &in, std::string_view path) {
    const auto *value = at(in, path);
    return value == nullptr ? nullptr : value->if_object();
}

const json::array *array(const json::object &in, std::string_view path) {
    const auto *value = at(in, path);
    return value == nullptr ? nullptr : value->if_array();
}

std::string_view text(const json::object &in, std::string_view path) {
    const auto *value = at(in, path);
    return value == nullptr || !value->is_string() ? std::string_view() : std::string_view(value->get_string());
}

std::optional<std::int64_t> integer(const json::object &in, std::string_view path) {
    const auto *value = at(in, path);
    return value == nullptr ? std::nullopt : as_integer(*value);
}

bool flag(const json::object &in, std::string_view path) {
    const auto *value = at(in, path);
    return value != nullptr && value->is_bool() && value->get_bool();
}

std::vector<std::string_view> texts(const json::object &in, std::string_view path) {
    std::vector<std::string_view> out;
    if (const auto *list = array(in, path)) {
        for (const auto &item : *list) {
            if (item.is_string()) out.emplace_back(item.get_string());
        }
    }
    return out;
}

std::optional<std::int64_t> as_integer(const json::value &value) {
    if (value.is_int64()) return value.get_int64();
    if (value.is_uint64() && value.get_uint64() <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return static_cast<std::int64_t>(value.get_uint64());
    }
    return std::nullopt;
}

std::string_view float_text(const json::value &value) {
    const auto *object = value.if_object();
    if (object == nullptr || object->size() != 1) return {};
    const auto *text = object->if_contains("$float");
    return text == nullptr || !text->is_string() ? std::string_view() : std::string_view(text->get_string());
}

std::optional<std::int64_t> loose_integer(const json::value &value) {
    std::optional<std::int64_t> out = as_integer(value);
    if (!out) {
        std::string_view digits = float_text(value);
        if (!digits.empty()) {
            if (digits.find_first_of("eE") != std::string_view::npos) return std::nullopt;
            digits = digits.substr(0, digits.find('.'));
        } else if (value.is_string()) {
            digits = trim(value.get_string());
            if (digits.starts_with('+')) digits.remove_prefix(1);
        }
        std::int64_t number = 0;
        const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (digits.empty() || failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
        out = number;
    }
    if (*out > std::numeric_limits<std::int32_t>::max() || *out < std::numeric_limits<std::int32_t>::min()) return std::nullopt;
    return out;
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(white);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(white) - first + 1);
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char &c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return out;
}

std::string upper(std::string_view text) {
    std::string out(text);
    for (char &c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    return out;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> out;
    while (!text.empty()) {
        const auto end = text.find_first_of(separators);
        if (end != 0) out.push_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return out;
}

} // namespace xtn::look
