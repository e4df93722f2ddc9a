// The header pass: reads one HTTP/1.x header block out of a buffer, strictly, without copying it.
//
// Everything doubtful is refused rather than repaired, because two readers that repair differently are how requests are smuggled:
// a blank before the colon, folded lines, bare LF or CR, NUL and other control characters, two Content-Length or Host lines,
// Content-Length beside Transfer-Encoding, a Transfer-Encoding other than exactly "chunked".
#pragma once

#include "gateway/http/fields.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace xtn::gateway {

enum class HeadStatus : std::uint8_t {
    complete,
    incomplete,          // read more and call again
    malformed,           // 400
    too_large,           // 431: more bytes or lines than allowed
    unsupported_version, // 505
    unsupported_coding,  // 501: a transfer coding other than chunked
};

struct HeadLine {
    Field field = Field::other;
    std::string_view whole; // with its CRLF
    std::string_view name;
    std::string_view value; // trimmed
};

enum class BodyKind : std::uint8_t {
    none,
    length,      // content_length bytes
    chunked,     // up to the last chunk
    until_close, // answers only
};

// What both directions share. All views point into the buffer that was passed.
struct MessageHead {
    std::size_t bytes = 0; // of the whole block, including the empty line
    int minor = 1;         // HTTP/1.minor
    std::vector<HeadLine> lines;
    BodyKind body = BodyKind::none;
    std::uint64_t content_length = 0;
    bool has_content_length = false;
    bool connection_close = false;
    bool connection_keep_alive = false;
    bool nominates = false; // Connection names fields that must not be forwarded

    // The first value of that field, or nothing.
    std::string_view value(Field field) const;
    // True for a line that a Connection line of this message named.
    bool nominated(const HeadLine &line) const;

  protected:
    void reset();
};

struct RequestHead : MessageHead {
    std::string_view method;
    std::string_view target; // as sent
    std::string_view host;   // of an absolute-form target, else of the Host line
    std::string_view path;   // origin form: path and query
    bool expect_continue = false;

    // Parses the block at the start of `data`. `scanned` remembers how far the end was searched for between calls (start at 0).
    HeadStatus parse(std::string_view data, std::size_t &scanned, std::size_t max_bytes, std::size_t max_lines);
    bool keep_alive() const { return minor == 1 && !connection_close; }
};

struct ResponseHead : MessageHead {
    int status = 0;
    std::string_view status_line;   // with its CRLF
    std::string_view after_version; // " 200 OK"

    // `request_method` decides whether a body can follow (HEAD never has one).
    HeadStatus parse(std::string_view data, std::size_t &scanned, std::size_t max_bytes, std::size_t max_lines,
                     std::string_view request_method);
    bool reusable() const { return minor == 1 && !connection_close && body != BodyKind::until_close; }
};

} // namespace xtn::gateway
