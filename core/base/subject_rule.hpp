// What Subject::parse() checks, for who does not need the subject.
#pragma once

#include "core/base/result.hpp"

#include <optional>
#include <string_view>

namespace xtn {

// Errors: invalid_argument, as Subject::parse().
Status check_subject(std::string_view text);

struct RuntimeNames {
    std::string_view ns, name; // parts of the subject's text
};
// As Subject::as_runtime(), without copies and words; nothing: the subject is no runtime.
std::optional<RuntimeNames> runtime_names(std::string_view subject);

} // namespace xtn
