#include "core/event/canonical.hpp"

#include "core/base/utf8.hpp"
#include "core/event/payload_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace xtn {

namespace json = boost::json;

namespace {

bool key_less(const json::key_value_pair &a, const json::key_value_pair &b) {
    return std::string_view(a.key().data(), a.key().size()) < std::string_view(b.key().data(), b.key().size());
}

std::string_view key_of(const json::key_value_pair &member) {
    return {member.key().data(), member.key().size()};
}

// Whether text is ASCII that JSON carries as it is: no control character, quote or backslash. Nearly all text here is.
bool plain(std::string_view text) {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t tops = 0x8080808080808080;
    // The top bit of a byte that equals `byte`; of bytes below 0x80 only those.
    const auto equals = [](std::uint64_t word, unsigned char byte) {
        const std::uint64_t difference = word ^ (ones * byte);
        return (difference - ones) & ~difference & tops;
    };
    std::size_t i = 0;
    for (; i + sizeof(std::uint64_t) <= text.size(); i += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + i, sizeof word);
        const std::uint64_t below_blank = (word - ones * 0x20) & ~word & tops;
        if (((word & tops) | below_blank | equals(word, '"') | equals(word, '\\')) != 0) return false;
    }
    for (; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') return false;
    }
    return true;
}

// Writes one value. Stops at the first part that has no canonical form; `trouble` then says what and `path` where.
class Writer {
  public:
    Writer(std::string &out, std::size_t max_depth) : out_(out), max_depth_(max_depth) {}
    Status write(const json::value &value) {
        put(value, 0);
        return verdict();
    }
    Status write(const json::object &object) {
        put_object(object, 0);
        return verdict();
    }

  private:
    Status verdict() const {
        if (!trouble_.empty())
            return make_error(Code::invalid_argument, fmt::format("{} at {}", trouble_, path_.empty() ? "the top level" : path_));
        return ok();
    }

    void put(const json::value &value, std::size_t depth) {
        switch (value.kind()) {
        case json::kind::null:
            out_ += "null";
            return;
        case json::kind::bool_:
            out_ += value.get_bool() ? "true" : "false";
            return;
        case json::kind::int64:
            put_number(value.get_int64());
            return;
        case json::kind::uint64:
            put_number(value.get_uint64());
            return;
        case json::kind::double_:
            trouble_ = "a floating-point number";
            return;
        case json::kind::string:
            put_text({value.get_string().data(), value.get_string().size()});
            return;
        case json::kind::array:
            put_array(value.get_array(), depth);
            return;
        case json::kind::object:
            put_object(value.get_object(), depth);
            return;
        }
    }

    template <class N> void put_number(N number) {
        const fmt::format_int text(number);
        out_.append(text.data(), text.size());
    }

    void put_array(const json::array &array, std::size_t depth) {
        if (too_deep(depth)) return;
        out_ += '[';
        for (std::size_t i = 0; i < array.size(); ++i) {
            if (i > 0) out_ += ',';
            put(array[i], depth + 1);
            if (!trouble_.empty()) {
                path_.insert(0, fmt::format("/{}", i));
                return;
            }
        }
        out_ += ']';
    }

    void put_object(const json::object &object, std::size_t depth) {
        if (too_deep(depth)) return;
        out_ += '{';
        if (std::is_sorted(object.begin(), object.end(), key_less)) {
            bool first = true;
            for (const auto &member : object) {
                if (!put_member(member, first, depth)) return;
                first = false;
            }
        } else {
            std::vector<const json::key_value_pair *> members;
            members.reserve(object.size());
            for (const auto &member : object)
                members.push_back(&member);
            std::sort(members.begin(), members.end(), [](const auto *a, const auto *b) { return key_less(*a, *b); });
            for (std::size_t i = 0; i < members.size(); ++i)
                if (!put_member(*members[i], i == 0, depth)) return;
        }
        out_ += '}';
    }

    bool put_member(const json::key_value_pair &member, bool first, std::size_t depth) {
        if (!first) out_ += ',';
        put_text(key_of(member));
        out_ += ':';
        if (trouble_.empty()) put(member.value(), depth + 1);
        if (trouble_.empty()) return true;
        std::string pointer = "/";
        for (const char c : key_of(member)) {
            if (c == '~') {
                pointer += "~0";
            } else if (c == '/') {
                pointer += "~1";
            } else {
                pointer += c;
            }
        }
        path_.insert(0, pointer);
        return false;
    }

    bool too_deep(std::size_t depth) {
        if (depth < max_depth_) return false;
        trouble_ = fmt::format("nesting deeper than {} levels", max_depth_);
        return true;
    }

    void put_text(std::string_view text) {
        if (plain(text)) {
            out_ += '"';
            out_ += text;
            out_ += '"';
            return;
        }
        if (!valid_utf8(text)) {
            trouble_ = "text that is not UTF-8";
            return;
        }
        out_ += '"';
        std::size_t copied = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const auto c = static_cast<unsigned char>(text[i]);
            if (c >= 0x20 && c != '"' && c != '\\') continue;
            out_.append(text, copied, i - copied);
            copied = i + 1;
            put_escape(c);
        }
        out_.append(text, copied, text.size() - copied);
        out_ += '"';
    }

    void put_escape(unsigned char c) {
        switch (c) {
        case '"':
            out_ += "\\\"";
            return;
        case '\\':
            out_ += "\\\\";
            return;
        case '\b':
            out_ += "\\b";
            return;
        case '\f':
            out_ += "\\f";
            return;
        case '\n':
            out_ += "\\n";
            return;
        case '\r':
            out_ += "\\r";
            return;
        case '\t':
            out_ += "\\t";
            return;
        default:
            out_ += fmt::format("\\u{:04x}", c);
            return;
        }
    }

    std::string &out_;
    const std::size_t max_depth_;
    std::string trouble_;
    std::string path_;
};

template <class V> Result<std::string> write_canonical(const V &value, std::size_t max_depth = max_json_depth) {
    std::string text;
    Writer writer(text, max_depth);
    if (auto done = writer.write(value); !done) return std::move(done).error();
    return text;
}

template <class V> std::string write_or_throw(const V &value) {
    auto text = write_canonical(value, max_state_depth);
    if (!text) throw std::logic_error("value without canonical form: " + text.error().message);
    return std::move(text).value();
}

void normalise_value(json::value &value) {
    switch (value.kind()) {
    case json::kind::uint64:
        if (value.get_uint64() <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            value = static_cast<std::int64_t>(value.get_uint64());
        return;
    case json::kind::array:
        for (auto &element : value.get_array())
            normalise_value(element);
        return;
    case json::kind::object:
        normalise(value.get_object());
        return;
    default:
        return;
    }
}

} // namespace

Result<std::string> canonical_json(const json::value &value) {
    return write_canonical(value);
}
Result<std::string> canonical_json(const json::object &object) {
    return write_canonical(object);
}
Status append_canonical_json(std::string &out, const json::object &object) {
    return Writer(out, max_json_depth).write(object);
}
std::string canonical_json_or_throw(const json::value &value) {
    return write_or_throw(value);
}
std::string canonical_json_or_throw(const json::object &object) {
    return write_or_throw(object);
}

void normalise(json::object &object) {
    for (auto &member : object)
        normalise_value(member.value());
    if (std::is_sorted(object.begin(), object.end(), key_less)) return;
    std::vector<std::pair<std::string, json::value>> members;
    members.reserve(object.size());
    for (auto &member : object)
        members.emplace_back(std::string(key_of(member)), std::move(member.value()));
    std::sort(members.begin(), members.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    object.clear();
    for (auto &[key, value] : members)
        object.emplace(key, std::move(value));
}

} // namespace xtn
