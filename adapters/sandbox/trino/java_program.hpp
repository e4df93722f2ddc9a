// Finds a Java that is new enough for Trino.
#pragma once

#include "core/base/result.hpp"

#include <filesystem>
#include <optional>
#include <string_view>

namespace xtn::sandbox::trino {

inline constexpr int oldest_java = 24; // of Trino 476 and later

// The major version in the output of `java -version`, or nothing.
std::optional<int> java_version(std::string_view output);

// `wanted` if given; else the first that is new enough of $JAVA_HOME/bin/java, java on PATH, /usr/lib/jvm/*/bin/java.
// Errors: not_found (no Java at all), unsupported (which were found, and what is needed).
Result<std::filesystem::path> find_java(const std::filesystem::path &wanted);

} // namespace xtn::sandbox::trino
