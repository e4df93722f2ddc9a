// The parts of the catalogue, one file each; catalogue() joins them in this order. Not for use outside this folder.
#pragma once

#include "core/event/catalogue.hpp"

#include <span>

namespace xtn::tables {

std::span<const EventTypeInfo> wanted();   // what users want
std::span<const EventTypeInfo> observed(); // what was seen
std::span<const EventTypeInfo> decided();  // what policies decided
std::span<const EventTypeInfo> done();     // what adapters did, and the log about itself
std::span<const EventTypeInfo> queries();  // the query stream

// Columns that repeat.
inline constexpr bool must_understand = true;
inline constexpr bool ignorable = false;
inline constexpr bool sheddable = true;
inline constexpr std::string_view no_redaction = "none";
inline constexpr std::string_view on_change = "only on change";
inline constexpr std::string_view once_per_decision = "one per decision";
inline constexpr std::string_view once_per_request = "one per request";

// Subjects other than a runtime.
inline constexpr std::string_view about_cluster = "cluster";
inline constexpr std::string_view about_runtime = "runtime/<namespace>/<name>";
inline constexpr std::string_view about_the_log = "log";
inline constexpr std::string_view about_catalog = "catalog/<namespace>/<name>";

} // namespace xtn::tables
