// What Subject::parse() checks, for who does not need the subject.
#pragma once

#include "core/base/result.hpp"

#include <string_view>

namespace xtn {

// Errors: invalid_argument, as Subject::parse().
Status check_subject(std::string_view text);

} // namespace xtn
