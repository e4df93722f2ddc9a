// Watches: events in the order of revisions, late, twice, cut, or not at all.
#include "test/sim/api_server_parts.hpp"

#include "adapters/sandbox/api/json_text.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <cstdlib>

namespace xtn::simulation {
using namespace std::chrono_literals;
namespace json = boost::json;
using netkit::Response;

namespace {
constexpr auto bookmark_interval = 60s;
}

void ApiServer::open_watch(Call &call) {
    const auto waiter = call.waiter.lock();
    if (!waiter) return;
    const auto path = sandbox::ResourcePath::parse(call.request.path());
    const auto kind = registry().find(path.group, path.version, path.plural);
    if (!kind) return refuse(call, 404, "NotFound");
    sandbox::QueryParameters parameters{netkit::parse_query(call.request.query())};
    auto options = sandbox::list_options(*kind, parameters);
    if (std::holds_alternative<sandbox::ApiFailure>(options)) return refuse(call, 400, "BadRequest");
    auto &given = std::get<sandbox::ListOptions>(options);
    const auto watch = std::make_shared<Watch>(waiter->done.get_executor());
    watch->kind = kind;
    watch->storage = sandbox::storage_of(*kind);
    watch->ns = path.ns;
    watch->query = std::move(given.query);
    watch->bookmarks = given.bookmarks;
    watch->seen = std::strtoull(given.resource_version.value_or("0").c_str(), nullptr, 10);
    watch->last_delivery = context_.loop->now();
    const auto missed = store_->changes_after(watch->seen, 1U << 20U);
    if (!missed.ok()) {
        if (context_.choices->pick("watch: expired at once or in the stream", 2) == 0) return refuse(call, 410, "Expired");
        watch->buffer = sandbox::watch_line(
            "ERROR",
            R"({"kind":"Status","status":"Failure","code":410,"reason":"Expired","message":"too old resource version"})");
        watch->ended = true;
    } else {
        for (const auto &change : *missed)
            feed(*watch, change);
    }
    const auto seconds = given.timeout_seconds && *given.timeout_seconds > 0 ? *given.timeout_seconds : 1800;
    context_.loop->after(std::chrono::seconds(seconds), [weak = std::weak_ptr(watch)] {
        if (const auto alive = weak.lock()) {
            alive->ended = true;
            alive->wake();
        }
    });
    watches_.push_back(watch);
    bookmark_later(watch);
    Response head;
    head.headers.add("Content-Type", "application/json");
    waiter->body = std::make_unique<MemoryBody>(*this, watch);
    answer(call, std::move(head));
}

void ApiServer::bookmark_later(const std::shared_ptr<Watch> &watch) {
    if (!watch->bookmarks) return;
    context_.loop->after(bookmark_interval, [this, weak = std::weak_ptr(watch)] {
        const auto alive = weak.lock();
        if (!alive || alive->ended || alive->broken) return;
        if (!context_.choices->fault("watch: no bookmark", 100)) {
            const auto at = std::max(alive->seen, store_->seen(*position_));
            alive->seen = at;
            deliver(*alive, sandbox::watch_line("BOOKMARK", sandbox::write_json(json::object{
                                                                {"kind", alive->kind->kind},
                                                                {"apiVersion", alive->kind->api_version()},
                                                                {"metadata", {{"resourceVersion", std::to_string(at)}}}})));
        }
        bookmark_later(alive);
    });
}

void ApiServer::feed(Watch &watch, const sandbox::StoredChange &change) {
    if (change.revision <= watch.seen || watch.ended || watch.broken) return;
    watch.seen = change.revision;
    if (saboteur_.hides(change)) return;
    if (change.key.resource != watch.storage || (!watch.ns.empty() && change.key.ns != watch.ns)) return;
    const bool was = change.before && watch.query.matches(*change.before);
    const bool is = change.type != sandbox::ChangeType::deleted && watch.query.matches(*change.after);
    if (!was && !is) return;
    json::object shown = sandbox::Machinery::served(
        *watch.kind, is || change.type == sandbox::ChangeType::deleted ? *change.after : *change.before);
    saboteur_.shown(shown);
    if (!is) shown["metadata"].as_object()["resourceVersion"] = std::to_string(change.revision);
    deliver(watch, sandbox::watch_line(is ? (was ? "MODIFIED" : "ADDED") : "DELETED", sandbox::write_json(shown)));
}

void ApiServer::deliver(Watch &watch, std::string line) {
    auto &choices = *context_.choices;
    const auto plural = watch.kind ? watch.kind->plural : std::string();
    auto delay = choices.latency("watch: " + plural, 200us, 200ms);
    if (choices.fault("watch: late", 10)) delay += choices.latency("watch: how late", 1s, 30s);
    const bool repeated = choices.fault("watch: event twice", 12);
    const bool cut = choices.fault("watch: cut", 8);
    const bool torn = choices.fault("watch: cut in the middle", 4);
    if (choices.fault("watch: silent", 3)) watch.silent = true;
    // In order within a stream.
    const auto at = std::max(watch.last_delivery, context_.loop->now() + delay);
    watch.last_delivery = at;
    if (torn) line.resize(line.size() / 2);
    if (repeated && !torn) line += line;
    context_.loop->after(at - context_.loop->now(),
                         [weak = watch.weak_from_this(), line = std::move(line), broken = cut || torn] {
                             const auto alive = weak.lock();
                             if (!alive || alive->broken || alive->silent) return;
                             alive->buffer += line;
                             if (broken) alive->broken = true;
                             alive->wake();
                         });
}

void ApiServer::cut_watches(std::string_view plural) {
    for (const auto &weak : watches_)
        if (const auto watch = weak.lock(); watch && (plural.empty() || watch->kind->plural == plural)) {
            watch->broken = true;
            watch->wake();
        }
}

} // namespace xtn::simulation
