// The complaints of Go's JSON scanner, for bodies that are no JSON. It stops at the first byte that cannot be.
#include "adapters/sandbox/objects/json_util.hpp"
#include "adapters/sandbox/objects/patch.hpp"

namespace xtn::sandbox::objects {

namespace {

class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}

    std::string run() {
        value(0);
        space();
        if (error_.empty() && !done()) wrong("after top-level value");
        return error_;
    }

  private:
    static constexpr int max_depth = 1000;

    bool done() const { return at_ >= text_.size(); }
    char peek() const { return text_[at_]; }
    void space() {
        while (!done() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r'))
            ++at_;
    }
    // Sets the error; false, for use as a return value.
    bool wrong(std::string_view where) {
        if (!error_.empty()) return false;
        if (done())
            error_ = "unexpected end of JSON input";
        else
            error_ = "invalid character " + character(peek()) + " " + std::string(where);
        return false;
    }
    static std::string character(char c) {
        if (c == '\'') return R"('\'')";
        if (c == '"') return R"('"')";
        const auto quoted = go_quoted(std::string_view(&c, 1));
        return "'" + quoted.substr(1, quoted.size() - 2) + "'";
    }

    bool value(int depth) {
        space();
        if (done()) return wrong("");
        if (depth > max_depth) {
            error_ = "exceeded max depth";
            return false;
        }
        switch (peek()) {
        case '{':
            return object(depth);
        case '[':
            return list(depth);
        case '"':
            return string();
        case 't':
            return literal("true");
        case 'f':
            return literal("false");
        case 'n':
            return literal("null");
        default:
            return number();
        }
    }

    bool literal(std::string_view word) {
        for (std::size_t i = 0; i < word.size(); ++i, ++at_)
            if (done() || peek() != word[i]) return wrong("in literal " + std::string(word) + " (expecting '" + word[i] + "')");
        return true;
    }

    bool digits(std::string_view where) {
        if (done() || peek() < '0' || peek() > '9') return wrong(where);
        while (!done() && peek() >= '0' && peek() <= '9')
            ++at_;
        return true;
    }

    bool number() {
        if (peek() != '-' && (peek() < '0' || peek() > '9')) return wrong("looking for beginning of value");
        if (peek() == '-') ++at_;
        if (!done() && peek() == '0')
            ++at_;
        else if (!digits("in numeric literal"))
            return false;
        if (!done() && peek() == '.') {
            ++at_;
            if (!digits("after decimal point in numeric literal")) return false;
        }
        if (!done() && (peek() == 'e' || peek() == 'E')) {
            ++at_;
            if (!done() && (peek() == '+' || peek() == '-')) ++at_;
            if (!digits("in exponent of numeric literal")) return false;
        }
        return true;
    }

    bool string() {
        for (++at_; !done(); ++at_) {
            if (peek() == '"') {
                ++at_;
                return true;
            }
            if (static_cast<unsigned char>(peek()) < 0x20) return wrong("in string literal");
            if (peek() != '\\') continue;
            ++at_;
            if (done()) break;
            if (std::string_view("\"\\/bfnrtu").find(peek()) == std::string_view::npos) return wrong("in string escape code");
        }
        return wrong("");
    }

    bool list(int depth) {
        ++at_;
        space();
        if (!done() && peek() == ']') {
            ++at_;
            return true;
        }
        while (value(depth + 1)) {
            space();
            if (done() || (peek() != ',' && peek() != ']')) return wrong("after array element");
            if (text_[at_++] == ']') return true;
        }
        return false;
    }

    bool object(int depth) {
        ++at_;
        space();
        if (!done() && peek() == '}') {
            ++at_;
            return true;
        }
        while (true) {
            space();
            if (done() || peek() != '"') return wrong("looking for beginning of object key string");
            if (!string()) return false;
            space();
            if (done() || peek() != ':') return wrong("after object key");
            ++at_;
            if (!value(depth + 1)) return false;
            space();
            if (done() || (peek() != ',' && peek() != '}')) return wrong("after object key:value pair");
            if (text_[at_++] == '}') return true;
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string error_;
};

} // namespace

std::string go_json_error(std::string_view body) {
    auto error = Scanner(body).run();
    return error.empty() ? "unexpected end of JSON input" : error;
}

} // namespace xtn::sandbox::objects
