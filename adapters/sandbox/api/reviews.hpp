// Access and token reviews: there is one user, the admin with the token, and it may do everything; without the token, nothing.
#pragma once

#include "adapters/sandbox/api/discovery.hpp"

#include <boost/json/object.hpp>

#include <string_view>

namespace xtn::sandbox {

inline constexpr std::string_view admin_user = "sandbox-admin";

// The review with its status filled in.
boost::json::object answer_review(const ReviewKind &kind, boost::json::object review, std::string_view admin_token);

} // namespace xtn::sandbox
