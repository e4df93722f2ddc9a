// One SQL value. Decimals, dates, times and the like are kept as the text that the client protocol shows.
#pragma once

#include "adapters/sandbox/trino/sql/type.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace xtn::sandbox::trino::sql {

struct Value {
    // nothing: NULL. vector: elements of an array, fields of a row, keys and values of a map in turn.
    std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<Value>> held;

    Value() = default;
    Value(bool v) : held(v) {}                          // NOLINT(google-explicit-constructor)
    Value(std::int64_t v) : held(v) {}                  // NOLINT(google-explicit-constructor)
    Value(double v) : held(v) {}                        // NOLINT(google-explicit-constructor)
    Value(std::string v) : held(std::move(v)) {}        // NOLINT(google-explicit-constructor)
    Value(const char *v) : held(std::string(v)) {}      // NOLINT(google-explicit-constructor)
    Value(std::vector<Value> v) : held(std::move(v)) {} // NOLINT(google-explicit-constructor)

    bool null() const { return held.index() == 0; }
    template <class T> const T *as() const { return std::get_if<T>(&held); }
    friend bool operator==(const Value &, const Value &) = default;
};

using Row = std::vector<Value>;

struct Column {
    std::string name;
    SqlType type;
};

// Appends the value as a client gets it in `data`. Without `parametric_datetime` times are cut or padded to milliseconds.
void append_value(std::string &out, const Value &value, const SqlType &type, bool parametric_datetime);

// "12:34:56.123456" with exactly `digits` fractional digits: cut or padded with zeros; what follows (zone, offset) stays.
std::string with_fraction_digits(std::string_view text, std::size_t digits);

// As CAST(value AS varchar) writes it; null for NULL.
std::string to_text(const Value &value, const SqlType &type);

} // namespace xtn::sandbox::trino::sql
