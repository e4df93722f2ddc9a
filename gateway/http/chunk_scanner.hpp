// Finds the end of a chunked body (RFC 9112 §7.1) without changing a byte of it: the proxy forwards chunks as they are.
//
// Strict for the same reason as the header pass: sizes are 1 to 15 hex digits, lines end in CRLF, extensions are
// tokens with tokens as values (no blanks, no quotes), trailers are field lines, and all of it is bounded. What it accepts, every
// other strict reader frames alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace xtn::gateway {

class ChunkScanner {
  public:
    enum class Progress : std::uint8_t { more, done, malformed };

    // Walks `raw`; `used` says how many bytes belong to the body (all of them unless done). each(piece) gets the payload pieces.
    template <class Each> Progress feed(std::string_view raw, std::size_t &used, Each each);
    Progress feed(std::string_view raw, std::size_t &used) {
        return feed(raw, used, [](std::string_view) {});
    }

    void reset() { *this = ChunkScanner(); }
    // Payload bytes of the current chunk that have not come yet; 0 between chunks.
    std::uint64_t left_in_chunk() const { return state_ == State::payload ? left_ : 0; }
    // True exactly where a chunk's size line would begin.
    bool at_size_line() const { return state_ == State::size && digits_ == 0; }

  private:
    enum class State : std::uint8_t {
        size,
        extension_start,
        extension_name,
        extension_value_start,
        extension_value,
        size_lf,
        payload,
        payload_cr,
        payload_lf,
        trailer_start,
        trailer_name,
        trailer,
        trailer_lf,
        end_lf,
        done,
        bad
    };
    // One framing byte (everything but payload).
    void step(char c);

    std::uint64_t left_ = 0;
    std::uint32_t line_ = 0; // bytes of extension or trailers so far
    std::uint8_t digits_ = 0;
    State state_ = State::size;
};

template <class Each> ChunkScanner::Progress ChunkScanner::feed(std::string_view raw, std::size_t &used, Each each) {
    std::size_t at = 0;
    while (at < raw.size() && state_ != State::done && state_ != State::bad) {
        if (state_ == State::payload) {
            const auto n = static_cast<std::size_t>(left_ < raw.size() - at ? left_ : raw.size() - at);
            each(raw.substr(at, n));
            at += n;
            left_ -= n;
            if (left_ == 0) state_ = State::payload_cr;
        } else {
            step(raw[at++]);
        }
    }
    used = at;
    if (state_ == State::bad) return Progress::malformed;
    return state_ == State::done ? Progress::done : Progress::more;
}

} // namespace xtn::gateway
