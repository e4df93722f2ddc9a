#include "adapters/sandbox/sim/conditions.hpp"

#include <boost/json/array.hpp>

namespace xtn::sandbox::sim {

namespace json = boost::json;

json::object make_condition(std::string_view type, bool status, std::string_view reason, std::string_view message) {
    json::object condition = {{"type", type}, {"status", status ? "True" : "False"}};
    if (!reason.empty()) condition["reason"] = reason;
    if (!message.empty()) condition["message"] = message;
    return condition;
}

const json::object *condition_of(const json::object &status, std::string_view type) {
    for (const auto &entry : array_at(status, "conditions"))
        if (const auto *condition = entry.if_object(); condition != nullptr && text_at(*condition, "type") == type)
            return condition;
    return nullptr;
}

void keep_times(json::object &condition, const json::object &old_status, const std::string &now, bool with_update_time) {
    const auto *old = condition_of(old_status, text_at(condition, "type"));
    const bool same_status = old != nullptr && text_at(*old, "status") == text_at(condition, "status");
    const bool same = same_status && text_at(*old, "reason") == text_at(condition, "reason") &&
                      text_at(*old, "message") == text_at(condition, "message");
    condition["lastTransitionTime"] = same_status ? text_at(*old, "lastTransitionTime") : now;
    if (with_update_time) condition["lastUpdateTime"] = same ? text_at(*old, "lastUpdateTime") : now;
}

bool condition_is(const json::object &object, std::string_view type) {
    const auto *condition = condition_of(object_at(object, "status"), type);
    return condition != nullptr && text_at(*condition, "status") == "True";
}

} // namespace xtn::sandbox::sim
