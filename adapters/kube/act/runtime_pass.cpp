#include "adapters/kube/act/runtime_pass.hpp"

#include "adapters/kube/ingest/kinds.hpp"
#include "adapters/kube/ingest/workload_reader.hpp"
#include "core/base/probe.hpp"
#include "core/event/canonical.hpp"
#include "core/model/xtrinode.hpp"
#include "kubeclient/merge_patch.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace xtn::act {
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

// Scale writes carry another manager than applies (spec 30 §11.7): the apply manager gives spec.replicas up instead of fighting.
constexpr std::string_view scale_manager = "xtrinode";

// How long a kind that is not served is not asked for.
constexpr std::chrono::seconds look_again_for_kind{60};

constexpr int forbidden = 403;
constexpr int unprocessable = 422;

const kube::Kind &runtime_kind() {
    static const kube::Kind kind{std::string(api_group), "v1", "xtrinodes", "XTrinode", true};
    return kind;
}
const kube::Kind &deployment_kind() {
    static const kube::Kind kind{"apps", "v1", "deployments", "Deployment", true};
    return kind;
}

std::vector<std::string> finalizers_of(const json::object &metadata) {
    std::vector<std::string> out;
    const auto *list = metadata.if_contains("finalizers");
    if (list && list->is_array())
        for (const auto &item : list->get_array())
            if (const auto *text = item.if_string()) out.emplace_back(*text);
    return out;
}

bool holds_finalizer(const json::object &metadata) {
    const auto all = finalizers_of(metadata);
    return std::find(all.begin(), all.end(), finalizer_name) != all.end();
}

} // namespace

RuntimePass::RuntimePass(ActContext &context, RetryBook &retry, RuntimeView view, std::function<void()> on_outcome)
    : context_(context), retry_(retry), view_(std::move(view)), on_outcome_(std::move(on_outcome)) {
    owner_.subject = Subject::runtime(view_.id);
    if (view_.decided_by.value > 0) owner_.cause = view_.decided_by;
}

asio::awaitable<void> RuntimePass::run() {
    retry_.begin_pass();
    // Objects are only made under the protection of the finalizer.
    bool guarded = true;
    if (view_.want_finalizer && !view_.deleting) guarded = co_await set_finalizer(true);
    // Scale before apply: the manifest's replicas then meet their own value and conflict with nobody.
    if (view_.coordinator_replicas) co_await scale("coordinator", *view_.coordinator_replicas);
    if (view_.worker_replicas) co_await scale("worker", *view_.worker_replicas);
    if (view_.apply_allowed && guarded) co_await apply_all();
    for (const auto &object : view_.surplus)
        co_await remove(object);
    co_await carry_out_command();
    co_await write_status();
    if (!view_.want_finalizer && view_.deleting) co_await set_finalizer(false);
    retry_.end_pass();
}

// ---- finalizer ----

asio::awaitable<bool> RuntimePass::set_finalizer(bool present) {
    const auto *cr = resource();
    if (!cr) co_return false;
    if (holds_finalizer(cr->metadata) == present) co_return true;
    const auto ref = own_ref();
    if (!retry_.may_try("finalizer")) co_return false;
    auto names = finalizers_of(cr->metadata);
    std::erase(names, std::string(finalizer_name));
    if (present) names.emplace_back(finalizer_name);
    json::object metadata;
    metadata["finalizers"] = json::array(names.begin(), names.end());
    // Others change this list, too: only on top of the version it was computed from.
    metadata["resourceVersion"] = cr->resource_version;
    json::object patch;
    patch["metadata"] = std::move(metadata);
    const auto uid = cr->uid;
    pass(PausePoint::act_sending);
    auto written = co_await context_.client->patch(runtime_kind(), view_.id.ns, view_.id.name, kube::PatchType::merge,
                                                   json::value(std::move(patch)), write_options(), deadline());
    pass(PausePoint::act_answered);
    if (!written.ok()) {
        // Gone altogether: nothing is left to take off.
        if (!present && written.error().not_found()) {
            reached(Probe::finalizer_found_its_resource_gone);
            retry_.worked("finalizer");
            co_return true;
        }
        co_await note_failure("finalizer", ref, {}, written.error());
        co_return false;
    }
    retry_.worked("finalizer");
    const std::string version(written->object.resource_version());
    context_.own->wrote(uid, version);
    context_.seen->resource_answered(written->object);
    co_await record(finalizer_changed(owner_, present, uid, version));
    co_return true;
}

// ---- objects ----

asio::awaitable<void> RuntimePass::scale(std::string component, int replicas) {
    const kube::ObjectKey key{view_.id.ns, "trino-" + view_.id.name + "-" + component};
    const auto *known = context_.seen->find_deployment(key);
    if (!known || known->replicas == replicas) co_return;
    const ObjectRef ref{"apps/v1", "Deployment", key.ns, key.name};
    const auto *ours = applied(ref);
    if (known->controller != view_.uid && !(ours && ours->uid == known->uid)) co_return; // somebody else's
    const auto what = "scale " + ref.text();
    if (!retry_.may_try(what)) co_return;
    const auto uid = known->uid;
    auto before = co_await context_.client->get(deployment_kind(), key.ns, key.name, deadline(), "scale");
    if (!before.ok()) {
        if (before.error().not_found()) { // the watch will say so
            reached(Probe::scale_found_nothing);
            retry_.worked(what);
            co_return;
        }
        co_await note_failure(what, ref, {}, before.error());
        co_return;
    }
    const auto from = kube::find_int(before->body, {"spec", "replicas"});
    if (from == replicas) {
        reached(Probe::scale_found_what_it_wanted);
        context_.seen->deployment_scaled(key, *before);
        retry_.worked(what);
        co_return;
    }
    kube::WriteOptions options;
    options.field_manager = scale_manager;
    pass(PausePoint::act_sending);
    auto after = co_await context_.client->scale(deployment_kind(), key.ns, key.name, replicas, options, deadline());
    pass(PausePoint::act_answered);
    if (!after.ok()) {
        co_await note_failure(what, ref, {}, after.error());
        co_return;
    }
    retry_.worked(what);
    context_.own->wrote(uid, after->resource_version());
    context_.seen->deployment_scaled(key, *after);
    co_await record(object_scaled(owner_, ref, from, replicas));
}

asio::awaitable<void> RuntimePass::apply_all() {
    for (const auto &planned : view_.desired) {
        const auto *known = applied(planned.ref);
        if (known && known->manifest == planned.manifest && !known->drifted) continue;
        // What the cluster has no kind for holds up nothing.
        if (!co_await apply(planned) && !optional_kind(planned.ref)) co_return;
    }
}

asio::awaitable<bool> RuntimePass::apply(PlannedObject planned) {
    const auto what = planned.ref.text();
    const auto of_this_one = what + " of " + view_.uid;
    if (!retry_.may_try(what) || !retry_.may_make(of_this_one)) co_return false;
    auto kind = co_await kind_of(planned.ref);
    kube::ApiError error;
    std::string uid;
    if (kind.ok()) {
        auto own = co_await own_uid(planned.ref, *kind);
        if (own.ok()) uid = *own;
        auto text = co_await manifest(planned.manifest, std::move(own));
        if (text.ok()) {
            const kube::ObjectKey key{planned.ref.ns, planned.ref.name};
            kube::ApplyOptions options;
            options.field_manager = context_.field_manager;
            options.force = planned.force;
            context_.own->begin(planned.ref.kind, key);
            pass(PausePoint::act_sending);
            auto written = co_await context_.client->apply(*kind, key.ns, key.name, std::move(*text), options, deadline());
            pass(PausePoint::act_answered);
            const bool went =
                written.ok() && context_.own->went_meanwhile(planned.ref.kind, key, written->object,
                                                             context_.ledger->find(planned.ref.kind, written->object.uid()));
            context_.own->end(planned.ref.kind, key);
            if (written.ok()) {
                retry_.worked(what);
                if (written->created) retry_.made(of_this_one);
                const auto &object = written->object;
                const auto *known = applied(planned.ref);
                auto before = context_.own->last(object.uid());
                if (known && known->uid == object.uid()) before = std::max(before, version_number(known->resource_version));
                if (const auto *seen = context_.seen->find_deployment(key); seen && seen->uid == object.uid())
                    before = std::max(before, version_number(seen->resource_version));
                const bool changed = written->created || version_number(object.resource_version()) > before;
                context_.own->wrote(object.uid(), object.resource_version());
                if (planned.ref.kind == "Deployment") context_.seen->deployment_answered(object);
                uid = object.uid();
                co_await record(object_applied(owner_, planned, object, written->created, changed));
                if (!went) co_return true;
                // The watch was ahead of the answer and will not say again that the object is gone.
                reached(Probe::answer_came_after_its_object_went);
                if (planned.ref.kind == "Deployment") context_.seen->deployment_gone(key, uid);
                // On the same lane: after the outcome, of which it is none.
                co_await context_.recorder->record(
                    "act/" + key.ns,
                    ingest::object_gone(owner_.subject, planned.ref.kind, planned.ref.api_version, key.name, uid),
                    Engine::Priority::decision);
                co_return false;
            }
            error = written.error();
            // 409: no object is there; 422: another one. Both are said for other reasons, too.
            if (!uid.empty() && ((error.conflict() && error.conflicting_managers().empty()) || error.status == unprocessable))
                co_await look_for(planned.ref, *kind, uid);
        } else {
            error = text.error();
        }
    } else {
        error = kind.error();
    }
    if (error.kind == Code::unsupported && optional_kind(planned.ref)) {
        // As long as the kind is lacking it is said once per manifest, also over a restart.
        retry_.failed(what, error);
        auto draft = object_skipped(owner_, planned, error);
        if (context_.ledger->news(draft)) co_await record(std::move(draft));
        co_return false;
    }
    co_await note_failure(what, planned.ref, planned.manifest, std::move(error));
    co_return false;
}

asio::awaitable<kube::ApiResult<std::string>> RuntimePass::own_uid(ObjectRef ref, kube::Kind kind) {
    if (const auto *known = applied(ref); known && !known->uid.empty()) co_return known->uid;
    auto found = co_await context_.client->get(kind, ref.ns, ref.name, deadline());
    if (!found.ok()) {
        // Who may write and not look has to write blindly.
        if (found.error().not_found() || found.error().status == forbidden) co_return std::string();
        co_return found.error();
    }
    if (ingest::controlling_runtime(*found) == view_.uid) co_return std::string(found->uid());
    reached(Probe::apply_found_another_object_of_that_name);
    co_return kube::ApiError::make(
        Code::conflict, "an object of that name is there already, and this XTrinode does not control it; it is left alone");
}

asio::awaitable<void> RuntimePass::look_for(ObjectRef ref, kube::Kind kind, std::string uid) {
    auto found = co_await context_.client->get(kind, ref.ns, ref.name, deadline());
    if (found.ok() ? found->uid() == uid : !found.error().not_found()) co_return;
    reached(Probe::apply_found_its_object_replaced);
    if (ref.kind == "Deployment") context_.seen->deployment_gone({ref.ns, ref.name}, uid);
    co_await context_.recorder->record("act/" + ref.ns,
                                       ingest::object_gone(owner_.subject, ref.kind, ref.api_version, ref.name, uid),
                                       Engine::Priority::decision);
}

asio::awaitable<void> RuntimePass::remove(AppliedObject object) {
    const auto what = object.ref.text();
    if (!retry_.may_try(what)) co_return;
    auto kind = co_await kind_of(object.ref);
    if (!kind.ok()) {
        if (object.uid.empty() && kind.error().kind == Code::unsupported)
            co_await record(object_deleted(owner_, object, "the API server does not serve its kind"));
        else
            co_await note_failure(what, object.ref, {}, kind.error());
        co_return;
    }
    if (object.uid.empty()) {
        auto uid = co_await find_own(object, *kind);
        if (!uid) co_return;
        object.uid = std::move(*uid);
    }
    kube::DeleteOptions options;
    options.uid = object.uid;
    pass(PausePoint::act_sending);
    auto gone = co_await context_.client->remove(*kind, object.ref.ns, object.ref.name, options, deadline());
    pass(PausePoint::act_answered);
    std::string_view why = view_.deleting ? "the runtime is being deleted" : "not part of the plan any more";
    if (!gone.ok()) {
        // Another object bears the name now: ours is gone, and theirs is not ours to delete.
        if (gone.error().not_found()) {
            reached(Probe::delete_found_nothing);
            why = "it was gone already";
        } else if (gone.error().conflict()) {
            reached(Probe::delete_found_another_object_of_that_name);
            why = "another object bears its name";
        } else {
            co_await note_failure(what, object.ref, {}, gone.error());
            co_return;
        }
    }
    retry_.worked(what);
    // Behind what the watches showed of it before: on a lane of its own it would overtake that, and the object be there again.
    auto lane = ingest::lane_of(object.ref.kind, view_.id.ns);
    co_await record(object_deleted(owner_, object, why), std::move(lane));
}

// Perhaps there: nothing is deleted whose identity is not known, and nothing that is not this XTrinode's.
asio::awaitable<std::optional<std::string>> RuntimePass::find_own(AppliedObject object, kube::Kind kind) {
    const auto what = object.ref.text();
    auto found = co_await context_.client->get(kind, object.ref.ns, object.ref.name, deadline());
    std::string_view why = "another object bears its name";
    if (found.ok()) {
        if (ingest::owner_of(*found, context_.field_manager) == view_.uid) {
            reached(Probe::what_was_perhaps_there_was);
            co_return std::string(found->uid());
        }
    } else if (found.error().not_found()) {
        why = "nothing was there";
    } else if (found.error().status == forbidden) {
        why = "nobody may look; if it is there, the garbage collector takes it"; // which was made by nobody either, most likely
    } else {
        co_await note_failure(what, object.ref, {}, found.error());
        co_return std::nullopt;
    }
    retry_.worked(what);
    co_await record(object_deleted(owner_, object, why));
    co_return std::nullopt;
}

// ---- the custom resource ----

asio::awaitable<void> RuntimePass::carry_out_command() {
    const auto *cr = resource();
    if (!cr) co_return;
    json::object annotations;
    for (const auto &[name, value] : view_.annotations) {
        const auto *now = kube::find(cr->metadata, {"annotations", name});
        const bool same = value ? now && now->is_string() && std::string_view(now->get_string()) == *value : !now;
        if (same) continue;
        annotations[name] = value ? json::value(*value) : json::value(nullptr);
    }
    const bool toggles = view_.suspended && *view_.suspended != cr->suspended;
    if (annotations.empty() && !toggles) co_return;
    if (!commanded_as_recorded(*cr)) co_return;
    if (!retry_.may_try("command")) co_return;
    json::object metadata;
    // A newer command that nobody recorded yet must not be taken off unseen.
    metadata["resourceVersion"] = cr->resource_version;
    if (!annotations.empty()) metadata["annotations"] = std::move(annotations);
    json::object patch;
    patch["metadata"] = std::move(metadata);
    if (toggles) {
        json::object spec;
        spec["suspended"] = *view_.suspended;
        patch["spec"] = std::move(spec);
    }
    pass(PausePoint::act_sending);
    auto written = co_await context_.client->patch(runtime_kind(), view_.id.ns, view_.id.name, kube::PatchType::merge,
                                                   json::value(std::move(patch)), write_options(), deadline());
    pass(PausePoint::act_answered);
    if (!written.ok()) {
        if (written.error().not_found()) { // the watch will say so
            reached(Probe::command_found_its_resource_gone);
            retry_.worked("command");
            co_return;
        }
        co_await note_failure("command", own_ref(), {}, written.error());
        co_return;
    }
    retry_.worked("command");
    context_.seen->resource_answered(written->object);
}

// A command is carried out once, on the resource that it was decided upon. After a restart the view may hold one that was carried
// out already while its XTrinode went on: somebody changed the spec, or commands something else. The newer view is on its way.
bool RuntimePass::commanded_as_recorded(const SeenResource &cr) const {
    if (view_.suspended && kube::find_int(cr.metadata, {"generation"}) != view_.generation) return false;
    for (const auto &[name, value] : view_.annotations) {
        if (value) continue;
        const auto now = kube::find_string(cr.metadata, {"annotations", name});
        const auto recorded = view_.absent_from.find(name);
        if (!now.empty() && (recorded == view_.absent_from.end() || recorded->second != now)) return false;
    }
    return true;
}

asio::awaitable<void> RuntimePass::write_status() {
    const auto *cr = resource();
    if (!view_.status || !cr) co_return;
    auto difference = kube::merge_diff(cr->status, *view_.status);
    if (difference.empty() || !retry_.may_try("status")) co_return;
    json::object metadata;
    // On what was seen only: a recreated resource of the same name is another, and its first status is read as ours. (A uid would
    // not do: of a patch of the status the server takes nothing but the status, and the version.)
    metadata["resourceVersion"] = cr->resource_version;
    json::object patch;
    patch["metadata"] = std::move(metadata);
    patch["status"] = std::move(difference);
    pass(PausePoint::act_sending);
    auto written = co_await context_.client->patch(runtime_kind(), view_.id.ns, view_.id.name, kube::PatchType::merge,
                                                   json::value(std::move(patch)), write_options(), deadline(), "status");
    pass(PausePoint::act_answered);
    if (!written.ok()) {
        if (written.error().not_found()) { // the watch will say so
            reached(Probe::status_found_its_resource_gone);
            retry_.worked("status");
            co_return;
        }
        if (written.error().conflict()) { // somebody wrote it meanwhile: on top of that, once it is seen
            reached(Probe::status_was_overtaken);
            retry_.failed("status", written.error());
            co_return;
        }
        co_await note_failure("status", own_ref(), {}, written.error());
        co_return;
    }
    retry_.worked("status");
    context_.seen->resource_answered(written->object);
    auto text = canonical_json(*view_.status);
    co_await record(status_written(owner_, written->object, Digest::of(text.ok() ? *text : std::string())));
}

// ---- helpers ----

const SeenResource *RuntimePass::resource() const {
    const auto *cr = context_.seen->find_resource(view_.id);
    return cr && cr->uid == view_.uid ? cr : nullptr;
}

const AppliedObject *RuntimePass::applied(const ObjectRef &ref) const {
    for (const auto &object : view_.applied)
        if (object.ref == ref) return &object;
    return nullptr;
}

kube::WriteOptions RuntimePass::write_options() const {
    kube::WriteOptions options;
    options.field_manager = context_.field_manager;
    return options;
}

ObjectRef RuntimePass::own_ref() const {
    return {std::string(api_group_version), "XTrinode", view_.id.ns, view_.id.name};
}

asio::awaitable<kube::ApiResult<kube::Kind>> RuntimePass::kind_of(ObjectRef ref) {
    auto found = co_await context_.discovery->find(ref.api_version, ref.kind, deadline());
    if (!found.ok()) co_return found.error();
    if (!found->has_value()) {
        auto error = kube::ApiError::make(Code::unsupported, "the API server does not serve " + ref.api_version + " " + ref.kind);
        error.retry_after = look_again_for_kind;
        co_return error;
    }
    co_return std::move(**found);
}

asio::awaitable<kube::ApiResult<std::string>> RuntimePass::manifest(Digest digest, kube::ApiResult<std::string> uid) const {
    if (!uid.ok()) co_return uid.error();
    if (!context_.log) co_return kube::ApiError::make(Code::not_found, "there is no log to read the manifest from");
    const auto blob = context_.log->blob(digest);
    if (!blob.ok()) co_return kube::ApiError::make(blob.error().code, "manifest " + digest.hex + ": " + blob.error().message);
    // Stored canonically, with numbers that are not integers as text; the API wants them as numbers.
    auto value = kube::parse_json(*blob);
    if (!value.ok())
        co_return kube::ApiError::make(Code::data_corrupted, "manifest " + digest.hex + ": " + value.error().message);
    if (auto *object = value->if_object(); object && !uid->empty())
        if (auto *metadata = object->if_contains("metadata"); metadata && metadata->is_object())
            metadata->get_object()["uid"] = *uid;
    auto text = kube::to_json_text(*value);
    if (!context_.hidden) co_return text;
    auto whole = context_.hidden->put_back(std::move(text), view_.id.ns);
    if (!whole.ok()) co_return kube::ApiError::make(whole.error().code, whole.error().message);
    co_return std::move(*whole);
}

asio::awaitable<void> RuntimePass::record(EventDraft draft, std::string lane) {
    if (lane.empty()) lane = "act/" + view_.id.ns;
    // Counted as soon as the engine has it, and before anything else runs: its echo must find it counted.
    if (co_await context_.recorder->record(std::move(lane), std::move(draft), Engine::Priority::decision)) on_outcome_();
}

asio::awaitable<void> RuntimePass::note_failure(std::string what, ObjectRef ref, Digest manifest, kube::ApiError error) {
    const auto noted = retry_.failed(what, error, manifest.hex);
    if (noted.news) co_await record(object_failed(owner_, ref, manifest, error, noted.attempt));
}

} // namespace xtn::act
