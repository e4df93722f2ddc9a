#include "gateway/http/header_pass.hpp"

#include <array>
#include <charconv>
#include <cstring>

namespace xtn::gateway {

namespace {

// Field values: visible characters, blanks, tabs and bytes above 127 (RFC 9110 §5.5).
constexpr std::array<bool, 256> value_table() {
    std::array<bool, 256> table{};
    for (int c = 0x20; c < 256; ++c)
        table[static_cast<std::size_t>(c)] = c != 0x7f;
    table['\t'] = true;
    return table;
}

constexpr auto is_value = value_table();

bool value_char(char c) {
    return is_value[static_cast<unsigned char>(c)];
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

// Where the block ends (after the empty line), or why it never will.
HeadStatus find_end(std::string_view data, std::size_t &scanned, std::size_t max_bytes, std::size_t &end) {
    const std::size_t from = scanned < 3 ? 0 : scanned - 3;
    const void *hit = from < data.size() ? memmem(data.data() + from, data.size() - from, "\r\n\r\n", 4) : nullptr;
    if (hit != nullptr) {
        end = static_cast<std::size_t>(static_cast<const char *>(hit) - data.data()) + 4;
        return end > max_bytes ? HeadStatus::too_large : HeadStatus::complete;
    }
    // A bare LF would make us wait for an end that never comes.
    for (std::size_t at = scanned; at < data.size(); ++at) {
        const void *lf = memchr(data.data() + at, '\n', data.size() - at);
        if (lf == nullptr) break;
        at = static_cast<std::size_t>(static_cast<const char *>(lf) - data.data());
        if (at == 0 || data[at - 1] != '\r') return HeadStatus::malformed;
    }
    scanned = data.size();
    return data.size() >= max_bytes ? HeadStatus::too_large : HeadStatus::incomplete;
}

bool parse_length(std::string_view text, std::uint64_t &out) {
    if (text.empty() || text.size() > 18) return false;
    for (const char c : text) {
        if (c < '0' || c > '9') return false;
    }
    return std::from_chars(text.data(), text.data() + text.size(), out).ec == std::errc();
}

// Notes what a Connection line says; false when it is no list of tokens. "te" is the one nominated field that is handled by name
// anyway.
bool read_connection(std::string_view value, MessageHead &head) {
    bool sound = true;
    for_each_token(value, [&](std::string_view token) {
        for (const char c : token)
            sound = sound && token_char(c);
        if (equals_ignoring_case(token, "close")) {
            head.connection_close = true;
        } else if (equals_ignoring_case(token, "keep-alive")) {
            head.connection_keep_alive = true;
        } else {
            head.nominates = true;
        }
    });
    return sound;
}

// The field lines between the start line and the empty line. `hosts` counts Host lines; `codings` Transfer-Encoding lines.
struct Seen {
    int hosts = 0;
    int lengths = 0;
    int codings = 0;
    bool coding_is_chunked = false;
};

HeadStatus parse_lines(const char *p, const char *end, std::size_t max_lines, MessageHead &head, Seen &seen) {
    while (*p != '\r') {
        if (head.lines.size() >= max_lines) return HeadStatus::too_large;
        const char *start = p;
        while (token_char(*p))
            ++p;
        if (p == start || *p != ':') return HeadStatus::malformed; // folded line, blank before the colon, no name
        HeadLine line;
        line.name = std::string_view(start, static_cast<std::size_t>(p - start));
        const char *value = ++p;
        while (value_char(*p))
            ++p;
        if (p[0] != '\r' || p[1] != '\n') return HeadStatus::malformed;
        line.value = trim(std::string_view(value, static_cast<std::size_t>(p - value)));
        p += 2;
        line.whole = std::string_view(start, static_cast<std::size_t>(p - start));
        line.field = classify_field(line.name);
        switch (line.field) {
        case Field::host:
            ++seen.hosts;
            break;
        case Field::content_length:
            ++seen.lengths;
            if (!parse_length(line.value, head.content_length)) return HeadStatus::malformed;
            head.has_content_length = true;
            break;
        case Field::transfer_encoding:
            ++seen.codings;
            seen.coding_is_chunked = equals_ignoring_case(line.value, "chunked");
            break;
        case Field::connection:
            if (!read_connection(line.value, head)) return HeadStatus::malformed;
            break;
        default:
            break;
        }
        head.lines.push_back(line);
    }
    return p + 2 == end ? HeadStatus::complete : HeadStatus::malformed;
}

bool one_digit(char c) {
    return c >= '0' && c <= '9';
}

// "HTTP/1.x" -> x, 0 or 1; -1: not HTTP at all; -2: another version.
int minor_version(std::string_view text) {
    if (text.size() != 8 || text.substr(0, 5) != "HTTP/" || text[6] != '.' || !one_digit(text[5]) || !one_digit(text[7]))
        return -1;
    if (text[5] != '1' || text[7] > '1') return -2;
    return text[7] == '0' ? 0 : 1;
}

} // namespace

void MessageHead::reset() {
    bytes = 0;
    minor = 1;
    lines.clear();
    body = BodyKind::none;
    content_length = 0;
    has_content_length = false;
    connection_close = false;
    connection_keep_alive = false;
    nominates = false;
}

std::string_view MessageHead::value(Field field) const {
    for (const auto &line : lines) {
        if (line.field == field) return line.value;
    }
    return {};
}

bool MessageHead::nominated(const HeadLine &line) const {
    if (!nominates) return false;
    bool named = false;
    for (const auto &other : lines) {
        if (other.field != Field::connection) continue;
        for_each_token(other.value, [&](std::string_view token) { named = named || equals_ignoring_case(token, line.name); });
    }
    return named;
}

HeadStatus RequestHead::parse(std::string_view data, std::size_t &scanned, std::size_t max_bytes, std::size_t max_lines) {
    std::size_t end = 0;
    if (const auto status = find_end(data, scanned, max_bytes, end); status != HeadStatus::complete) return status;
    reset();
    expect_continue = false;
    bytes = end;

    const char *p = data.data();
    const char *line_end = static_cast<const char *>(memchr(p, '\r', end)); // there is one: the block ends with CRLF CRLF
    const std::string_view line(p, static_cast<std::size_t>(line_end - p));
    if (line_end[1] != '\n') return HeadStatus::malformed;
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == 0 || last == first) return HeadStatus::malformed;
    method = line.substr(0, first);
    target = line.substr(first + 1, last - first - 1);
    for (const char c : method) {
        if (!token_char(c)) return HeadStatus::malformed;
    }
    for (const char c : target) {
        if (c <= 0x20 || c == 0x7f) return HeadStatus::malformed; // also bytes above 127: a target is ASCII
    }
    minor = minor_version(line.substr(last + 1));
    if (minor == -2) return HeadStatus::unsupported_version;
    if (minor < 0 || target.empty()) return HeadStatus::malformed;

    Seen seen;
    if (const auto status = parse_lines(line_end + 2, data.data() + end, max_lines, *this, seen);
        status != HeadStatus::complete) {
        return status;
    }
    if (seen.hosts > 1 || (seen.hosts == 0 && minor == 1)) return HeadStatus::malformed;
    if (seen.lengths > 1 || seen.codings > 1 || (seen.lengths > 0 && seen.codings > 0)) return HeadStatus::malformed;
    if (seen.codings > 0) {
        if (minor == 0) return HeadStatus::malformed;
        if (!seen.coding_is_chunked) return HeadStatus::unsupported_coding;
        body = BodyKind::chunked;
    } else if (has_content_length && content_length > 0) {
        body = BodyKind::length;
    }
    host = value(Field::host);
    for (const char c : host) {
        if (c == ' ' || c == '\t' || c == '/' || c == '@' || c == ',') return HeadStatus::malformed;
    }
    path = target;
    if (target.front() != '/') { // absolute form: its authority wins over Host (RFC 9112 §3.2.2)
        const auto scheme = target.find("://");
        if (scheme != std::string_view::npos && method != "CONNECT") {
            const auto rest = target.substr(scheme + 3);
            const auto slash = rest.find_first_of("/?");
            host = rest.substr(0, slash);
            path = slash == std::string_view::npos ? std::string_view("/") : rest.substr(slash);
            if (host.empty() || host.find('@') != std::string_view::npos || path.front() == '?') return HeadStatus::malformed;
        } else if (method != "CONNECT" && !(method == "OPTIONS" && target == "*")) {
            return HeadStatus::malformed;
        }
    }
    expect_continue = minor == 1 && equals_ignoring_case(value(Field::expect), "100-continue");
    return HeadStatus::complete;
}

HeadStatus ResponseHead::parse(std::string_view data, std::size_t &scanned, std::size_t max_bytes, std::size_t max_lines,
                               std::string_view request_method) {
    std::size_t end = 0;
    if (const auto found = find_end(data, scanned, max_bytes, end); found != HeadStatus::complete) return found;
    reset();
    bytes = end;

    const char *p = data.data();
    const char *line_end = static_cast<const char *>(memchr(p, '\r', end));
    const std::string_view line(p, static_cast<std::size_t>(line_end - p));
    if (line_end[1] != '\n' || line.size() < 12 || line[8] != ' ') return HeadStatus::malformed;
    minor = minor_version(line.substr(0, 8));
    if (minor < 0) return HeadStatus::malformed;
    if (!one_digit(line[9]) || !one_digit(line[10]) || !one_digit(line[11]) || line[9] == '0') return HeadStatus::malformed;
    if (line.size() > 12 && line[12] != ' ') return HeadStatus::malformed;
    for (const char c : line) {
        if (!value_char(c)) return HeadStatus::malformed;
    }
    status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
    status_line = std::string_view(p, line.size() + 2);
    after_version = line.substr(8);

    Seen seen;
    if (const auto result = parse_lines(line_end + 2, data.data() + end, max_lines, *this, seen);
        result != HeadStatus::complete) {
        return result;
    }
    if (seen.lengths > 1 || seen.codings > 1 || (seen.lengths > 0 && seen.codings > 0)) return HeadStatus::malformed;
    if (seen.codings > 0 && !seen.coding_is_chunked) return HeadStatus::unsupported_coding;
    if (request_method == "HEAD" || status < 200 || status == 204 || status == 304) {
        body = BodyKind::none;
    } else if (seen.codings > 0) {
        body = BodyKind::chunked;
    } else if (has_content_length) {
        body = content_length > 0 ? BodyKind::length : BodyKind::none;
    } else {
        body = BodyKind::until_close;
    }
    return HeadStatus::complete;
}

} // namespace xtn::gateway
