#include "kubeclient/merge_patch.hpp"

#include <boost/json/value.hpp>

namespace kube {
namespace json = boost::json;

json::object merge_diff(const json::object &from, const json::object &to) {
    json::object patch;
    for (const auto &member : to) {
        const auto *old = from.if_contains(member.key());
        if (old && *old == member.value()) continue;
        if (old && old->is_object() && member.value().is_object())
            patch[member.key()] = merge_diff(old->get_object(), member.value().get_object());
        else
            patch[member.key()] = member.value();
    }
    for (const auto &member : from)
        if (!to.contains(member.key())) patch[member.key()] = nullptr;
    return patch;
}

void merge_apply(json::object &target, const json::object &patch) {
    for (const auto &member : patch) {
        if (member.value().is_null()) {
            if (const auto found = target.find(member.key()); found != target.end()) target.stable_erase(found);
        } else if (member.value().is_object()) {
            auto &slot = target[member.key()];
            if (!slot.is_object()) slot.emplace_object();
            merge_apply(slot.get_object(), member.value().get_object());
        } else {
            target[member.key()] = member.value();
        }
    }
}

} // namespace kube
