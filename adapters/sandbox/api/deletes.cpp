// DELETE of one object and of a collection: preconditions, propagation, finalizers, grace periods.
#include "adapters/sandbox/api/machinery.hpp"
#include "adapters/sandbox/objects/metadata.hpp"
#include "adapters/sandbox/objects/status.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;
using objects::Kind;

constexpr std::int64_t default_pod_grace = 30;

bool is_namespace(const Kind &kind) {
    return kind.group.empty() && kind.plural == "namespaces";
}

std::optional<ApiFailure> precondition_failure(const Target &target, const Removal &removal, const json::object &live) {
    const auto &kind = *target.kind;
    const auto uid = objects::meta_string(live, "uid");
    if (removal.uid && *removal.uid != uid)
        return objects::conflict(
            kind.group, kind.kind, target.name,
            fmt::format("the UID in the precondition ({}) does not match the UID in record ({}). The object might have "
                        "been deleted and then recreated",
                        *removal.uid, uid));
    const auto revision = objects::meta_string(live, "resourceVersion");
    if (removal.resource_version && *removal.resource_version != revision)
        return objects::conflict(
            kind.group, kind.kind, target.name,
            fmt::format("the ResourceVersion in the precondition ({}) does not match the ResourceVersion in record ({}). "
                        "The object might have been modified",
                        *removal.resource_version, revision));
    return {};
}

// The finalizer that a propagation policy stands for.
std::string_view finalizer_of(const std::optional<std::string> &propagation) {
    if (propagation == "Foreground") return "foregroundDeletion";
    if (propagation == "Orphan") return "orphan";
    return {};
}

void add_finalizer(json::object &object, std::string_view finalizer) {
    auto &value = objects::meta(object)["finalizers"];
    if (!value.is_array()) value.emplace_array();
    auto &finalizers = value.get_array();
    if (std::none_of(finalizers.begin(), finalizers.end(), [&](const json::value &v) { return v == json::value(finalizer); }))
        finalizers.emplace_back(finalizer);
}

std::int64_t grace_of(const Kind &kind, const Removal &removal, const json::object &live) {
    if (!kind.graceful_delete) return 0;
    const auto phase = objects::field_text(live, "status.phase");
    if (objects::field_text(live, "spec.nodeName").empty() || phase == "Failed" || phase == "Succeeded") return 0;
    if (removal.grace_seconds) return std::max<std::int64_t>(*removal.grace_seconds, 0);
    const auto *spec = live.if_contains("spec");
    const auto *given = spec && spec->is_object() ? spec->get_object().if_contains("terminationGracePeriodSeconds") : nullptr;
    return given && given->is_int64() ? given->get_int64() : default_pod_grace;
}

} // namespace

ApiResult<Removed> Machinery::remove(const Target &target, const Removal &removal) {
    const auto &kind = *target.kind;
    const auto key = key_of(kind, target.ns, target.name);
    while (true) {
        const auto live = store_.get(key);
        if (!live) return not_found(target);
        if (auto failed = precondition_failure(target, removal, *live)) return std::move(*failed);
        json::object next = *live;
        auto &meta = objects::meta(next);
        const auto policy = finalizer_of(removal.propagation);
        if (!policy.empty()) add_finalizer(next, policy);
        const auto grace = grace_of(kind, removal, *live);
        const bool already = objects::being_deleted(*live);
        const bool held = objects::has_finalizers(next) || is_namespace(kind);
        if (!held && grace == 0) {
            if (kind.graceful_delete) { // seen with its end marked, though it is over at once
                meta["deletionTimestamp"] = Timestamp::now().rfc3339_seconds();
                meta["deletionGracePeriodSeconds"] = 0;
            }
            if (removal.dry_run) return Removed{.finished = true, .object = served(kind, next)};
            auto gone = store_.remove(key, live, std::move(next));
            if (!gone.ok() && gone.error().code == Code::conflict) continue;
            if (!gone.ok()) return objects::internal_failure(gone.error().message);
            if (auto done = after_write(kind, **gone, true); !done.ok()) return objects::internal_failure(done.error().message);
            return Removed{.finished = true, .object = served(kind, **gone)};
        }
        const auto *old_grace = meta.if_contains("deletionGracePeriodSeconds");
        const bool shorter = already && old_grace && old_grace->is_int64() && grace < old_grace->get_int64();
        if (!already || shorter) {
            meta["deletionTimestamp"] = Timestamp::now().plus(std::chrono::seconds(grace)).rfc3339_seconds();
            if (!is_namespace(kind)) meta["deletionGracePeriodSeconds"] = grace;
            if (kind.has_generation && !already) {
                const auto *generation = meta.if_contains("generation");
                meta["generation"] = (generation && generation->is_int64() ? generation->get_int64() : 0) + 1;
            }
            if (is_namespace(kind)) next["status"] = json::object{{"phase", "Terminating"}};
        }
        if (removal.dry_run || next == *live) return Removed{.finished = false, .object = served(kind, next)};
        auto marked = store_.put(key, live, std::move(next));
        if (!marked.ok() && marked.error().code == Code::conflict) continue;
        if (!marked.ok()) return objects::internal_failure(marked.error().message);
        return Removed{.finished = false, .object = served(kind, **marked)};
    }
}

ApiResult<ListPage> Machinery::remove_all(const Target &target, const ListQuery &query, const Removal &removal) {
    auto listed = list(target, query);
    if (std::holds_alternative<ApiFailure>(listed)) return listed;
    auto &page = std::get<ListPage>(listed);
    for (const auto &item : page.items) {
        Target one = target;
        one.ns = objects::namespace_of(*item);
        one.name = objects::name_of(*item);
        auto removed = remove(one, removal);
        if (auto *failed = std::get_if<ApiFailure>(&removed); failed && failed->code != 404) return std::move(*failed);
    }
    return listed;
}

} // namespace xtn::sandbox
