// Result<T>: how every expected failure in this code base travels.
//
// A function that can fail for a reason the caller may want to act on returns Result<T>; exceptions are kept for broken
// invariants. An Error says what was wrong, where, and what to do about it; `context` is added on the way up.
#pragma once

#include <cassert>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace netkit {

// One code exists for each way a caller would act differently; numbers are never reused.
enum class Code : std::uint16_t {
    invalid_argument = 1,    // the input is wrong; repeating it cannot help
    not_found = 2,           // the thing named does not exist
    already_exists = 3,      // the thing named exists already
    conflict = 4,            // somebody else changed it in between: read again, then decide
    gone = 5,                // it existed, but that version is no longer to be had (HTTP 410)
    unavailable = 6,         // the other side cannot be reached or is not ready: retry later
    deadline_exceeded = 7,   // the time given was over
    cancelled = 8,           // the caller or shutdown gave up
    data_corrupted = 9,      // stored bytes do not say what they must
    fenced = 10,             // a newer leader term exists: stop acting
    resource_exhausted = 11, // a bound was reached (queue, size, disk)
    permission_denied = 12,  // refused by policy (HTTP 401, 403)
    unsupported = 13,        // understood, but not offered here
    internal = 14,           // anything else; a bug or an unknown failure
};

// The stable name of a code, as printed in messages and metrics ("not_found").
std::string_view code_name(Code code);

struct Error {
    Code code = Code::internal;
    std::string message;

    // Puts `what` in front of the message: "what: message".
    Error &&with(std::string_view what) && {
        message.insert(0, ": ");
        message.insert(0, what);
        return std::move(*this);
    }
};

inline Error make_error(Code code, std::string message) {
    return Error{code, std::move(message)};
}

struct Unit {
    friend bool operator==(Unit, Unit) { return true; }
};

// Either a value or an Error. Reading the wrong side is a broken invariant (assert).
template <class T = Unit> class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}     // NOLINT(google-explicit-constructor)
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {} // NOLINT(google-explicit-constructor)

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    T &value() & {
        assert(ok());
        return *std::get_if<0>(&state_);
    }
    const T &value() const & {
        assert(ok());
        return *std::get_if<0>(&state_);
    }
    T &&value() && {
        assert(ok());
        return std::move(*std::get_if<0>(&state_));
    }
    T &operator*() & { return value(); }
    const T &operator*() const & { return value(); }
    T &&operator*() && { return std::move(*this).value(); }
    T *operator->() { return &value(); }
    const T *operator->() const { return &value(); }

    const Error &error() const & {
        assert(!ok());
        return *std::get_if<1>(&state_);
    }
    Error &&error() && {
        assert(!ok());
        return std::move(*std::get_if<1>(&state_));
    }
    T value_or(T fallback) const & { return ok() ? value() : std::move(fallback); }

  private:
    std::variant<T, Error> state_;
};

using Status = Result<Unit>;
inline Status ok() {
    return Unit{};
}

} // namespace netkit
