// A text that nearly always fits into the room that is kept for it where it belongs, so that comparing it touches no other piece
// of memory; a longer one lies on the heap.
#pragma once

#include <fmt/format.h>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace xtn {

template <std::size_t Room> class Text {
    static_assert(Room < 255, "the size takes one byte");

  public:
    Text() = default;
    explicit Text(std::string_view text) { set(text); }
    Text(const Text &other) { set(other.view()); }
    Text(Text &&other) noexcept : here_(other.here_), size_(other.size_), long_(std::move(other.long_)) { other.size_ = 0; }
    Text &operator=(const Text &other) {
        if (this != &other) set(other.view());
        return *this;
    }
    Text &operator=(Text &&other) noexcept {
        here_ = other.here_;
        size_ = std::exchange(other.size_, 0);
        long_ = std::move(other.long_);
        return *this;
    }
    Text &operator=(std::string_view text) {
        set(text);
        return *this;
    }
    ~Text() = default;

    std::string_view view() const { return size_ == is_long ? std::string_view(*long_) : std::string_view(here_.data(), size_); }
    operator std::string_view() const { return view(); } // NOLINT(google-explicit-constructor,hicpp-explicit-conversions)
    bool empty() const { return size_ == 0; }
    std::size_t size() const { return view().size(); }

    friend bool operator==(const Text &one, const Text &other) { return one.view() == other.view(); }
    friend bool operator==(const Text &one, std::string_view other) { return one.view() == other; }
    friend auto operator<=>(const Text &one, const Text &other) { return one.view() <=> other.view(); }
    friend auto operator<=>(const Text &one, std::string_view other) { return one.view() <=> other; }

  private:
    static constexpr std::uint8_t is_long = 255;

    void set(std::string_view text) {
        if (text.size() <= Room) {
            if (!text.empty()) std::memmove(here_.data(), text.data(), text.size()); // it may be a part of this one
            size_ = static_cast<std::uint8_t>(text.size());
            long_.reset();
        } else {
            long_ = std::make_unique<std::string>(text);
            size_ = is_long;
        }
    }

    std::array<char, Room> here_{};
    std::uint8_t size_ = 0; // is_long: see there
    std::unique_ptr<std::string> long_;
};

template <class T> inline constexpr bool is_text = false;
template <std::size_t Room> inline constexpr bool is_text<Text<Room>> = true;

} // namespace xtn

template <std::size_t Room> struct fmt::formatter<xtn::Text<Room>> : fmt::formatter<std::string_view> {
    template <class Context> auto format(const xtn::Text<Room> &text, Context &to) const {
        return fmt::formatter<std::string_view>::format(text.view(), to);
    }
};
