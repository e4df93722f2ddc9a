// Reads what the gateway needs from a JSON answer while it streams by: the top-level members `id`, `infoUri`, `nextUri`, `state`
// and `stats.state` (spec 50 §9.2, §12.2). A resumable byte machine: feed it the payload in any pieces; it never holds more than
// a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace xtn::gateway {

class PageScan {
  public:
    static constexpr std::size_t scan_limit = 64 * 1024; // spec 50 §9.2: only the first 64 KiB are looked at

    // Looks at the next piece of payload. Cheap once over() is true.
    void feed(std::string_view piece);
    void reset();

    // Nothing further will be found: the object ended, is no object, is broken, the limit is reached, or all is known.
    bool over() const { return state_ == State::over; }
    // The closing brace of the top-level object was seen.
    bool complete() const { return complete_; }
    // It is settled whether the first 64 KiB hold an infoUri.
    bool info_uri_settled() const { return over() || has_info_uri_; }

    const std::string &id() const { return id_; }                   // empty: none (yet)
    const std::string &query_state() const { return query_state_; } // stats.state, else state; empty: none (yet)
    bool has_next_uri() const { return has_next_uri_; }
    bool has_info_uri() const { return has_info_uri_; }
    const std::string &info_uri() const { return info_uri_; }      // raw, JSON escapes not undone
    std::size_t info_uri_begin() const { return info_uri_begin_; } // payload offset of its first character (after the quote)
    const std::string &error_name() const { return error_name_; }  // error.errorName
    const std::string &error_type() const { return error_type_; }  // error.errorType
    std::size_t seen() const { return offset_; }

  private:
    enum class State : std::uint8_t {
        start,
        key_or_end,
        key,
        colon,
        value,
        capture,
        skip_string,
        skip_nested,
        scalar,
        after_value,
        over
    };
    enum class Key : std::uint8_t { other, id, info_uri, next_uri, state, stats, error, error_name, error_type };
    enum class Inside : std::uint8_t { top, stats, error };

    void begin_value(char c);
    void end_key();
    void end_capture();
    void finish() { state_ = State::over; }
    bool enough() const;
    std::size_t skip_string(std::string_view piece, std::size_t at);
    std::size_t skip_nested(std::string_view piece, std::size_t at);

    State state_ = State::start;
    Inside inside_ = Inside::top;
    Key key_ = Key::other;
    bool escaped_ = false;
    bool in_string_ = false; // within skip_nested
    bool complete_ = false;
    bool has_next_uri_ = false;
    bool has_info_uri_ = false;
    bool stats_state_known_ = false;
    std::uint32_t depth_ = 0;
    std::size_t offset_ = 0;
    std::size_t info_uri_begin_ = 0;
    std::string text_; // of the key or value being read
    std::string id_, info_uri_, query_state_, error_name_, error_type_;
};

} // namespace xtn::gateway
