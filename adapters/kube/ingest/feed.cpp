#include "adapters/kube/ingest/feed.hpp"

#include "adapters/kube/ingest/resource_reader.hpp"
#include "adapters/kube/ingest/workload_reader.hpp"
#include "core/base/probe.hpp"
#include "core/event/catalogue.hpp"
#include "netkit/task.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace xtn::ingest {
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::chrono::milliseconds shortest_pause{50}; // between two rounds over what is held

EventDraft cluster_draft(std::string_view type, std::string_view kind) {
    EventDraft draft;
    draft.type = type_of(type);
    draft.subject = Subject::cluster();
    draft.source = "kube";
    draft.payload["kind"] = kind;
    return draft;
}

} // namespace

Feed::Feed(const WatchedKind &kind, FeedContext &context, std::vector<std::string> namespaces)
    : kind_(kind), context_(context), namespaces_(std::move(namespaces)), lane_("kube/" + kind.kind.name),
      synced_(namespaces_.size(), false) {}

kube::Known Feed::learned(std::size_t stream, const std::string &list_version) const {
    auto out = context_.ledger->applied_until(kind_.kind.name, version_number(list_version));
    const auto &ns = namespaces_[stream];
    if (!ns.empty()) std::erase_if(out, [&ns](const auto &entry) { return entry.second.ns != ns; });
    return out;
}

asio::awaitable<void> Feed::take(std::size_t stream, std::vector<kube::Notice> notices) {
    for (auto &notice : notices) {
        if (std::holds_alternative<kube::ListStarted>(notice)) co_await list_started();
        if (auto *what = std::get_if<kube::Present>(&notice)) co_await present(std::move(what->object));
        if (auto *what = std::get_if<kube::Gone>(&notice)) co_await gone(std::move(*what));
        if (auto *what = std::get_if<kube::Synced>(&notice)) co_await synced(stream, std::move(*what));
        if (auto *what = std::get_if<kube::Failing>(&notice)) co_await failing(std::move(*what));
    }
}

// ---- the bracket ----

asio::awaitable<void> Feed::list_started() {
    if (listing_ == 0) {
        count_ = 0;
        gone_ = 0;
        co_await record(cluster_draft("watch.list.started", kind_.kind.name));
    }
    ++listing_;
}

asio::awaitable<void> Feed::synced(std::size_t stream, kube::Synced notice) {
    count_ += notice.count;
    gone_ += notice.gone;
    if (listing_ > 0) --listing_;
    synced_[stream] = true;
    context_.own->listed(kind_.kind.name, namespaces_[stream], version_number(notice.resource_version));
    // The bracket closes when every namespace was listed.
    if (listing_ > 0 || std::find(synced_.begin(), synced_.end(), false) != synced_.end()) co_return;
    if (kind_.role == Role::slice) {
        for (auto &[service, subject] : endpoints_.services())
            co_await record_endpoints(service, subject);
        for (auto &[service, subject] : context_.ledger->services_with_endpoints())
            co_await record_endpoints(service, subject);
    }
    auto draft = cluster_draft("watch.synced", kind_.kind.name);
    draft.payload["resource_version"] = notice.resource_version;
    draft.payload["count"] = count_;
    draft.payload["gone"] = gone_;
    co_await record(std::move(draft));
}

asio::awaitable<void> Feed::failing(kube::Failing notice) {
    auto draft = cluster_draft("watch.failed", kind_.kind.name);
    draft.payload["code"] = notice.error.code_text();
    draft.payload["message"] = cut(notice.error.message);
    draft.payload["attempt"] = notice.attempt;
    co_await record(std::move(draft));
}

// ---- objects ----

asio::awaitable<void> Feed::present(kube::Object object) {
    if (context_.ledger->deleted(kind_.kind.name, object.uid())) {
        reached(Probe::late_look_at_what_we_deleted);
        co_return;
    }
    switch (kind_.role) {
    case Role::runtime:
    case Role::catalog:
        co_await resource_seen(object);
        break;
    case Role::deployment: {
        const auto *before = context_.ledger->find(kind_.kind.name, object.uid());
        const bool known_before = before != nullptr && !before->said.empty();
        co_await owned_seen(object);
        if (auto draft = deployment_present(object, *context_.own)) {
            context_.seen->deployment(object);
            const bool first = !known_before;
            co_await record_look(std::string(object.uid()), first, std::move(*draft));
            context_.on_runtime_seen(*runtime_of(object));
        }
        break;
    }
    case Role::pod:
        if (auto draft = pod_present(object)) {
            const bool first = context_.ledger->find(kind_.kind.name, object.uid()) == nullptr;
            co_await record_look(std::string(object.uid()), first, std::move(*draft));
        }
        break;
    case Role::slice:
        co_await slice_seen(object);
        break;
    case Role::owned:
        co_await owned_seen(object);
        break;
    }
}

asio::awaitable<void> Feed::gone(kube::Gone notice) {
    const auto *entry = context_.ledger->find(kind_.kind.name, notice.uid);
    context_.own->went(kind_.kind.name, notice.key, notice.uid);
    context_.ledger->forget_deleted(kind_.kind.name, notice.uid);
    coalescer_.forget(notice.uid);
    switch (kind_.role) {
    case Role::runtime:
    case Role::catalog: {
        const auto &kind = kind_.role == Role::runtime ? xtrinode_kind() : catalog_kind();
        if (kind_.role == Role::runtime) context_.seen->resource_gone(notice.key, notice.uid);
        context_.own->forget(notice.uid);
        context_.hidden->set(kind.kind, notice.key.ns, notice.key.name, {});
        co_await record_news(resource_gone(kind, notice.uid, notice.key, notice.resource_version));
        break;
    }
    case Role::pod:
        if (entry) co_await record(pod_gone(entry->subject, notice.key.name, notice.uid));
        break;
    case Role::slice:
        if (auto slice = endpoints_.take(notice.uid)) co_await record_endpoints(slice->service, slice->subject);
        break;
    case Role::deployment:
    case Role::owned:
        if (kind_.role == Role::deployment) context_.seen->deployment_gone(notice.key, notice.uid);
        context_.drift->forget(notice.uid);
        context_.own->forget(notice.uid);
        if (entry)
            co_await record(object_gone(entry->subject, kind_.kind.name, kind_.kind.api_version(), notice.key.name, notice.uid));
        context_.on_unowned_gone(kind_.kind.name, notice.key);
        break;
    }
}

asio::awaitable<void> Feed::resource_seen(const kube::Object &object) {
    const RuntimeId id{std::string(object.ns()), std::string(object.name())};
    const bool is_runtime = kind_.role == Role::runtime;
    if (is_runtime) context_.seen->resource(object);
    std::vector<HiddenValue> hidden;
    const auto &kind = is_runtime ? xtrinode_kind() : catalog_kind();
    auto draft = resource_present(kind, object, *context_.redactor, *context_.ledger, &hidden);
    context_.hidden->set(kind.kind, id.ns, id.name, std::move(hidden));
    co_await record_news(std::move(draft));
    // Status and annotations may have been changed by others: nothing to record, but perhaps something to repair.
    if (is_runtime) context_.on_runtime_seen(id);
}

asio::awaitable<void> Feed::owned_seen(const kube::Object &object) {
    const auto id = runtime_of(object);
    if (!id) {
        context_.on_unowned_seen(object);
        co_return;
    }
    const kube::ObjectKey key{std::string(object.ns()), std::string(object.name())};
    const auto *entry = context_.ledger->find(kind_.kind.name, object.uid());
    const bool known = entry != nullptr;
    auto version = context_.own->last(object.uid());
    if (entry) version = std::max(version, entry->applied_version);
    const auto seen = context_.drift->look(object, version);
    // What is on its way out is not news; what we are writing just now is told by the outcome of the write.
    if (!object.metadata("deletionTimestamp").empty()) co_return;
    if (context_.own->shown(kind_.kind.name, key, object.uid())) {
        reached(Probe::write_under_way_was_echoed);
        co_return;
    }
    const bool drifted = seen == DriftWatch::Seen::drifted;
    if (drifted || !known) co_await record(object_present(Subject::runtime(*id), object, drifted, context_.drift->manager()));
}

asio::awaitable<void> Feed::slice_seen(const kube::Object &object) {
    const auto service = object.label("kubernetes.io/service-name");
    const auto id = runtime_of(object);
    if (service.empty() || !id) co_return;
    EndpointTable::Slice slice;
    slice.service = {std::string(object.ns()), std::string(service)};
    slice.subject = Subject::runtime(*id);
    slice.ready = ready_in_slice(object);
    auto subject = slice.subject;
    auto changed = endpoints_.put(std::string(object.uid()), std::move(slice));
    co_await record_endpoints(std::move(changed), std::move(subject));
}

asio::awaitable<void> Feed::record_endpoints(kube::ObjectKey service, Subject subject) {
    // Half a list gives half a sum: wait for its end.
    if (listing_ > 0) co_return;
    const auto ready = endpoints_.ready(service);
    const bool first = !context_.ledger->ready_endpoints(service).has_value();
    auto draft = endpoints(subject, service.name, ready);
    co_await record_look(service.ns + "/" + service.name, first, std::move(draft));
}

std::string Feed::lane_of(const EventDraft &draft) const {
    const auto runtime = RuntimeId::parse(std::string_view(draft.subject.text).substr(draft.subject.text.find('/') + 1));
    return runtime.ok() ? ingest::lane_of(kind_.kind.name, runtime->ns) : lane_;
}

asio::awaitable<void> Feed::record(EventDraft draft) {
    auto lane = lane_of(draft);
    co_await context_.recorder->record(std::move(lane), std::move(draft), Engine::Priority::observation);
}

asio::awaitable<void> Feed::record_news(EventDraft draft) {
    auto lane = lane_of(draft);
    co_await context_.recorder->record_news(std::move(lane), std::move(draft));
}

asio::awaitable<void> Feed::record_look(std::string object, bool first, EventDraft draft) {
    if (!first) {
        if (!context_.ledger->news(draft)) co_return coalescer_.forget(object); // as it was: what is held in between is past
        if (!coalescer_.admit(object, draft, netkit::TimeSource::monotonic_now())) {
            if (!std::exchange(recording_held_, true)) context_.tasks->spawn("held looks of " + kind_.kind.name, record_held());
            co_return;
        }
    }
    co_await record_news(std::move(draft));
}

// Never waits for the engine with a look in hand: a newer one could overtake it.
asio::awaitable<void> Feed::record_held() {
    while (const auto next = coalescer_.next()) {
        const auto pause = std::max<std::chrono::milliseconds>(
            shortest_pause, std::chrono::ceil<std::chrono::milliseconds>(*next - netkit::TimeSource::monotonic_now()));
        if (!co_await netkit::sleep_for(pause)) co_return;
        coalescer_.due(netkit::TimeSource::monotonic_now(),
                       [this](const EventDraft &draft) { return context_.recorder->try_record_news(lane_of(draft), draft); });
    }
    recording_held_ = false;
}

} // namespace xtn::ingest
