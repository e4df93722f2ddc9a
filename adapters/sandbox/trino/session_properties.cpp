#include "adapters/sandbox/trino/session_properties.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace xtn::sandbox::trino {

namespace {

using enum SessionProperty::Kind;

constexpr std::array properties = {
    SessionProperty{"distributed_sort", "true", boolean, "Parallelize sort across multiple nodes"},
    SessionProperty{"enable_dynamic_filtering", "true", boolean, "Enable dynamic filtering"},
    SessionProperty{"exchange_compression_codec", "NONE", text, "Compression codec used for data in exchanges"},
    SessionProperty{"join_distribution_type", "AUTOMATIC", text,
                    "Join distribution type. Possible values: [BROADCAST, PARTITIONED, AUTOMATIC]"},
    SessionProperty{"join_max_broadcast_table_size", "100MB", data_size,
                    "Maximum estimated size of a table that can be broadcast when using automatic join type selection"},
    SessionProperty{"join_reordering_strategy", "AUTOMATIC", text,
                    "Join reordering strategy. Possible values: [NONE, ELIMINATE_CROSS_JOINS, AUTOMATIC]"},
    SessionProperty{"prefer_partial_aggregation", "true", boolean, "Prefer splitting aggregations into partial and final stages"},
    SessionProperty{"query_max_cpu_time", "1000000000.00d", duration, "Maximum CPU time of a query"},
    SessionProperty{"query_max_execution_time", "100.00d", duration,
                    "Maximum execution time of a query (does not include the queueing and planning time)"},
    SessionProperty{"query_max_memory", "20GB", data_size, "Maximum amount of distributed memory a query can use"},
    SessionProperty{"query_max_planning_time", "10.00m", duration, "Maximum planning time of a query"},
    SessionProperty{"query_max_run_time", "100.00d", duration, "Maximum run time of a query (includes the queueing time)"},
    SessionProperty{"query_max_scan_physical_bytes", "", data_size, "Maximum scan physical bytes of a query"},
    SessionProperty{"query_max_total_memory", "40GB", data_size, "Maximum amount of distributed total memory a query can use"},
    SessionProperty{"query_priority", "1", number, "The priority of queries. Larger numbers are higher priority"},
    SessionProperty{"redistribute_writes", "true", boolean, "Force parallel distributed writes"},
    SessionProperty{"resource_overcommit", "false", boolean,
                    "Use resources which are not guaranteed to be available to the query"},
    SessionProperty{"retry_policy", "NONE", text, "Retry policy. Possible values: [NONE, QUERY, TASK]"},
    SessionProperty{"scale_writers", "true", boolean, "Scale out writers based on throughput (use minimum necessary)"},
    SessionProperty{"spill_enabled", "false", boolean, "Enable spilling"},
    SessionProperty{"stand_in_page_bytes", "1000000", number, "Stand-in only: size of a page of results, at most 16777216"},
    SessionProperty{"stand_in_page_time", "0.00s", duration, "Stand-in only: wait before each page of results"},
    SessionProperty{"stand_in_queued_time", "0.00s", duration, "Stand-in only: how long a query stays queued"},
    SessionProperty{"task_concurrency", "16", number, "Default number of local parallel jobs per worker"},
    SessionProperty{"time_zone_id", "", text, "Time Zone Id for the current session"},
    SessionProperty{"writer_scaling_min_data_processed", "120MB", data_size,
                    "Minimum amount of uncompressed output data processed by writers before writer scaling can happen"},
};

bool is_size(std::string_view text) {
    double number = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc() || number < 0) return false;
    const auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
    static constexpr std::array<std::string_view, 6> units = {"B", "kB", "MB", "GB", "TB", "PB"};
    return std::find(units.begin(), units.end(), unit) != units.end();
}

std::optional<std::int64_t> whole(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

const SessionProperty *find(std::string_view name) {
    const auto *const at =
        std::find_if(properties.begin(), properties.end(), [&](const SessionProperty &p) { return p.name == name; });
    return at == properties.end() ? nullptr : at;
}

std::string_view value_of(const Session &session, std::string_view name) {
    const auto set = session.properties.find(std::string(name));
    if (set != session.properties.end()) return set->second;
    const auto *property = find(name);
    return property != nullptr ? property->default_value : std::string_view();
}

} // namespace

std::optional<sql::SqlError> check_time_zone(std::string_view zone) {
    static constexpr std::array<std::string_view, 14> areas = {"Africa/",   "America/",   "Antarctica/", "Arctic/", "Asia/",
                                                               "Atlantic/", "Australia/", "Brazil/",     "Canada/", "Etc/",
                                                               "Europe/",   "Indian/",    "Pacific/",    "US/"};
    static constexpr std::array<std::string_view, 12> names = {"UTC", "GMT", "UT",  "Z",   "CET", "EET",
                                                               "MET", "WET", "EST", "MST", "HST", "Zulu"};
    const bool in_area = std::any_of(areas.begin(), areas.end(),
                                     [&](std::string_view area) { return zone.starts_with(area) && zone.size() > area.size(); });
    const bool offset = zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':';
    if (in_area || offset || std::find(names.begin(), names.end(), zone) != names.end()) return std::nullopt;
    sql::SqlError error;
    error.code = sql::errors::not_supported;
    error.message = "Time zone not supported: " + std::string(zone);
    error.exception = "io.trino.spi.type.TimeZoneNotSupportedException";
    return error;
}

std::string_view SessionProperty::type() const {
    return kind == boolean ? "boolean" : kind == number ? "integer" : "varchar";
}

std::span<const SessionProperty> session_properties() {
    return properties;
}

std::optional<sql::SqlError> check_session_property(std::string_view name, std::string_view value) {
    if (name.find('.') != std::string_view::npos) return std::nullopt;
    sql::SqlError error;
    error.code = sql::errors::invalid_session_property;
    const auto *property = find(name);
    if (property == nullptr) {
        error.message = "Session property '" + std::string(name) + "' does not exist";
        return error;
    }
    const std::string invalid = "Session property '" + std::string(name) + "' is invalid: ";
    switch (property->kind) {
    case duration:
        if (read_duration(value)) return std::nullopt;
        error.message = invalid + "duration is not a valid data duration string: " + std::string(value);
        return error;
    case data_size:
        if (is_size(value)) return std::nullopt;
        error.message = invalid + "size is not a valid data size string: " + std::string(value);
        return error;
    case number:
        if (whole(value)) return std::nullopt;
        error.message = std::string(name) + " must be integer";
        return error;
    case boolean:
        if (value == "true" || value == "false") return std::nullopt;
        error.message = std::string(name) + " must be boolean";
        return error;
    case text:
        return std::nullopt;
    }
    return std::nullopt;
}

bool is_session_property(std::string_view name) {
    return name.find('.') != std::string_view::npos || find(name) != nullptr;
}

std::string_view session_property_type(std::string_view name) {
    const auto *property = find(name);
    return property != nullptr ? property->type() : std::string_view();
}

std::optional<sql::SqlError> check_session_properties(const Session &session) {
    for (const auto &[name, value] : session.properties)
        if (auto error = check_session_property(name, value)) return error;
    return std::nullopt;
}

std::chrono::milliseconds duration_property(const Session &session, std::string_view name) {
    return read_duration(value_of(session, name)).value_or(std::chrono::milliseconds(0));
}

std::int64_t number_property(const Session &session, std::string_view name) {
    return whole(value_of(session, name)).value_or(0);
}

} // namespace xtn::sandbox::trino
