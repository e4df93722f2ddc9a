#include "adapters/sandbox/trino/sql/json_text.hpp"

#include <charconv>
#include <cmath>

namespace xtn::sandbox::trino {

void append_json_string(std::string &out, std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    out += '"';
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
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            if (static_cast<unsigned char>(c) < 0x20) {
                const auto byte = static_cast<unsigned char>(c);
                out += "\\u00";
                out += hex[byte >> 4U];
                out += hex[byte & 15U];
            } else {
                out += c;
            }
        }
    }
    out += '"';
}

namespace {
template <class Number> void append_number(std::string &out, Number value) {
    if (std::isnan(value)) {
        out += "\"NaN\"";
    } else if (std::isinf(value)) {
        out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    } else {
        char text[40];
        const auto [end, ec] = std::to_chars(text, text + sizeof text, value);
        (void)ec; // 40 characters hold every double
        const std::string_view written(text, static_cast<std::size_t>(end - text));
        out += written;
        if (written.find_first_of(".e") == std::string_view::npos) out += ".0"; // a double stays one for the reader
    }
}
} // namespace

void append_json_double(std::string &out, double value) {
    append_number(out, value);
}
void append_json_float(std::string &out, float value) {
    append_number(out, value);
}

} // namespace xtn::sandbox::trino
