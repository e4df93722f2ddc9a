#include "story.hpp"

#include "core/event/canonical.hpp"
#include "core/event/catalogue.hpp"
#include "core/event/event_json.hpp"
#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace xtn::test {

namespace json = boost::json;

namespace {

void require(bool holds, const std::string &what) {
    if (!holds) throw std::logic_error(what);
}

std::string component_of(const ObjectRef &ref) {
    return ref.name.ends_with("-worker") ? "worker" : "coordinator";
}

PlannedManifest manifest(const RuntimeId &id, std::string api_version, std::string kind, std::string name, json::object body) {
    PlannedManifest out;
    out.ref = {std::move(api_version), std::move(kind), id.ns, std::move(name)};
    out.manifest = {{"apiVersion", out.ref.api_version},
                    {"kind", out.ref.kind},
                    {"metadata", {{"name", out.ref.name}, {"namespace", id.ns}}},
                    {"spec", std::move(body)}};
    out.force = out.ref.kind != "Deployment";
    return out;
}

Result<TopologyPlan> plan_small(const TopologyInput &in) {
    const auto size = read::text(*in.spec, "size");
    if (const auto *overlay = read::object(*in.spec, "valuesOverlay"); overlay != nullptr && overlay->contains("refuse"))
        return make_error(Code::invalid_argument, "spec.valuesOverlay.refuse: refused by the test");
    const auto base = "trino-" + in.id.name;
    const auto workers = read::integer(*in.spec, "maxWorkers", 2);
    std::string catalogs;
    TopologyPlan plan;
    for (const auto &catalog : in.catalogs) {
        plan.catalogs.push_back(catalog.name);
        catalogs += catalog.name + ",";
    }
    plan.coordinator_rollout_hash = "c-" + size + catalogs;
    if (const auto *overlay = read::object(*in.spec, "valuesOverlay"))
        plan.coordinator_rollout_hash += read::text(*overlay, "coordinatorOnly");
    plan.objects.push_back(manifest(in.id, "v1", "ServiceAccount", base, {}));
    plan.objects.push_back(
        manifest(in.id, "v1", "ConfigMap", fmt::format("{}-coordinator-{}", base, size), {{"size", size}, {"c", catalogs}}));
    plan.objects.push_back(
        manifest(in.id, "v1", "ConfigMap", fmt::format("{}-worker-worker-{}", base, size), {{"size", size}, {"c", catalogs}}));
    plan.objects.push_back(manifest(in.id, "v1", "Service", base, {}));
    plan.objects.push_back(manifest(in.id, "apps/v1", "Deployment", base + "-coordinator",
                                    {{"replicas", 1}, {"hash", plan.coordinator_rollout_hash}}));
    plan.objects.push_back(manifest(in.id, "apps/v1", "Deployment", base + "-worker", {{"replicas", workers}, {"size", size}}));
    plan.shape = {{"preset", size}, {"workers", {{"max", workers}}}};
    plan.revision = fmt::format("rev-{}", in.generation);
    plan.worker_rollout_hash = "w-" + size + catalogs;
    plan.coordinator_url = coordinator_url(in.id, *in.spec);
    plan.worker_replicas = static_cast<int>(workers);
    return plan;
}

} // namespace

// ---- Story

Planner Story::small_planner() {
    return {plan_small, "test/1"};
}

Story::Story(Planner planner) : world_(create_world(std::move(planner))) {
    elect();
}

void Story::restart_with(Planner planner) {
    world_ = create_world(std::move(planner));
    for (const auto &event : events_)
        world_->apply(event);
    elect();
}

void Story::elect() {
    epoch_.value += 1;
    tell("leader.elected", Subject::cluster(),
         {{"holder", "test"}, {"process_id", 1}, {"epoch", static_cast<std::int64_t>(epoch_.value)}});
}

std::vector<std::string> Story::tell(std::string_view type, const Subject &subject, json::object payload) {
    EventDraft draft;
    draft.type = type_of(type);
    draft.subject = subject;
    draft.source = "test";
    draft.payload = std::move(payload);
    const auto checked = check_input({&draft, 1}, {});
    require(checked.ok(), checked.ok() ? "" : std::string(type) + ": " + checked.error().message);
    Cycle cycle(*world_, {Seq{events_.size() + 1}, epoch_, now_});
    std::vector<EventDraft> drafts;
    drafts.push_back(std::move(draft));
    cycle.add(std::move(drafts), {});
    for (const auto &refused : cycle.refused())
        require(false, refused);
    std::vector<std::string> decided;
    for (const auto &event : cycle.events()) {
        if (&event != &cycle.events().front()) decided.emplace_back(event.name());
        require(event.name() != "policy.cascade.stopped", "policies run in circles");
        events_.push_back(event);
    }
    auto append = cycle.take();
    for (auto &blob : append.blobs)
        blobs_[blob.digest.hex] = std::move(blob.content);
    return decided;
}

bool Story::pass_to_deadline() {
    const auto next = world_->next_deadline();
    if (!next) return false;
    now_ = std::max(now_, *next);
    tell("clock.deadline", Subject::cluster(), {{"due", next->rfc3339()}, {"lag_ms", 0}});
    return true;
}

RuntimeView Story::view(const RuntimeId &id) const {
    auto view = world_->runtime(id);
    require(view.has_value(), "there is no runtime " + id.text());
    return std::move(*view);
}

std::string Story::phase(const RuntimeId &id) const {
    return read::text(world_->describe_runtime(id), "phase");
}

std::size_t Story::count(std::string_view type) const {
    return static_cast<std::size_t>(
        std::count_if(events_.begin(), events_.end(), [&](const Event &event) { return event.name() == type; }));
}

const Event &Story::last(std::string_view type) const {
    const auto found = std::find_if(events_.rbegin(), events_.rend(), [&](const Event &event) { return event.name() == type; });
    if (found == events_.rend()) throw std::logic_error("the story has no " + std::string(type));
    return *found;
}

std::string Story::state() const {
    return canonical_json_or_throw(world_->serialize());
}

// ---- Cluster

void Cluster::ready_to_plan() {
    story_.tell(
        "config.effective", Subject::cluster(),
        {{"operator_version", "dev"}, {"binary_version", "test"}, {"drain_window_ms", 300'000}, {"flags", json::object()}});
    for (const auto *kind :
         {"XTrinode", "XTrinodeCatalog", "Deployment", "Pod", "EndpointSlice", "Service", "ConfigMap", "ServiceAccount"})
        story_.tell("watch.synced", Subject::cluster(), {{"kind", kind}, {"resource_version", "1"}, {"count", 0}, {"gone", 0}});
}

std::vector<std::string> Cluster::show() {
    json::object annotations;
    for (const auto &[name, value] : annotations_)
        annotations[name] = value;
    json::array finalizers;
    if (finalizer_) finalizers.emplace_back(json::string_view(finalizer_name.data(), finalizer_name.size()));
    json::object payload{{"uid", uid_},
                         {"resource_version", std::to_string(++version_)},
                         {"generation", generation_},
                         {"creation_timestamp", "2026-11-18T00:00:00Z"},
                         {"finalizers", std::move(finalizers)},
                         {"labels", json::object()},
                         {"annotations", std::move(annotations)},
                         {"spec", spec_},
                         {"created", version_ == 101},
                         {"managers", json::array{"kubectl"}}};
    if (!deletion_.empty()) payload["deletion_timestamp"] = deletion_;
    if (first_sight_ && !status_.empty()) payload["status"] = status_;
    if (first_sight_) payload["created"] = true;
    first_sight_ = false;
    return story_.tell("runtime.spec.applied", Subject::runtime(id_), std::move(payload));
}

std::vector<std::string> Cluster::apply_spec(json::object spec) {
    if (uid_.empty()) uid_ = "uid-" + id_.name + std::to_string(++uids_);
    if (spec != spec_ || generation_ == 0) ++generation_;
    spec_ = std::move(spec);
    return show();
}

std::vector<std::string> Cluster::reject_spec(std::string field, std::string message) {
    if (uid_.empty()) uid_ = "uid-" + id_.name + std::to_string(++uids_);
    json::array finalizers;
    if (finalizer_) finalizers.emplace_back(json::string_view(finalizer_name.data(), finalizer_name.size()));
    return story_.tell(
        "runtime.spec.rejected", Subject::runtime(id_),
        {{"uid", uid_},
         {"resource_version", std::to_string(++version_)},
         {"generation", ++generation_},
         {"finalizers", std::move(finalizers)},
         {"spec", json::object()},
         {"errors", json::array{json::object{{"field", field}, {"reason", "FieldValueInvalid"}, {"message", message}}}}});
}

std::vector<std::string> Cluster::annotate(std::map<std::string, std::string> annotations) {
    annotations_ = std::move(annotations);
    return show();
}

std::vector<std::string> Cluster::ask_for_deletion() {
    deletion_ = story_.now().rfc3339_seconds();
    ++generation_;
    return show();
}

std::vector<std::string> Cluster::vanish() {
    auto decided = story_.tell("runtime.spec.deleted", Subject::runtime(id_), {{"uid", uid_}});
    uid_.clear();
    spec_.clear();
    generation_ = 0;
    finalizer_ = false;
    deletion_.clear();
    annotations_.clear();
    return decided;
}

namespace {
bool was_told_gone(const Story &story, const std::string &uid) {
    return std::any_of(story.events().begin(), story.events().end(), [&](const Event &event) {
        return event.name() == "object.gone" && read::text(event.payload, "uid") == uid;
    });
}
} // namespace

bool Cluster::act_once() {
    if (uid_.empty() || !story_.world().runtime(id_)) return false;
    const auto view = story_.view(id_);
    const auto subject = Subject::runtime(id_);
    if (view.want_finalizer != finalizer_) {
        finalizer_ = view.want_finalizer;
        story_.tell(finalizer_ ? "finalizer.added" : "finalizer.removed", subject,
                    {{"uid", uid_}, {"resource_version", std::to_string(++version_)}});
        if (!finalizer_ && !deletion_.empty())
            vanish();
        else
            show();
        return true;
    }
    auto annotations = annotations_;
    for (const auto &[name, value] : view.annotations) {
        if (value)
            annotations[name] = *value;
        else
            annotations.erase(name);
    }
    auto spec = spec_;
    if (view.suspended) spec["suspended"] = *view.suspended;
    if (annotations != annotations_ || spec != spec_) {
        annotations_ = std::move(annotations);
        apply_spec(std::move(spec));
        return true;
    }
    const auto scale = [&](const std::string &component, std::optional<int> wanted) {
        if (!wanted || !deployment_uids_.contains(component) || replicas_[component] == *wanted) return false;
        const auto before = replicas_[component];
        replicas_[component] = *wanted;
        ++deployment_generations_[component];
        story_.tell("object.scaled", subject,
                    {{"kind", "Deployment"},
                     {"ns", id_.ns},
                     {"name", fmt::format("trino-{}-{}", id_.name, component)},
                     {"from", before},
                     {"to", *wanted}});
        return true;
    };
    if (scale("coordinator", view.coordinator_replicas) || scale("worker", view.worker_replicas)) return true;
    for (const auto &surplus : view.surplus) {
        story_.tell("object.deleted", subject,
                    {{"kind", surplus.ref.kind},
                     {"api_version", surplus.ref.api_version},
                     {"ns", surplus.ref.ns},
                     {"name", surplus.ref.name},
                     {"uid", surplus.uid},
                     {"why", "surplus"}});
        if (surplus.ref.kind == "Deployment") deployment_uids_.erase(component_of(surplus.ref));
        objects_.erase(surplus.ref);
        return true;
    }
    if (!view.apply_allowed) return false;
    for (const auto &wanted : view.desired) {
        const auto have = std::find_if(view.applied.begin(), view.applied.end(),
                                       [&](const AppliedObject &applied) { return applied.ref == wanted.ref; });
        if (have != view.applied.end() && have->manifest == wanted.manifest && !have->drifted) continue;
        auto known = objects_.find(wanted.ref);
        if (known != objects_.end() && was_told_gone(story_, known->second.first)) { // what is made again is another one
            objects_.erase(known);
            known = objects_.end();
        }
        const bool exists = known != objects_.end();
        const bool changes =
            !exists || known->second.second != wanted.manifest.hex || (have != view.applied.end() && have->drifted);
        const auto uid = have != view.applied.end() ? have->uid : exists ? known->second.first : fmt::format("uid-o{}", ++uids_);
        objects_[wanted.ref] = {uid, wanted.manifest.hex};
        json::object payload{{"kind", wanted.ref.kind},
                             {"api_version", wanted.ref.api_version},
                             {"ns", wanted.ref.ns},
                             {"name", wanted.ref.name},
                             {"manifest", wanted.manifest.hex},
                             {"uid", uid},
                             {"resource_version", std::to_string(++version_)},
                             {"created", !exists},
                             {"changed", changes}};
        if (wanted.ref.kind == "Deployment") {
            const auto component = component_of(wanted.ref);
            deployment_uids_[component] = uid;
            payload["generation"] = changes ? ++deployment_generations_[component] : deployment_generations_[component];
            const auto stored = parse_json(story_.blobs().at(wanted.manifest.hex)).value();
            replicas_[component] = stored.at("spec").at("replicas").to_number<std::int64_t>();
        }
        story_.tell("object.applied", subject, std::move(payload));
        return true;
    }
    return false;
}

int Cluster::act(int most) {
    int writes = 0;
    while (writes < most && act_once())
        require(++writes < 100, "a level-based view must come to rest");
    return writes;
}

void Cluster::deployment(const std::string &component, std::int64_t replicas, std::int64_t ready) {
    story_.tell("deployment.observed", Subject::runtime(id_),
                {{"name", fmt::format("trino-{}-{}", id_.name, component)},
                 {"uid", deployment_uids_.at(component)},
                 {"resource_version", std::to_string(++version_)},
                 {"generation", deployment_generations_[component]},
                 {"component", component},
                 {"replicas", replicas},
                 {"observed_generation", deployment_generations_[component]},
                 {"updated_replicas", replicas},
                 {"ready_replicas", ready},
                 {"available_replicas", ready},
                 {"pods", replicas},
                 {"stale", false}});
}

void Cluster::endpoints(std::int64_t ready) {
    story_.tell("endpoints.observed", Subject::runtime(id_), {{"service", "trino-" + id_.name}, {"ready", ready}});
}

std::vector<std::string> Cluster::activity(const std::string &gateway, std::int64_t running) {
    return story_.tell("activity.observed", Subject::runtime(id_), {{"gateway", gateway}, {"running", running}, {"queued", 0}});
}

Cluster Cluster::found_by(Story &fresh) const {
    Cluster found(fresh, id_);
    found.uid_ = uid_;
    found.spec_ = spec_;
    found.generation_ = generation_;
    found.version_ = version_ + 1000;
    found.finalizer_ = finalizer_;
    found.deletion_ = deletion_;
    found.annotations_ = annotations_;
    found.deployment_uids_ = deployment_uids_;
    found.deployment_generations_ = deployment_generations_;
    found.replicas_ = replicas_;
    found.uids_ = uids_ + 1000;
    found.objects_ = objects_;
    found.first_sight_ = true;
    const auto view = story_.view(id_);
    if (view.status) found.status_ = *view.status;
    for (const auto &[name, value] : view.annotations)
        if (value) found.annotations_[name] = *value;
    return found;
}

std::vector<std::string> Cluster::show_rejected(std::string field, std::string message) {
    json::object annotations;
    for (const auto &[name, value] : annotations_)
        annotations[name] = value;
    return story_.tell(
        "runtime.spec.rejected", Subject::runtime(id_),
        {{"uid", uid_},
         {"resource_version", std::to_string(++version_)},
         {"generation", generation_},
         {"finalizers", json::array{json::string_view(finalizer_name.data(), finalizer_name.size())}},
         {"spec", json::object()},
         {"errors", json::array{json::object{{"field", field}, {"reason", "FieldValueInvalid"}, {"message", message}}}},
         {"annotations", std::move(annotations)},
         {"status", status_}});
}

void Cluster::show_objects() {
    for (const auto &[ref, identity] : objects_)
        story_.tell("object.observed", Subject::runtime(id_),
                    {{"kind", ref.kind},
                     {"api_version", ref.api_version},
                     {"name", ref.name},
                     {"uid", identity.first},
                     {"resource_version", std::to_string(++version_)},
                     {"drifted", false},
                     {"owner", uid_}});
}

void Cluster::show_workload(std::int64_t ready_workers) {
    for (const auto *component : {"coordinator", "worker"})
        if (deployment_uids_.contains(component))
            deployment(component, replicas_[component],
                       component == std::string("worker") ? std::min(ready_workers, replicas_[component]) : replicas_[component]);
    endpoints(deployment_uids_.contains("coordinator") ? replicas_["coordinator"] : 0);
}

void Cluster::change_spec_unseen(json::object spec) {
    spec_ = std::move(spec);
    ++generation_;
}

void Cluster::pods_settle() {
    for (const auto *component : {"coordinator", "worker"})
        if (deployment_uids_.contains(component)) deployment(component, replicas_[component], replicas_[component]);
    endpoints(deployment_uids_.contains("coordinator") ? replicas_["coordinator"] : 0);
}

void Cluster::bring_up(json::object spec) {
    ready_to_plan();
    apply_spec(std::move(spec));
    act();
    pods_settle();
    act();
    require(story_.phase(id_) == "Ready", id_.text() + " does not become ready");
}

json::object minimal_spec() {
    return {{"size", "s"}, {"suspended", false}, {"maxWorkers", 2}, {"routing", {{"header", "X-Trino-XTrinode=team-a/small"}}}};
}

void tell_of_another(Story &story, const RuntimeId &id) {
    story.tell("runtime.spec.applied", Subject::runtime(id),
               {{"uid", "another"},
                {"resource_version", "900"},
                {"generation", 1},
                {"creation_timestamp", "2026-11-19T00:00:00Z"},
                {"finalizers", json::array()},
                {"labels", json::object()},
                {"annotations", json::object()},
                {"spec", minimal_spec()},
                {"created", true},
                {"managers", json::array()}});
}

json::object condition(const RuntimeView &view, std::string_view type) {
    if (!view.status) return {};
    if (const auto *all = read::array(*view.status, "conditions"))
        for (const auto &value : *all)
            if (read::text(value.get_object(), "type") == type) return value.get_object();
    return {};
}

std::string condition_text(const RuntimeView &view, std::string_view type) {
    const auto found = condition(view, type);
    return found.empty() ? std::string() : read::text(found, "status") + "/" + read::text(found, "reason");
}

} // namespace xtn::test
