#include "adapters/sandbox/trino/sql/decimal.hpp"
#include "adapters/sandbox/trino/sql/evaluator.hpp"
#include "adapters/sandbox/trino/sql/parser.hpp"

#include <cmath>

namespace xtn::sandbox::trino::sql {

namespace {

std::string cannot(const Value &value, const SqlType &from, const SqlType &to) {
    return "Cannot cast '" + to_text(value, from) + "' to " + (to.base == "integer" ? "INT" : display(to, true));
}

bool to_integer(const Value &value, const SqlType &from, const SqlType &to, Value &out, std::string &why) {
    Decimal number;
    if (const auto *n = value.as<std::int64_t>()) {
        number.unscaled = *n;
    } else if (const auto *b = value.as<bool>()) {
        number.unscaled = *b ? 1 : 0;
    } else if (const auto *d = value.as<double>()) {
        if (!std::isfinite(*d) || std::fabs(*d) > 9.2e18) {
            why = "Cannot cast " + to_text(value, from) + " to " + to.base;
            return false;
        }
        number.unscaled = std::llround(*d);
    } else {
        const auto read = read_decimal(*value.as<std::string>());
        if (!read || (from.base != "decimal" && read->scale != 0)) {
            why = cannot(value, from, to);
            return false;
        }
        number = rescale(*read, 38, 0).value_or(*read);
    }
    if (!fits(number, to.base)) {
        why = "Out of range for " + to.base + ": " + to_text(value, from);
        return false;
    }
    out = static_cast<std::int64_t>(number.unscaled);
    return true;
}

bool to_floating(const Value &value, const SqlType &from, const SqlType &to, Value &out, std::string &why) {
    double number = 0;
    if (const auto *n = value.as<std::int64_t>()) {
        number = static_cast<double>(*n);
    } else if (const auto *d = value.as<double>()) {
        number = *d;
    } else if (const auto *b = value.as<bool>()) {
        number = *b ? 1 : 0;
    } else {
        const auto &text = *value.as<std::string>();
        char *end = nullptr;
        number = std::strtod(text.c_str(), &end);
        if (text.empty() || *end != '\0') {
            why = cannot(value, from, to);
            return false;
        }
    }
    out = to.base == "real" ? static_cast<double>(static_cast<float>(number)) : number;
    return true;
}

bool to_decimal(const Value &value, const SqlType &from, const SqlType &to, Value &out, std::string &why) {
    std::optional<Decimal> read;
    if (const auto *n = value.as<std::int64_t>()) read = Decimal{*n, 0};
    if (const auto *s = value.as<std::string>()) read = read_decimal(*s);
    if (value.as<double>() != nullptr || value.as<bool>() != nullptr) return false;
    const auto fitted = read ? rescale(*read, static_cast<int>(to.numbers[0]), static_cast<int>(to.numbers[1])) : std::nullopt;
    if (!fitted) {
        why = "Cannot cast " + display(from, true) + " '" + to_text(value, from) + "' to DECIMAL(" +
              std::to_string(to.numbers[0]) + ", " + std::to_string(to.numbers[1]) + ")";
        return false;
    }
    out = fitted->text();
    return true;
}

bool to_characters(const Value &value, const SqlType &from, const SqlType &to, Value &out, std::string &why) {
    std::string text = to_text(value, from);
    const auto length = static_cast<std::size_t>(to.numbers[0]);
    auto points = code_points(text);
    if (points > length) { // text is cut, numbers must fit
        if (!is_text(from)) {
            why = "Value " + text + " cannot be represented as " + display(to, true);
            return false;
        }
        std::size_t at = text.size();
        while (points > length)
            if ((static_cast<unsigned char>(text[--at]) & 0xC0U) != 0x80U) --points;
        text.resize(at);
    }
    if (to.base == "char" && points < length) text.append(length - points, ' ');
    out = text;
    return true;
}

// Cut or padded to the type's precision; what is cut off rounds, and where that would change more than the fraction it is not
// done.
bool to_precision(const std::string &text, const SqlType &to, Value &out) {
    constexpr std::size_t most = 12;
    const auto digits = static_cast<std::size_t>(to.numbers[0]);
    const auto full = with_fraction_digits(text, most);
    const auto point = full.find('.');
    std::string fraction = full.substr(point + 1, most);
    if (digits < most && fraction[digits] >= '5') {
        std::size_t at = digits;
        while (at > 0 && fraction[at - 1] == '9')
            fraction[--at] = '0';
        if (at == 0) return false;
        ++fraction[at - 1];
    }
    out = with_fraction_digits(full.substr(0, point + 1) + fraction + full.substr(point + 1 + most), digits);
    return true;
}

} // namespace

bool is_range_failure(std::string_view why) {
    return why.starts_with("Out of range");
}

bool cast_value(const Value &value, const SqlType &from, const SqlType &to, Value &out, std::string &why) {
    if (value.null() || from == to) {
        out = value;
        return true;
    }
    const bool scalar = from.children.empty() && value.as<std::vector<Value>>() == nullptr;
    if (scalar && is_integer(to)) return to_integer(value, from, to, out, why);
    if (scalar && is_floating(to)) return to_floating(value, from, to, out, why);
    if (scalar && to.base == "decimal") return to_decimal(value, from, to, out, why);
    if (scalar && is_text(to)) return to_characters(value, from, to, out, why);
    if (scalar && is_text(from) && to.children.empty()) { // 'text' as date, boolean, uuid, ...: as the literal of that type
        const auto blank = to.base.find(' ');
        Expr read;
        if (read_typed_literal(to.base.substr(0, blank), *value.as<std::string>(), read)) {
            why = "Value cannot be cast to " + to.base + ": " + *value.as<std::string>();
            return false;
        }
        if (read.type.base != to.base) return false;
        if (has_precision(to)) return to_precision(*read.value.as<std::string>(), to, out);
        out = read.value;
        return true;
    }
    if (from.base == to.base && has_precision(to)) return to_precision(*value.as<std::string>(), to, out);
    if (from.base == to.base && from.children.size() == to.children.size() && !to.children.empty()) {
        std::vector<Value> items = *value.as<std::vector<Value>>();
        for (std::size_t i = 0; i < items.size(); ++i) {
            const auto child = to.base == "row" ? i : to.base == "map" ? i % 2 : 0;
            Value made;
            if (!cast_value(items[i], from.children[child], to.children[child], made, why)) return false;
            items[i] = std::move(made);
        }
        out = std::move(items);
        return true;
    }
    return false;
}

} // namespace xtn::sandbox::trino::sql
