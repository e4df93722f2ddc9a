#include "cli/audit/json_difference.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace xtn::audit {

namespace json = boost::json;

namespace {

constexpr std::size_t shown_bytes = 200;

std::string shown(const json::value *value) {
    if (value == nullptr) return "(absent)";
    auto text = json::serialize(*value);
    if (text.size() > shown_bytes) text = text.substr(0, shown_bytes) + "...";
    return text;
}

std::optional<Difference> differ(const json::value *left, const json::value *right, const std::string &path) {
    if (left == nullptr || right == nullptr || left->kind() != right->kind()) return Difference{path, shown(left), shown(right)};
    if (left->is_object()) {
        for (const auto &member : left->get_object())
            if (auto found = differ(&member.value(), right->get_object().if_contains(member.key()),
                                    path + "/" + std::string(member.key())))
                return found;
        for (const auto &member : right->get_object())
            if (!left->get_object().contains(member.key()))
                return Difference{path + "/" + std::string(member.key()), shown(nullptr), shown(&member.value())};
        return std::nullopt;
    }
    if (left->is_array()) {
        const auto &a = left->get_array();
        const auto &b = right->get_array();
        for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i)
            if (auto found =
                    differ(i < a.size() ? &a[i] : nullptr, i < b.size() ? &b[i] : nullptr, path + "/" + std::to_string(i)))
                return found;
        return std::nullopt;
    }
    if (*left == *right) return std::nullopt;
    return Difference{path, shown(left), shown(right)};
}

} // namespace

std::optional<Difference> first_difference(const json::value &left, const json::value &right) {
    return differ(&left, &right, "");
}

} // namespace xtn::audit
