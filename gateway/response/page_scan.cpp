#include "gateway/response/page_scan.hpp"

#include <algorithm>
#include <array>

namespace xtn::gateway {

namespace {

constexpr std::size_t max_value_bytes = 2048;
// Once id and nextUri are known a page is a page of a running query; rows come before `stats`, and reading 64 KiB of rows for a
// state that only says RUNNING or FINISHING would cost more than relaying them.
constexpr std::size_t enough_after = 2048;
constexpr std::size_t skip_step = 1024; // of rows, between two looks whether it is enough

bool blank(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

constexpr std::array<bool, 256> structural_table() {
    std::array<bool, 256> table{};
    for (const char c : std::string_view("\"{}[]"))
        table[static_cast<unsigned char>(c)] = true;
    return table;
}
constexpr auto structural = structural_table();

} // namespace

void PageScan::reset() {
    state_ = State::start;
    inside_ = Inside::top;
    key_ = Key::other;
    escaped_ = in_string_ = complete_ = has_next_uri_ = has_info_uri_ = stats_state_known_ = false;
    depth_ = 0;
    offset_ = info_uri_begin_ = 0;
    text_.clear();
    id_.clear();
    info_uri_.clear();
    query_state_.clear();
    error_name_.clear();
    error_type_.clear();
}

bool PageScan::enough() const {
    if (id_.empty() || !has_info_uri_) return false;
    return has_next_uri_ && (stats_state_known_ || offset_ > enough_after);
}

void PageScan::end_key() {
    key_ = Key::other;
    if (inside_ == Inside::stats) {
        if (text_ == "state") key_ = Key::state;
    } else if (inside_ == Inside::error) {
        if (text_ == "errorName") key_ = Key::error_name;
        if (text_ == "errorType") key_ = Key::error_type;
    } else if (text_ == "id") {
        key_ = Key::id;
    } else if (text_ == "infoUri") {
        key_ = Key::info_uri;
    } else if (text_ == "nextUri") {
        key_ = Key::next_uri;
    } else if (text_ == "state") {
        key_ = Key::state;
    } else if (text_ == "stats") {
        key_ = Key::stats;
    } else if (text_ == "error") {
        key_ = Key::error;
    }
    text_.clear();
    state_ = State::colon;
}

void PageScan::end_capture() {
    switch (key_) {
    case Key::id:
        if (id_.empty()) id_ = text_;
        break;
    case Key::info_uri:
        if (!has_info_uri_) {
            info_uri_ = text_;
            has_info_uri_ = true;
        }
        break;
    case Key::state:
        if (inside_ == Inside::stats || query_state_.empty()) query_state_ = text_;
        stats_state_known_ = stats_state_known_ || inside_ == Inside::stats;
        break;
    case Key::error_name:
        error_name_ = text_;
        break;
    case Key::error_type:
        error_type_ = text_;
        break;
    default:
        break;
    }
    text_.clear();
    state_ = State::after_value;
}

void PageScan::begin_value(char c) {
    const bool captured = key_ == Key::id || key_ == Key::state || key_ == Key::error_name || key_ == Key::error_type ||
                          (key_ == Key::info_uri && !has_info_uri_);
    escaped_ = false;
    if (c == '"') {
        if (key_ == Key::next_uri) has_next_uri_ = true;
        if (key_ == Key::info_uri && !has_info_uri_) info_uri_begin_ = offset_ + 1;
        state_ = captured ? State::capture : State::skip_string;
    } else if (c == '{' && (key_ == Key::stats || key_ == Key::error) && inside_ == Inside::top) {
        inside_ = key_ == Key::stats ? Inside::stats : Inside::error;
        state_ = State::key_or_end;
    } else if (c == '{' || c == '[') {
        depth_ = 1;
        in_string_ = false;
        state_ = State::skip_nested;
    } else {
        state_ = State::scalar;
    }
}

std::size_t PageScan::skip_string(std::string_view piece, std::size_t at) {
    while (at < piece.size()) {
        const char c = piece[at++];
        if (escaped_) {
            escaped_ = false;
        } else if (c == '\\') {
            escaped_ = true;
        } else if (c == '"') {
            state_ = State::after_value;
            break;
        }
    }
    return at;
}

std::size_t PageScan::skip_nested(std::string_view piece, std::size_t at) {
    while (at < piece.size()) {
        const char c = piece[at++];
        if (in_string_) {
            if (escaped_) {
                escaped_ = false;
            } else if (c == '\\') {
                escaped_ = true;
            } else if (c == '"') {
                in_string_ = false;
            }
            continue;
        }
        if (!structural[static_cast<unsigned char>(c)]) continue;
        if (c == '"') {
            in_string_ = true;
        } else if (c == '{' || c == '[') {
            ++depth_;
        } else if (--depth_ == 0) {
            state_ = State::after_value;
            break;
        }
    }
    return at;
}

void PageScan::feed(std::string_view piece) {
    if (over()) return;
    const std::size_t base = offset_;
    if (piece.size() > scan_limit - base) piece = piece.substr(0, scan_limit - base);
    std::size_t at = 0;
    while (at < piece.size() && state_ != State::over) {
        offset_ = base + at;
        const char c = piece[at];
        switch (state_) {
        case State::start:
            ++at;
            if (c == '{') {
                state_ = State::key_or_end;
            } else if (!blank(c)) {
                finish();
            }
            break;
        case State::key_or_end:
            ++at;
            if (c == '"') {
                escaped_ = false;
                state_ = State::key;
            } else if (c == '}') {
                if (inside_ == Inside::top) {
                    complete_ = true;
                    finish();
                } else {
                    inside_ = Inside::top;
                    state_ = State::after_value;
                }
            } else if (!blank(c)) {
                finish();
            }
            break;
        case State::key:
            ++at;
            if (escaped_) {
                escaped_ = false;
            } else if (c == '\\') {
                escaped_ = true;
            } else if (c == '"') {
                end_key();
                break;
            }
            if (text_.size() < 16) text_.push_back(c); // longer than any name we know
            break;
        case State::colon:
            ++at;
            if (c == ':') {
                state_ = State::value;
            } else if (!blank(c)) {
                finish();
            }
            break;
        case State::value:
            ++at;
            if (!blank(c)) begin_value(c);
            break;
        case State::capture:
            ++at;
            if (!escaped_ && c == '"') {
                end_capture();
                if (enough()) finish();
            } else {
                escaped_ = !escaped_ && c == '\\';
                text_.push_back(c);
                if (text_.size() > max_value_bytes) { // no value of ours is that long
                    text_.clear();
                    state_ = State::skip_string;
                }
            }
            break;
        case State::skip_string:
            at = skip_string(piece, at);
            break;
        case State::skip_nested:
            at = skip_nested(piece.substr(0, std::min(piece.size(), at + skip_step)), at);
            offset_ = base + at;
            if (enough()) finish();
            break;
        case State::scalar:
            if (c == ',' || c == '}' || blank(c)) {
                state_ = State::after_value;
            } else if (c == '"' || c == '{' || c == '[' || c == ']' || c == ':') {
                finish();
            } else {
                ++at;
            }
            break;
        case State::after_value:
            if (c == ',') {
                ++at;
                state_ = State::key_or_end;
                if (enough()) finish();
            } else if (c == '}') {
                state_ = State::key_or_end; // which ends this level, or the object
            } else if (blank(c)) {
                ++at;
            } else {
                finish();
            }
            break;
        case State::over:
            break;
        }
    }
    offset_ = base + at;
    if (offset_ >= scan_limit) finish();
}

} // namespace xtn::gateway
