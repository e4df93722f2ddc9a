#include "adapters/kube/act/routes_config_map.hpp"

#include "core/base/probe.hpp"
#include "core/event/canonical.hpp"
#include "core/model/xtrinode.hpp"
#include "netkit/task.hpp"

namespace xtn::act {
namespace asio = boost::asio;
namespace json = boost::json;
using kube::ApiResult;
using netkit::Unit;

namespace {

const kube::Kind &config_map_kind() {
    static const kube::Kind kind{"", "v1", "configmaps", "ConfigMap", true};
    return kind;
}
const kube::Kind &namespace_kind() {
    static const kube::Kind kind{"", "v1", "namespaces", "Namespace", false};
    return kind;
}

std::string annotation_named(std::string_view name) {
    return std::string(annotation_prefix) + std::string(name);
}

std::string version_text(const RouteTable &table) {
    return std::to_string(table.epoch) + "." + std::to_string(table.version);
}

// All of a ConfigMap that matters here, as one text to compare.
std::string told(std::string_view version, std::string_view term, std::string_view yaml) {
    return std::string(version).append("\n").append(term).append("\n").append(yaml);
}
std::string told(const RouteTable &table, Epoch term) {
    return told(version_text(table), std::to_string(term.value), table.to_yaml());
}
std::string told(const kube::Object &map) {
    const auto annotation = [&](std::string_view name) {
        return kube::find_string(map.body, {"metadata", "annotations", annotation_named(name)});
    };
    return told(annotation(routes_version_annotation), annotation(routes_term_annotation),
                kube::find_string(map.body, {"data", routes_key}));
}

} // namespace

RoutesConfigMap::RoutesConfigMap(kube::TaskGroup &tasks, ActContext &context, Options options)
    : tasks_(tasks), context_(context), options_(std::move(options)),
      retry_(options_.backoff, options_.random ? options_.random : kube::system_random()) {}

json::object RoutesConfigMap::manifest(const std::string &ns, const RouteTable &table, Epoch term) {
    json::object labels;
    labels["app.kubernetes.io/managed-by"] = "xtrinode-operator";
    json::object annotations;
    annotations[annotation_named(routes_version_annotation)] = version_text(table);
    annotations[annotation_named(routes_term_annotation)] = std::to_string(term.value);
    json::object metadata;
    metadata["name"] = routes_name;
    metadata["namespace"] = ns;
    metadata["labels"] = std::move(labels);
    metadata["annotations"] = std::move(annotations);
    json::object data;
    data[routes_key] = table.to_yaml();
    json::object out;
    out["apiVersion"] = "v1";
    out["kind"] = "ConfigMap";
    out["metadata"] = std::move(metadata);
    out["data"] = std::move(data);
    return out;
}

void RoutesConfigMap::want(const RouteTable &table, std::optional<Seq> cause) {
    wanted_ = table;
    wanted_text_ = told(table, options_.term);
    cause_ = cause;
    kick();
}

void RoutesConfigMap::seen(const kube::Object &object) {
    if (object.ns() != options_.ns || object.name() != routes_name || kube::find_string(object.body, {"kind"}) != "ConfigMap")
        return;
    // An old state that arrives late is told by its version; then the newer one is on its way.
    if (version_number(object.resource_version()) < context_.own->last(object.uid())) {
        reached(Probe::routes_saw_an_old_state);
        return;
    }
    actual_ = told(object);
    kick();
}

void RoutesConfigMap::gone(std::string_view kind, const kube::ObjectKey &key) {
    if (kind != "ConfigMap" || key.ns != options_.ns || key.name != routes_name) return;
    actual_.reset();
    kick();
}

void RoutesConfigMap::kick() {
    if (working_ || !wanted_ || actual_ == wanted_text_) return;
    working_ = true;
    tasks_.spawn("routes", work());
}

asio::awaitable<void> RoutesConfigMap::work() {
    while (actual_ != wanted_text_) {
        auto done = co_await ensure_namespace();
        if (done.ok()) done = co_await write();
        if (done.ok()) {
            retry_.worked("routes");
            continue;
        }
        const auto noted = retry_.failed("routes", done.error());
        if (noted.news) {
            const Owner owner{Subject::cluster(), cause_};
            const ObjectRef ref{"v1", "ConfigMap", options_.ns, std::string(routes_name)};
            co_await context_.recorder->record("act/routes", object_failed(owner, ref, {}, done.error(), noted.attempt),
                                               Engine::Priority::decision);
        }
        co_await netkit::sleep_until(*retry_.next());
    }
    working_ = false;
}

asio::awaitable<ApiResult<Unit>> RoutesConfigMap::ensure_namespace() {
    const auto deadline = kube::Deadline::after(context_.call_timeout);
    auto found = co_await context_.client->get(namespace_kind(), "", options_.ns, deadline);
    if (found.ok() || !found.error().not_found()) {
        // Not allowed to look at namespaces: then it must have been made by whoever set us up.
        if (!found.ok() && found.error().kind != Code::permission_denied) co_return found.error();
        co_return Unit{};
    }
    json::object metadata;
    metadata["name"] = options_.ns;
    json::object body;
    body["apiVersion"] = "v1";
    body["kind"] = "Namespace";
    body["metadata"] = std::move(metadata);
    kube::WriteOptions options;
    options.field_manager = context_.field_manager;
    context_.pause_points.pass(PausePoint::act_sending);
    auto made = co_await context_.client->create(namespace_kind(), "", std::move(body), options, deadline);
    context_.pause_points.pass(PausePoint::act_answered);
    if (!made.ok() && made.error().kind != Code::already_exists) co_return made.error();
    co_return Unit{};
}

asio::awaitable<ApiResult<Unit>> RoutesConfigMap::write() {
    const auto deadline = kube::Deadline::after(context_.call_timeout);
    const std::string name(routes_name);
    auto before = co_await context_.client->get(config_map_kind(), options_.ns, name, deadline);
    if (!before.ok() && !before.error().not_found()) co_return before.error();
    // The table may have moved on while we waited for answers: from here on one and the same is used.
    const auto text = wanted_text_;
    if (before.ok() && told(*before) == text) {
        reached(Probe::routes_found_what_they_wanted);
        actual_ = text;
        co_return Unit{};
    }
    auto body = manifest(options_.ns, *wanted_, options_.term);
    const auto canonical = canonical_json(body);
    if (!canonical.ok()) co_return kube::ApiError::make(canonical.error().code, canonical.error().message);
    const Blob blob{Digest::of(*canonical), *canonical};
    kube::ApplyOptions options;
    options.field_manager = context_.field_manager;
    options.force = true;
    context_.pause_points.pass(PausePoint::act_sending);
    auto written = co_await context_.client->apply(config_map_kind(), options_.ns, name, *canonical, options, deadline);
    context_.pause_points.pass(PausePoint::act_answered);
    if (!written.ok()) co_return written.error();
    context_.own->wrote(written->object.uid(), written->object.resource_version());
    actual_ = text;
    const Owner owner{Subject::cluster(), cause_};
    PlannedObject planned;
    planned.ref = {"v1", "ConfigMap", options_.ns, name};
    planned.manifest = blob.digest;
    auto draft = object_applied(owner, planned, written->object, written->created, true);
    std::vector<Blob> blobs(1, blob);
    co_await context_.recorder->record("act/routes", std::move(draft), Engine::Priority::decision, std::move(blobs));
    co_return Unit{};
}

} // namespace xtn::act
