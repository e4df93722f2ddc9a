// The last word of a log that cannot be written any more, for the person who finds the process gone: what failed, where, what is
// safe, and what to do. Internal to core/log.
#pragma once

#include "core/log/anchor.hpp"

#include <filesystem>

namespace xtn {

// `cause` as RocksDB or the kernel put it; `safe`: what was acknowledged. Same code as the cause.
Error last_word(const Error &cause, const std::filesystem::path &folder, const AnchorState &safe);

// What to do about a cause, by what its text says ("No space left on device"); a sentence.
std::string advice_on(std::string_view cause, const std::filesystem::path &folder);

} // namespace xtn
