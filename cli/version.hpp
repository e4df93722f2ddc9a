// What `--version` prints: release, revision of the source and compiler, so that a bug report names its binary.
#pragma once

#include <string>
#include <string_view>

namespace xtn::cli {

// "0.1.0"
std::string_view release();
// "xtrinode version 0.1.0 (commit: 1a2b3c4d5e6f, built with: clang 19.1.7)"
std::string version_text(std::string_view program);

} // namespace xtn::cli
