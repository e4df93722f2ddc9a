#include "projections/catalogs/label_selector.hpp"

#include "projections/json_read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace xtn {

namespace {

Error invalid(std::string what) {
    return make_error(Code::invalid_argument, "invalid CatalogSelector: " + std::move(what));
}

std::optional<std::string> label(const boost::json::object &labels, std::string_view key) {
    const auto *value = read::member(labels, key);
    return value != nullptr && value->is_string() ? std::optional(std::string(read::view(*value))) : std::nullopt;
}

Result<bool> term_matches(const boost::json::object &term, const boost::json::object &labels) {
    const auto key = read::text(term, "key");
    const auto op = read::text(term, "operator");
    if (key.empty()) return invalid("a matchExpressions term has no key");
    const auto values = read::texts(term, "values");
    const auto found = label(labels, key);
    if (op == "In" || op == "NotIn") {
        if (values.empty()) return invalid(fmt::format("{} of key '{}' needs values", op, key));
        const bool in = found && std::find(values.begin(), values.end(), *found) != values.end();
        return op == "In" ? in : !in;
    }
    if (op == "Exists" || op == "DoesNotExist") {
        if (!values.empty()) return invalid(fmt::format("{} of key '{}' takes no values", op, key));
        return found.has_value() == (op == "Exists");
    }
    return invalid(fmt::format("'{}' is not an operator", op));
}

} // namespace

Result<bool> selector_matches(const boost::json::object &selector, const boost::json::object &labels) {
    bool matches = true;
    if (const auto *wanted = read::object(selector, "matchLabels"))
        for (const auto &member : *wanted) {
            if (!member.value().is_string())
                return invalid(fmt::format("label '{}' is not a string", std::string_view(member.key())));
            matches = matches && label(labels, std::string_view(member.key())) == std::string(read::view(member.value()));
        }
    if (const auto *terms = read::array(selector, "matchExpressions"))
        for (const auto &value : *terms) {
            const auto *term = value.if_object();
            if (term == nullptr) return invalid("a matchExpressions term is not an object");
            const auto one = term_matches(*term, labels);
            if (!one.ok()) return one.error();
            matches = matches && one.value();
        }
    return matches;
}

} // namespace xtn
