// The session properties that the stand-in knows, as a table: those of Trino that clients set most, and its own switches.
#pragma once

#include "adapters/sandbox/trino/session.hpp"
#include "adapters/sandbox/trino/sql/error.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace xtn::sandbox::trino {

struct SessionProperty {
    enum class Kind { text, duration, data_size, number, boolean };
    std::string_view name;
    std::string_view default_value;
    Kind kind;
    std::string_view description;
    std::string_view type() const; // as SHOW SESSION shows it
};

std::span<const SessionProperty> session_properties();

// NOT_SUPPORTED for what does not look like a time zone ("UTC", "Europe/Warsaw", "+02:00"); the database of zones is not read.
std::optional<sql::SqlError> check_time_zone(std::string_view zone);

// INVALID_SESSION_PROPERTY for a name that is not known or a value that is none of its kind. Names with a dot belong to catalogs
// and are taken as they are.
std::optional<sql::SqlError> check_session_property(std::string_view name, std::string_view value);
std::optional<sql::SqlError> check_session_properties(const Session &session);

// Whether there is a property of that name; those of catalogs always count.
bool is_session_property(std::string_view name);
// The type that its values must have: "varchar", "integer", "boolean".
std::string_view session_property_type(std::string_view name);

// Values for one session: its own, else the default.
std::chrono::milliseconds duration_property(const Session &session, std::string_view name);
std::int64_t number_property(const Session &session, std::string_view name);

} // namespace xtn::sandbox::trino
