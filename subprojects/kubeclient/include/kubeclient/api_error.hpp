// What a Kubernetes API call can end in: a value, or an ApiError that says what the server (or the way to it) answered.
#pragma once

#include "netkit/http_message.hpp"
#include "netkit/result.hpp"

#include <boost/json/object.hpp>

#include <cassert>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace kube {

// One entry of Status.details.causes.
struct Cause {
    std::string reason; // "FieldManagerConflict", "FieldValueInvalid"
    std::string message;
    std::string field; // ".spec.replicas"
};

struct ApiError {
    int status = 0;                             // HTTP status; 0: no answer arrived
    netkit::Code kind = netkit::Code::internal; // what a caller would do about it
    std::string reason;                         // the server's word ("NotFound", "Conflict", "Expired"); empty without a Status
    std::string message;                        // one sentence
    std::vector<Cause> causes;                  // empty for most errors
    std::optional<std::chrono::seconds> retry_after; // the server's wish; nothing when it has none

    bool not_found() const { return kind == netkit::Code::not_found; }
    bool conflict() const { return kind == netkit::Code::conflict; }
    bool gone() const { return kind == netkit::Code::gone; }
    // Repeating the same call later may help: no answer, overload, server trouble.
    bool retryable() const;
    // The short form for logs and events: the HTTP status ("409"), else the code's name ("unavailable").
    std::string code_text() const;
    // Names of the field managers that an apply conflicted with, each once, in order of the causes.
    std::vector<std::string> conflicting_managers() const;
    netkit::Error to_error() const;

    // From an answer that is not 2xx; the body is read as a Status object when it is one.
    static ApiError from_response(const netkit::Response &response);
    // From a call that got no answer.
    static ApiError from_transport(const netkit::Error &error);
    // From a Status object, as a watch delivers it in an ERROR event.
    static ApiError from_status(const boost::json::object &status);
    static ApiError make(netkit::Code kind, std::string message);
};

// Either a value or an ApiError. Reading the wrong side is a broken invariant (assert).
template <class T = netkit::Unit> class [[nodiscard]] ApiResult {
  public:
    ApiResult(T value) : state_(std::in_place_index<0>, std::move(value)) {}        // NOLINT(google-explicit-constructor)
    ApiResult(ApiError error) : state_(std::in_place_index<1>, std::move(error)) {} // NOLINT(google-explicit-constructor)

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
    T &operator*() & { return value(); }
    const T &operator*() const & { return value(); }
    T *operator->() { return &value(); }
    const T *operator->() const { return &value(); }
    const ApiError &error() const {
        assert(!ok());
        return *std::get_if<1>(&state_);
    }

  private:
    std::variant<T, ApiError> state_;
};

} // namespace kube
