#include "gateway/http/chunk_scanner.hpp"

#include "gateway/http/fields.hpp"

namespace xtn::gateway {

namespace {

constexpr std::uint32_t max_extension_bytes = 4096;
constexpr std::uint32_t max_trailer_bytes = 16384;
constexpr std::uint8_t max_size_digits = 15; // 2^60: far beyond any body, and no overflow

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool line_char(char c) {
    const auto u = static_cast<unsigned char>(c);
    return (u >= 0x20 && u != 0x7f) || u == '\t';
}

} // namespace

void ChunkScanner::step(char c) {
    switch (state_) {
    case State::size:
        if (const int digit = hex_digit(c); digit >= 0) {
            state_ = ++digits_ > max_size_digits ? State::bad : State::size;
            left_ = (left_ << 4) | static_cast<std::uint64_t>(digit);
        } else if (digits_ == 0) {
            state_ = State::bad;
        } else if (c == '\r') {
            state_ = State::size_lf;
        } else {
            state_ = c == ';' ? State::extension_start : State::bad;
            line_ = 0;
        }
        break;
    case State::extension_start:
    case State::extension_value_start:
        if (token_char(c) && ++line_ <= max_extension_bytes) {
            state_ = state_ == State::extension_start ? State::extension_name : State::extension_value;
        } else {
            state_ = State::bad;
        }
        break;
    case State::extension_name:
    case State::extension_value:
        if (c == '\r') {
            state_ = State::size_lf;
        } else if (c == ';') {
            state_ = State::extension_start;
        } else if (c == '=' && state_ == State::extension_name) {
            state_ = State::extension_value_start;
        } else if (!token_char(c) || ++line_ > max_extension_bytes) {
            state_ = State::bad;
        }
        break;
    case State::size_lf:
        if (c != '\n') {
            state_ = State::bad;
        } else {
            state_ = left_ == 0 ? State::trailer_start : State::payload;
            digits_ = 0;
            line_ = 0;
        }
        break;
    case State::payload_cr:
        state_ = c == '\r' ? State::payload_lf : State::bad;
        break;
    case State::payload_lf:
        state_ = c == '\n' ? State::size : State::bad;
        break;
    case State::trailer_start:
        if (c == '\r') {
            state_ = State::end_lf;
        } else {
            state_ = token_char(c) && ++line_ <= max_trailer_bytes ? State::trailer_name : State::bad;
        }
        break;
    case State::trailer_name:
        if (c == ':') {
            state_ = State::trailer;
        } else if (!token_char(c) || ++line_ > max_trailer_bytes) {
            state_ = State::bad;
        }
        break;
    case State::trailer:
        if (c == '\r') {
            state_ = State::trailer_lf;
        } else if (!line_char(c) || ++line_ > max_trailer_bytes) {
            state_ = State::bad;
        }
        break;
    case State::trailer_lf:
        state_ = c == '\n' ? State::trailer_start : State::bad;
        break;
    case State::end_lf:
        state_ = c == '\n' ? State::done : State::bad;
        break;
    case State::payload:
    case State::done:
    case State::bad:
        break;
    }
}

} // namespace xtn::gateway
