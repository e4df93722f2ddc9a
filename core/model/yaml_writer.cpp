#include "core/model/yaml_writer.hpp"

#include "core/base/utf8.hpp"
#include "core/model/yaml_node.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace xtn {
namespace {

namespace json = boost::json;

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Letters above ASCII may be invisible or line breaks (U+0085, U+2028, U+FEFF): whatever is not ASCII is quoted.
bool only_printable_ascii(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return is_control(c) || static_cast<unsigned char>(c) >= 0x80; });
}

bool looks_like_a_date(std::string_view text) { // 2026-11-22..., which Go's reader takes for a timestamp
    return text.size() >= 8 && std::all_of(text.begin(), text.begin() + 4, [](char c) { return c >= '0' && c <= '9'; }) &&
           text[4] == '-';
}

bool is_base_60(std::string_view text) { // 1:30 was a number in YAML 1.1
    const bool digits = std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || c == ':' || c == '.' || c == '_' || c == '-' || c == '+';
    });
    return digits && text.find(':') != std::string_view::npos;
}

bool resolves_to_other_type(std::string_view text) {
    if (text.empty()) return true;
    if (resolve_plain(text).type != YamlScalar::Type::string) return true;
    return looks_like_a_date(text) || is_base_60(text) || text.starts_with(".inf") || text.starts_with(".nan") || text == "<<" ||
           (text[0] >= '0' && text[0] <= '9' && text.find_first_not_of("0123456789.eE+-_") == std::string_view::npos) ||
           ((text[0] == '.' || text[0] == '-' || text[0] == '+') && text.size() > 1 &&
            (text[1] == '.' || (text[1] >= '0' && text[1] <= '9')));
}

// A text the grammar allows without quotes.
bool plain_allowed(std::string_view text) {
    constexpr std::string_view indicators = ",[]{}#&*!|>'\"%@`";
    if (indicators.find(text[0]) != std::string_view::npos) return false;
    if ((text[0] == '-' || text[0] == '?' || text[0] == ':') && (text.size() == 1 || text[1] == ' ')) return false;
    if (text.starts_with("---") || text.starts_with("...")) return false;
    if (text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
    return text.find(": ") == std::string_view::npos && text.find(" #") == std::string_view::npos &&
           text.find('\t') == std::string_view::npos;
}

std::string double_quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\t':
            out += "\\t";
            break;
        case '\r':
            out += "\\r";
            break;
        default:
            if (is_control(c)) {
                fmt::format_to(std::back_inserter(out), "\\x{:02X}", static_cast<unsigned char>(c));
            } else {
                out.push_back(c);
            }
        }
    }
    return out + "\"";
}

// A block scalar keeps files readable; only for text whose every line survives it.
bool block_allowed(std::string_view text) {
    if (text.find('\n') == std::string_view::npos || text.front() == ' ' || text.front() == '\n') return false;
    if (text.find(" \n") != std::string_view::npos || text.back() == ' ') return false;
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return (is_control(c) && c != '\n') || static_cast<unsigned char>(c) >= 0x80; });
}

class Writer {
  public:
    std::string out;

    // Writes `value` after "key:" or "- " on the current line, or below it.
    void write(const json::value &value, std::size_t indent, bool after_dash) {
        if (const auto *number = as_float(value)) {
            lead(after_dash);
            out.append(*number).append("\n");
        } else if (value.is_object()) {
            write_object(value.get_object(), indent, after_dash);
        } else if (value.is_array()) {
            write_array(value.get_array(), indent, after_dash);
        } else {
            lead(after_dash);
            if (value.is_string()) {
                write_string(value.get_string(), indent);
            } else {
                out += json::serialize(value);
                out += '\n';
            }
        }
    }

  private:
    static const json::string *as_float(const json::value &value) {
        const auto *object = value.if_object();
        if (object == nullptr || object->size() != 1) return nullptr;
        const auto *number = object->if_contains("$float");
        return number == nullptr ? nullptr : number->if_string();
    }
    void lead(bool after_dash) {
        if (!after_dash && !out.empty()) out += ' ';
    }
    void write_object(const json::object &object, std::size_t indent, bool after_dash) {
        if (object.empty()) {
            lead(after_dash);
            out += "{}\n";
            return;
        }
        bool first = after_dash;
        if (!after_dash && !out.empty()) out += '\n';
        for (const auto &member : object) {
            if (!first) out.append(indent, ' ');
            first = false;
            out += yaml_scalar(member.key());
            out += ':';
            const bool list = member.value().is_array();
            write(member.value(), list ? indent : indent + 2, false);
        }
    }
    void write_array(const json::array &array, std::size_t indent, bool after_dash) {
        if (array.empty()) {
            lead(after_dash);
            out += "[]\n";
            return;
        }
        bool first = after_dash;
        if (!after_dash && !out.empty()) out += '\n';
        for (const auto &item : array) {
            if (!first) out.append(indent, ' ');
            first = false;
            out += "- ";
            write(item, indent + 2, true);
        }
    }
    void write_string(std::string_view text, std::size_t indent) {
        if (!block_allowed(text)) {
            out += yaml_scalar(text);
            out += '\n';
            return;
        }
        const bool ends = text.back() == '\n';
        const bool keeps = ends && text.size() > 1 && text[text.size() - 2] == '\n';
        out += keeps ? "|+\n" : ends ? "|\n" : "|-\n";
        if (ends) text.remove_suffix(1);
        std::size_t from = 0;
        const std::size_t column = indent == 0 ? 2 : indent;
        while (from <= text.size()) {
            const auto line = text.substr(from, text.find('\n', from) - from);
            if (!line.empty()) out.append(column, ' ').append(line);
            out += '\n';
            from += line.size() + 1;
        }
    }
};

} // namespace

std::string yaml_scalar(std::string_view text) {
    if (resolves_to_other_type(text)) return double_quoted(text);
    if (!only_printable_ascii(text)) return double_quoted(text);
    if (plain_allowed(text)) return std::string(text);
    std::string out = "'";
    for (const char c : text) {
        out.push_back(c);
        if (c == '\'') out.push_back(c);
    }
    return out + "'";
}

std::string yaml_text(const json::value &value) {
    Writer writer;
    writer.write(value, 0, false);
    return std::move(writer.out);
}

} // namespace xtn
