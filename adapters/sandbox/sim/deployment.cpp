#include "adapters/sandbox/sim/deployment.hpp"

#include "adapters/sandbox/sim/conditions.hpp"
#include "adapters/sandbox/sim/json_path.hpp"

#include "core/base/sha256.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>

namespace xtn::sandbox::sim {

namespace json = boost::json;

namespace {

constexpr std::string_view hash_label = "pod-template-hash";
constexpr std::string_view revision_annotation = "deployment.kubernetes.io/revision";

std::int64_t wanted_replicas(const json::object &deployment) {
    return number_at(deployment, "spec.replicas", 1);
}

// "25%" of a number, or the number itself.
std::int64_t resolve(const json::value *given, std::int64_t of, bool round_up, std::int64_t fallback_percent) {
    std::int64_t percent = fallback_percent;
    if (given != nullptr && given->is_int64()) return given->get_int64();
    if (given != nullptr && given->is_string()) {
        const std::string_view text = given->get_string();
        std::from_chars(text.data(), text.data() + text.size(), percent);
    }
    return round_up ? (of * percent + 99) / 100 : of * percent / 100;
}

struct Bounds {
    std::int64_t surge = 0;
    std::int64_t unavailable = 0;
};
Bounds bounds_of(const json::object &deployment) {
    constexpr std::int64_t standard_percent = 25;
    const auto wanted = wanted_replicas(deployment);
    if (text_at(deployment, "spec.strategy.type") == "Recreate") return {0, wanted};
    Bounds bounds;
    bounds.surge = resolve(find(deployment, "spec.strategy.rollingUpdate.maxSurge"), wanted, true, standard_percent);
    bounds.unavailable = resolve(find(deployment, "spec.strategy.rollingUpdate.maxUnavailable"), wanted, false, standard_percent);
    if (bounds.surge == 0 && bounds.unavailable == 0) bounds.unavailable = 1; // otherwise nothing would ever move
    bounds.unavailable = std::min(bounds.unavailable, wanted);
    return bounds;
}

json::object template_without_hash(const json::object &replica_set) {
    json::object copy = object_at(replica_set, "spec.template");
    if (auto *meta = copy.if_contains("metadata"); meta != nullptr && meta->is_object())
        if (auto *labels = meta->get_object().if_contains("labels"); labels != nullptr && labels->is_object())
            labels->get_object().erase(hash_label);
    return copy;
}

std::int64_t revision_number(const json::object &object) {
    const auto text = object_at(object, "metadata.annotations").if_contains(revision_annotation);
    std::int64_t number = 0;
    if (text != nullptr && text->is_string()) {
        const std::string_view view = text->get_string();
        std::from_chars(view.data(), view.data() + view.size(), number);
    }
    return number;
}

std::int64_t spec_replicas(const json::object &replica_set) {
    return number_at(replica_set, "spec.replicas", 1);
}
std::int64_t available(const json::object &replica_set) {
    return number_at(replica_set, "status.availableReplicas");
}

struct Totals {
    std::int64_t replicas = 0, ready = 0, available = 0;
};
Totals totals(const std::vector<json::object> &replica_sets) {
    Totals sum;
    for (const auto &set : replica_sets) {
        sum.replicas += number_at(set, "status.replicas");
        sum.ready += number_at(set, "status.readyReplicas");
        sum.available += available(set);
    }
    return sum;
}

} // namespace

std::string template_hash(const json::object &pod_template) {
    static constexpr std::string_view alphabet = "bcdfghjklmnpqrstvwxz2456789";
    const auto digest = sha256(json::serialize(pod_template));
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i)
        number = number << 8U | static_cast<unsigned char>(digest[i]);
    std::string out = std::to_string(number);
    for (char &c : out)
        c = alphabet[static_cast<unsigned char>(c) % alphabet.size()];
    return out;
}

int find_new(const json::object &deployment, const std::vector<json::object> &replica_sets) {
    const auto &wanted = object_at(deployment, "spec.template");
    for (std::size_t i = 0; i < replica_sets.size(); ++i)
        if (template_without_hash(replica_sets[i]) == wanted) return static_cast<int>(i);
    return -1;
}

json::object replica_set_annotations(const json::object &deployment, const std::string &revision) {
    const auto wanted = wanted_replicas(deployment);
    return {{"deployment.kubernetes.io/desired-replicas", std::to_string(wanted)},
            {"deployment.kubernetes.io/max-replicas", std::to_string(wanted + bounds_of(deployment).surge)},
            {revision_annotation, revision}};
}

json::object make_replica_set(const json::object &deployment, const std::vector<json::object> &old) {
    json::object pod_template = object_at(deployment, "spec.template");
    const auto hash = template_hash(pod_template);
    auto &meta = pod_template["metadata"];
    if (!meta.is_object()) meta.emplace_object();
    auto &labels = meta.get_object()["labels"];
    if (!labels.is_object()) labels.emplace_object();
    labels.get_object()[hash_label] = hash;
    json::object selector = object_at(deployment, "spec.selector");
    auto &match = selector["matchLabels"];
    if (!match.is_object()) match.emplace_object();
    match.get_object()[hash_label] = hash;
    std::int64_t revision = 0;
    for (const auto &set : old)
        revision = std::max(revision, revision_number(set));
    json::object metadata = {{"name", name_of(deployment) + "-" + hash},
                             {"namespace", namespace_of(deployment)},
                             {"labels", labels},
                             {"annotations", replica_set_annotations(deployment, std::to_string(revision + 1))},
                             {"ownerReferences", json::array{controller_reference("apps/v1", "Deployment", deployment)}}};
    return {{"apiVersion", "apps/v1"},
            {"kind", "ReplicaSet"},
            {"metadata", std::move(metadata)},
            {"spec", json::object{{"replicas", 0}, {"selector", std::move(selector)}, {"template", std::move(pod_template)}}}};
}

std::vector<std::pair<std::size_t, std::int64_t>> next_replicas(const json::object &deployment,
                                                                const std::vector<json::object> &sets, std::size_t current) {
    const auto wanted = wanted_replicas(deployment);
    const auto bounds = bounds_of(deployment);
    const bool recreate = text_at(deployment, "spec.strategy.type") == "Recreate";
    std::vector<std::int64_t> replicas(sets.size());
    std::int64_t total = 0;
    std::int64_t old_pods = 0;
    for (std::size_t i = 0; i < sets.size(); ++i) {
        replicas[i] = spec_replicas(sets[i]);
        total += replicas[i];
        if (i != current) old_pods += number_at(sets[i], "status.replicas");
    }
    // Up (or straight down) with the new one, as far as the surge allows; Recreate waits until the old pods are gone.
    const std::int64_t old_replicas = total - replicas[current];
    if (replicas[current] > wanted) {
        replicas[current] = wanted;
    } else if (recreate) {
        if (old_pods == 0 && old_replicas == 0) replicas[current] = wanted;
    } else {
        replicas[current] += std::clamp<std::int64_t>(wanted + bounds.surge - total, 0, wanted - replicas[current]);
    }
    // Down with the old ones, never below what must stay available; pods that do not serve go first and free of charge.
    const std::int64_t must_serve = wanted - bounds.unavailable;
    const std::int64_t new_missing = replicas[current] - std::min(available(sets[current]), replicas[current]);
    std::int64_t may_go = std::max<std::int64_t>(0, replicas[current] + old_replicas - must_serve - new_missing);
    for (std::size_t i = 0; i < sets.size() && may_go > 0; ++i) {
        if (i == current) continue;
        const auto idle = std::min({replicas[i] - std::min(available(sets[i]), replicas[i]), may_go});
        replicas[i] -= idle;
        may_go -= idle;
    }
    std::int64_t serving = 0;
    for (std::size_t i = 0; i < sets.size(); ++i)
        serving += std::min(available(sets[i]), replicas[i]);
    std::int64_t spare = std::min(may_go, std::max<std::int64_t>(0, serving - must_serve));
    for (std::size_t i = 0; i < sets.size() && spare > 0; ++i) {
        if (i == current) continue;
        const auto gone = std::min(replicas[i], spare);
        replicas[i] -= gone;
        spare -= gone;
    }
    std::vector<std::pair<std::size_t, std::int64_t>> changes;
    for (std::size_t i = 0; i < sets.size(); ++i)
        if (replicas[i] != spec_replicas(sets[i])) changes.emplace_back(i, replicas[i]);
    return changes;
}

std::vector<std::size_t> surplus_history(const json::object &deployment, const std::vector<json::object> &sets,
                                         std::size_t current) {
    constexpr std::int64_t standard_limit = 10;
    const auto limit =
        static_cast<std::size_t>(std::max<std::int64_t>(0, number_at(deployment, "spec.revisionHistoryLimit", standard_limit)));
    std::vector<std::size_t> idle;
    for (std::size_t i = 0; i < sets.size(); ++i)
        if (i != current && spec_replicas(sets[i]) == 0 && number_at(sets[i], "status.replicas") == 0 && !is_deleting(sets[i]))
            idle.push_back(i);
    std::sort(idle.begin(), idle.end(),
              [&](std::size_t a, std::size_t b) { return revision_number(sets[a]) < revision_number(sets[b]); });
    idle.resize(idle.size() > limit ? idle.size() - limit : 0);
    return idle;
}

json::object deployment_status(const json::object &deployment, const std::vector<json::object> &sets, std::size_t current,
                               const std::string &now) {
    const auto wanted = wanted_replicas(deployment);
    const auto sum = totals(sets);
    const auto updated = number_at(sets[current], "status.replicas");
    json::object status;
    const auto count = [&](std::string_view name, std::int64_t value) {
        if (value > 0) status[name] = value; // zeros are left out, as the API's own types do
    };
    status["observedGeneration"] = number_at(deployment, "metadata.generation");
    count("replicas", sum.replicas);
    count("updatedReplicas", updated);
    count("readyReplicas", sum.ready);
    count("availableReplicas", sum.available);
    count("unavailableReplicas", std::max<std::int64_t>(0, std::max(wanted, sum.replicas) - sum.available));

    const auto &old = object_at(deployment, "status");
    json::array conditions;
    const bool enough = sum.available >= wanted - bounds_of(deployment).unavailable;
    json::object availability =
        make_condition("Available", enough, enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                       enough ? "Deployment has minimum availability." : "Deployment does not have minimum availability.");
    const std::string set_name = "ReplicaSet \"" + name_of(sets[current]) + "\" ";
    const bool complete = updated == wanted && sum.replicas == wanted && sum.available == wanted;
    json::object progress = make_condition("Progressing", true, complete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
                                           set_name + (complete ? "has successfully progressed." : "is progressing."));
    if (complete == false) {
        // A Deployment that was complete and only lost a pod or was scaled keeps saying so, as the real controller's does.
        const auto *before = condition_of(old, "Progressing");
        const bool same_template = before != nullptr && text_at(*before, "reason") == "NewReplicaSetAvailable" &&
                                   text_at(*before, "message") == set_name + "has successfully progressed.";
        if (same_template) progress = *before;
    }
    for (auto *condition : {&availability, &progress}) {
        keep_times(*condition, old, now, true);
        conditions.emplace_back(std::move(*condition));
    }
    status["conditions"] = std::move(conditions);
    if (const auto *collisions = old.if_contains("collisionCount")) status["collisionCount"] = *collisions;
    return status;
}

} // namespace xtn::sandbox::sim
