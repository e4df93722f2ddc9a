#include "adapters/sandbox/api/json_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;
constexpr int max_depth = 200;

std::string digits_of(double d, std::chars_format format) {
    std::array<char, 64> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), d, format).ptr;
    return {buffer.data(), end};
}

// The text that Go prints for a double: shortest digits, exponent form below 1e-6 and from 1e21 on.
std::string go_number(double d) {
    const double size = std::fabs(d);
    if (size != 0 && (size < 1e-6 || size >= 1e21)) {
        auto text = digits_of(d, std::chars_format::scientific);
        if (const auto e = text.find("e-0"); e != std::string::npos) text.erase(e + 2, 1);
        return text;
    }
    if (size < 1e15) return digits_of(d, std::chars_format::fixed);
    // to_chars() would print all digits of the exact value; the shortest ones end in zeros.
    auto text = digits_of(d, std::chars_format::scientific);
    const auto e = text.find('e');
    const auto exponent = static_cast<std::size_t>(std::stoi(text.substr(e + 1)));
    text.resize(e);
    const std::size_t sign = text.front() == '-' ? 1 : 0;
    if (text.size() > sign + 1) text.erase(sign + 1, 1); // the point
    const auto shown = text.size() - sign - 1;
    if (shown > exponent)
        text.insert(sign + 1 + exponent, ".");
    else
        text.append(exponent - shown, '0');
    return text;
}

std::optional<std::int64_t> as_int64(std::string_view text) {
    std::int64_t n = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (failed != std::errc() || end != text.data() + text.size()) return {};
    return n;
}

// Nothing for a number out of a double's range.
std::optional<json::value> number(std::string_view text) {
    if (const auto n = as_int64(text)) return json::value(*n);
    double d = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), d).ec != std::errc() || !std::isfinite(d)) return {};
    return json::value(d);
}

class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    Result<JsonText> read() {
        JsonText out;
        if (!value(out.value, 0)) return make_error(Code::invalid_argument, error_);
        skip();
        if (at_ < text_.size()) return make_error(Code::invalid_argument, bad("after top-level value"));
        out.duplicates = std::move(duplicates_);
        return out;
    }

  private:
    std::string bad(std::string_view where) const {
        if (at_ >= text_.size()) return "unexpected end of JSON input";
        const char c = text_[at_];
        std::string shown(1, c);
        if (c == '\'')
            shown = "\\'";
        else if (c == '"')
            shown = "\"";
        else if (static_cast<unsigned char>(c) < 0x20)
            shown = c == '\n' ? "\\n" : c == '\t' ? "\\t" : c == '\r' ? "\\r" : fmt::format("\\x{:02x}", c);
        return fmt::format("invalid character '{}' {}", shown, where);
    }
    bool fail(std::string_view where) {
        if (error_.empty()) error_ = bad(where);
        return false;
    }
    void skip() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
            ++at_;
    }
    bool eat(char c) {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    std::string where() const {
        std::string out;
        for (const auto &step : path_) {
            if (!out.empty() && step.front() != '[') out += '.';
            out += step;
        }
        return out;
    }

    bool value(json::value &out, int depth) {
        skip();
        if (depth > max_depth) {
            error_ = "exceeded max depth";
            return false;
        }
        if (at_ >= text_.size()) return fail("");
        switch (text_[at_]) {
        case '{':
            return object(out, depth);
        case '[':
            return array(out, depth);
        case '"': {
            std::string s;
            if (!string(s)) return false;
            out = json::string(s);
            return true;
        }
        case 't':
            return literal("true", out, true);
        case 'f':
            return literal("false", out, false);
        case 'n':
            return literal("null", out, nullptr);
        default:
            return numeric(out);
        }
    }
    bool literal(std::string_view word, json::value &out, const json::value &means) {
        for (std::size_t i = 0; i < word.size(); ++i) {
            if (at_ < text_.size() && text_[at_] == word[i]) {
                ++at_;
                continue;
            }
            return fail(fmt::format("in literal {} (expecting '{}')", word, word[i]));
        }
        out = means;
        return true;
    }
    bool digits() {
        const auto from = at_;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9')
            ++at_;
        return at_ > from;
    }
    bool numeric(json::value &out) {
        const auto from = at_;
        const bool negative = eat('-');
        if (at_ < text_.size() && text_[at_] == '0')
            ++at_;
        else if (!digits())
            return fail(negative ? "in numeric literal" : "looking for beginning of value");
        if (eat('.') && !digits()) return fail("after decimal point in numeric literal");
        if (eat('e') || eat('E')) {
            if (!eat('+')) eat('-');
            if (!digits()) return fail("in exponent of numeric literal");
        }
        const auto text = text_.substr(from, at_ - from);
        auto n = number(text);
        if (!n) {
            error_ = fmt::format("json: cannot unmarshal number {} into Go value of type float64", text);
            return false;
        }
        out = std::move(*n);
        return true;
    }
    bool object(json::value &out, int depth) {
        ++at_;
        auto &object = out.emplace_object();
        skip();
        if (eat('}')) return true;
        while (true) {
            skip();
            if (at_ >= text_.size() || text_[at_] != '"') return fail("looking for beginning of object key string");
            std::string key;
            if (!string(key)) return false;
            skip();
            if (!eat(':')) return fail("after object key");
            path_.push_back(key);
            if (object.contains(key)) duplicates_.push_back(where());
            json::value member;
            if (!value(member, depth + 1)) return false;
            object.insert_or_assign(key, std::move(member));
            path_.pop_back();
            skip();
            if (eat('}')) return true;
            if (!eat(',')) return fail("after object key:value pair");
        }
    }
    bool array(json::value &out, int depth) {
        ++at_;
        auto &array = out.emplace_array();
        skip();
        if (eat(']')) return true;
        while (true) {
            path_.push_back(fmt::format("[{}]", array.size()));
            json::value element;
            if (!value(element, depth + 1)) return false;
            array.push_back(std::move(element));
            path_.pop_back();
            skip();
            if (eat(']')) return true;
            if (!eat(',')) return fail("after array element");
        }
    }

    bool hex4(unsigned &out) {
        out = 0;
        for (int i = 0; i < 4; ++i, ++at_) {
            if (at_ >= text_.size()) return fail("");
            const char c = text_[at_];
            const int digit = c >= '0' && c <= '9'   ? c - '0'
                              : c >= 'a' && c <= 'f' ? c - 'a' + 10
                              : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                     : -1;
            if (digit < 0) return fail("in \\u hexadecimal character escape");
            out = out * 16 + static_cast<unsigned>(digit);
        }
        return true;
    }
    static void utf8(std::string &out, unsigned c) {
        if (c < 0x80) {
            out += static_cast<char>(c);
        } else if (c < 0x800) {
            out += static_cast<char>(0xc0 | (c >> 6));
            out += static_cast<char>(0x80 | (c & 0x3f));
        } else if (c < 0x10000) {
            out += static_cast<char>(0xe0 | (c >> 12));
            out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
            out += static_cast<char>(0x80 | (c & 0x3f));
        } else {
            out += static_cast<char>(0xf0 | (c >> 18));
            out += static_cast<char>(0x80 | ((c >> 12) & 0x3f));
            out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
            out += static_cast<char>(0x80 | (c & 0x3f));
        }
    }
    bool escaped_code_point(std::string &out) {
        unsigned c = 0;
        if (!hex4(c)) return false;
        if (c >= 0xd800 && c < 0xdc00 && text_.substr(at_, 2) == "\\u") {
            const auto before = at_;
            at_ += 2;
            unsigned low = 0;
            if (!hex4(low)) return false;
            if (low >= 0xdc00 && low < 0xe000)
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            else
                at_ = before;
        }
        if (c >= 0xd800 && c < 0xe000) c = 0xfffd; // a lone surrogate, as Go reads it
        utf8(out, c);
        return true;
    }
    bool string(std::string &out) {
        ++at_;
        while (true) {
            if (at_ >= text_.size()) return fail("");
            const char c = text_[at_];
            if (static_cast<unsigned char>(c) < 0x20) return fail("in string literal");
            ++at_;
            if (c == '"') return true;
            if (c != '\\') {
                out += c;
                continue;
            }
            if (at_ >= text_.size()) return fail("");
            const auto known = std::string_view("\"\\/bfnrtu").find(text_[at_]);
            if (known == std::string_view::npos) return fail("in string escape code");
            ++at_;
            if (known == 8) {
                if (!escaped_code_point(out)) return false;
            } else {
                out += std::string_view("\"\\/\b\f\n\r\t")[known];
            }
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string error_;
    std::vector<std::string> path_;
    std::vector<std::string> duplicates_;
};

void write(std::string &out, const json::value &value);

void write_object(std::string &out, const json::object &object) {
    out += '{';
    bool first = true;
    for (const auto &[key, member] : object) {
        if (!first) out += ',';
        first = false;
        out += json::serialize(key);
        out += ':';
        write(out, member);
    }
    out += '}';
}

void write(std::string &out, const json::value &value) {
    if (const auto *object = value.if_object()) return write_object(out, *object);
    const auto *array = value.if_array();
    if (value.is_double()) {
        out += go_number(value.get_double());
        return;
    }
    if (!array) {
        out += json::serialize(value);
        return;
    }
    out += '[';
    for (std::size_t i = 0; i < array->size(); ++i) {
        if (i) out += ',';
        write(out, (*array)[i]);
    }
    out += ']';
}

// The text of {"$float": "0.5"} (how core/model reads YAML), or nothing for any other value.
const json::string *float_text(const json::object &object) {
    if (object.size() != 1) return nullptr;
    const auto *member = object.if_contains("$float");
    return member ? member->if_string() : nullptr;
}

} // namespace

Result<JsonText> read_json(std::string_view text) {
    return Reader(text).read();
}

std::string write_json(const json::value &value) {
    std::string out;
    write(out, value);
    return out;
}
std::string write_json(const json::object &value) {
    std::string out;
    write_object(out, value);
    return out;
}

void normalise_numbers(json::value &value) {
    if (auto *array = value.if_array()) {
        for (auto &element : *array)
            normalise_numbers(element);
    } else if (auto *object = value.if_object()) {
        if (const auto *text = float_text(*object)) {
            if (auto n = number(std::string_view(*text))) value = std::move(*n);
            return;
        }
        for (auto &member : *object)
            normalise_numbers(member.value());
    }
}

json::value with_float_texts(const json::value &value) {
    if (value.is_double()) return json::object{{"$float", go_number(value.get_double())}};
    if (const auto *array = value.if_array()) {
        json::array out;
        out.reserve(array->size());
        for (const auto &element : *array)
            out.push_back(with_float_texts(element));
        return out;
    }
    const auto *object = value.if_object();
    if (!object) return value;
    json::object out;
    for (const auto &[key, member] : *object)
        out[key] = with_float_texts(member);
    return out;
}

} // namespace xtn::sandbox
