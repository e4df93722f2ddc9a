#include "test/sim/api_server.hpp"

#include "adapters/sandbox/api/json_text.hpp"
#include "adapters/sandbox/api/options.hpp"
#include "adapters/sandbox/objects/metadata.hpp"
#include "adapters/sandbox/objects/status.hpp"
#include "core/model/yaml.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace xtn::simulation {
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace json = boost::json;
namespace sim = sandbox::sim;
using netkit::Request;
using netkit::Response;

namespace {

constexpr auto bookmark_interval = 60s;

struct Controlled {
    std::string_view storage;
    const sandbox::ResourceName *resource;
};
// What the controllers look at.
constexpr Controlled controlled[] = {
    {"apps/deployments", &sim::deployments},
    {"apps/replicasets", &sim::replica_sets},
    {"/pods", &sim::pods},
    {"/services", &sim::services},
    {"/endpoints", &sim::endpoints},
    {"discovery.k8s.io/endpointslices", &sim::endpoint_slices},
};

// An answer the server gave, kept.
class Taken final : public netkit::Exchange {
  public:
    explicit Taken(const Request &request) : request_(request) {}
    const Request &request() const override { return request_; }
    void respond(Response response) override { response_ = std::move(response); }
    void begin(Response head) override { response_ = std::move(head); }
    bool write(std::string) override { return false; }
    void finish() override {}
    void abort() override {}
    void on_close(std::function<void()>) override {}
    Response take() { return std::move(response_); }

  private:
    const Request &request_;
    Response response_;
};

std::string read_file(const std::string &path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

sandbox::NameSource names_of(Choices &choices) {
    sandbox::NameSource names;
    auto count = std::make_shared<std::uint64_t>(0);
    names.uid = [count] {
        char text[40];
        std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012llx", static_cast<unsigned long long>(++*count));
        return std::string(text);
    };
    names.suffix = [&choices] {
        std::string out;
        for (int i = 0; i < 5; ++i)
            out += sandbox::objects::suffix_alphabet[choices.pick("server: generated name",
                                                                  sandbox::objects::suffix_alphabet.size())];
        return out;
    };
    return names;
}

sandbox::HttpApi::Options http_options() {
    return {std::string(api_token), "v1.36.3"};
}

bool is_write(const Request &request) {
    return request.method != "GET";
}

} // namespace

struct ApiServer::Waiter {
    asio::steady_timer done; // cancelled when there is an answer
    std::optional<netkit::Result<Response>> answer;
    std::unique_ptr<netkit::BodyReader> body; // of a watch that was opened
    explicit Waiter(const asio::any_io_executor &executor) : done(executor, asio::steady_timer::time_point::max()) {}
};

struct ApiServer::Watch : std::enable_shared_from_this<ApiServer::Watch> {
    asio::steady_timer woken; // cancelled when there is something to read
    sandbox::KindPtr kind;
    std::string storage;
    std::string ns;
    sandbox::ListQuery query;
    bool bookmarks = false;
    std::uint64_t seen = 0; // revision
    Duration last_delivery{0};
    bool silent = false; // nothing comes through any more, and nobody says so
    std::string buffer;
    bool ended = false;  // in good order
    bool broken = false; // cut off
    explicit Watch(const asio::any_io_executor &executor) : woken(executor, asio::steady_timer::time_point::max()) {}
    void wake() { woken.cancel(); }
};

// What a reader of a watch holds.
class MemoryBody final : public netkit::BodyReader {
  public:
    MemoryBody(ApiServer &server, std::shared_ptr<ApiServer::Watch> watch) : server_(server), watch_(std::move(watch)) {}

    asio::awaitable<netkit::Result<std::string>> read(Deadline deadline) override {
        const auto watch = watch_;
        while (true) {
            if (!watch->buffer.empty()) {
                // In pieces, as it comes over a network: not always a whole line.
                const auto most = 1 + server_.context_.choices->pick("watch: piece", 8000);
                std::string piece = watch->buffer.substr(0, most);
                watch->buffer.erase(0, most);
                co_return piece;
            }
            if (watch->broken) co_return make_error(Code::unavailable, "connection reset by peer");
            if (watch->ended) co_return std::string();
            if (deadline.passed()) co_return make_error(Code::deadline_exceeded, "nothing came in time");
            auto wake = [weak = std::weak_ptr(watch)] {
                if (const auto alive = weak.lock()) alive->wake();
            };
            if (deadline.reachable()) server_.context_.loop->call_at(deadline.at(), std::move(wake));
            co_await watch->woken.async_wait(asio::as_tuple(asio::use_awaitable));
        }
    }

  private:
    ApiServer &server_;
    std::shared_ptr<ApiServer::Watch> watch_;
};

class MemoryTransport final : public kube::Transport {
  public:
    MemoryTransport(ApiServer &server, asio::any_io_executor executor) : server_(server), executor_(std::move(executor)) {}

    asio::awaitable<netkit::Result<Response>> send(netkit::Origin, Request request, Deadline deadline) override {
        auto waiter = std::make_shared<ApiServer::Waiter>(executor_);
        server_.begin({std::move(request), waiter, false}, deadline);
        co_await waiter->done.async_wait(asio::as_tuple(asio::use_awaitable));
        if (!waiter->answer) co_return make_error(Code::cancelled, "the caller gave up");
        co_return std::move(*waiter->answer);
    }

    asio::awaitable<netkit::Result<netkit::StreamedResponse>> open(netkit::Origin, Request request, Deadline deadline) override {
        auto waiter = std::make_shared<ApiServer::Waiter>(executor_);
        server_.begin({std::move(request), waiter, true}, deadline);
        co_await waiter->done.async_wait(asio::as_tuple(asio::use_awaitable));
        if (!waiter->answer) co_return make_error(Code::cancelled, "the caller gave up");
        if (!waiter->answer->ok()) co_return waiter->answer->error();
        netkit::StreamedResponse out;
        out.head = std::move(**waiter->answer);
        if (!waiter->body) { // refused: the answer is its body
            auto refusal = std::make_shared<ApiServer::Watch>(executor_);
            refusal->buffer = std::exchange(out.head.body, {});
            refusal->ended = true;
            waiter->body = std::make_unique<MemoryBody>(server_, std::move(refusal));
        }
        out.body = std::move(waiter->body);
        co_return out;
    }

  private:
    ApiServer &server_;
    asio::any_io_executor executor_;
};

// ---- the server ----

// Once for the process: reading the definitions takes longer than many a run.
sandbox::Registry &ApiServer::registry() {
    static auto *installed = [] {
        auto *made = new sandbox::Registry(); // NOLINT(cppcoreguidelines-owning-memory): as long as the process
        const char *root = std::getenv("XTN_SOURCE_ROOT");
        const std::string folder = std::string(root ? root : ".") + "/manifests/crds/analytics.xtrinode.io_";
        for (const auto *name : {"xtrinodes.yaml", "xtrinodecatalogs.yaml"}) {
            auto documents = yaml_documents(read_file(folder + name));
            if (!documents.ok() || documents->empty()) throw std::runtime_error("cannot read " + folder + name);
            for (auto &document : *documents) {
                sandbox::normalise_numbers(document);
                if (auto done = made->install(document.as_object()); !done.ok()) throw std::runtime_error(done.error().message);
            }
        }
        return made;
    }();
    return *installed;
}

ApiServer::ApiServer(Context context)
    : context_(std::move(context)), saboteur_(context_.broken),
      store_(std::move(*sandbox::Store::open({.directory = {}, .history = 4096}))),
      machinery_(*store_, registry(), names_of(*context_.choices)), hub_(*store_), in_process_(*store_, registry(), machinery_),
      collector_(*store_, registry(), machinery_), http_(http_options(), *store_, registry(), machinery_, hub_),
      writer_(in_process_, view_), recorder_(writer_), controllers_(writer_, recorder_),
      pods_({context_.loop, context_.choices, &writer_, [this] { changed(); }, context_.broken}), position_(store_->follow()) {}

ApiServer::~ApiServer() = default;

std::unique_ptr<kube::Transport> ApiServer::connect(asio::any_io_executor executor) {
    return std::make_unique<MemoryTransport>(*this, std::move(executor));
}

// ---- requests ----

void ApiServer::begin(Call call, Deadline deadline) {
    auto &choices = *context_.choices;
    if (deadline.reachable())
        context_.loop->call_at(deadline.at(), [waiter = call.waiter] {
            const auto alive = waiter.lock();
            if (!alive || alive->answer) return;
            alive->answer = make_error(Code::deadline_exceeded, "no answer in time");
            alive->done.cancel();
        });
    if (is_write(call.request)) {
        saboteur_.sent(call.request);
        if (context_.on_send) context_.on_send(call.request);
    }
    if (choices.fault("net: request lost", 6)) return;
    if (choices.fault("net: reset before", 8)) return answer(call, make_error(Code::unavailable, "connection reset by peer"));
    auto delay = choices.latency("net: request", 100us, 50ms);
    if (choices.fault("net: request late", 5)) {
        delay += choices.latency("net: how late", 2s, 60s);
        call.late = true;
    }
    context_.loop->after(delay, [this, call = std::move(call)]() mutable { arrive(call); });
}

void ApiServer::refuse(const Call &call, int status, std::string_view reason) {
    Response response;
    response.status = status;
    if (status == 429) response.headers.add("Retry-After", "1");
    response.headers.add("Content-Type", "application/json");
    response.body = sandbox::write_json(json::object{{"kind", "Status"},
                                                     {"apiVersion", "v1"},
                                                     {"status", "Failure"},
                                                     {"code", status},
                                                     {"reason", reason},
                                                     {"message", "the simulation says so"}});
    answer(call, std::move(response));
}

void ApiServer::arrive(Call &call) {
    auto &choices = *context_.choices;
    if (choices.fault("server: 429", 10)) return refuse(call, 429, "TooManyRequests");
    if (choices.fault("server: 500", 8)) return refuse(call, 500, "InternalError");
    if (choices.fault("server: 503", 5)) return refuse(call, 503, "ServiceUnavailable");
    if (call.watch) return open_watch(call);
    if (call.request.method == "PATCH" && choices.fault("server: conflict", 8)) return refuse(call, 409, "Conflict");
    if (is_write(call.request)) {
        ++writes_;
        if (context_.may_crash && context_.may_crash("sent, not done")) return;
    }
    auto response = carry_out(call.request);
    changed_by_ = call.late || call.waiter.expired() ? Writer::late : Writer::control_plane;
    changed();
    changed_by_ = Writer::others;
    if (is_write(call.request) && context_.may_crash && context_.may_crash("done, not answered")) return;
    if (choices.fault("net: answer lost", 8)) return;
    if (choices.fault("net: reset after", 8)) return answer(call, make_error(Code::unavailable, "connection reset by peer"));
    if (choices.fault("server: 500 although done", 4)) return refuse(call, 500, "InternalError");
    answer(call, std::move(response));
}

void ApiServer::answer(const Call &call, netkit::Result<Response> response) {
    auto delay = context_.choices->latency("net: answer", 100us, 50ms);
    if (context_.choices->fault("net: answer late", 8)) delay += context_.choices->latency("net: how late", 1s, 9s);
    context_.loop->after(delay, [waiter = call.waiter, response = std::move(response)]() mutable {
        const auto alive = waiter.lock();
        if (!alive || alive->answer) return;
        alive->answer = std::move(response);
        alive->done.cancel();
    });
}

Response ApiServer::carry_out(const Request &request) {
    return saboteur_.carry_out(request, [this](const Request &asked) {
        const auto exchange = std::make_shared<Taken>(asked);
        http_.handle(exchange);
        return exchange->take();
    });
}

// ---- watches ----

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

// ---- what follows from changes ----

void ApiServer::changed() {
    if (telling_) return;
    telling_ = true;
    while (store_->head() > store_->seen(*position_)) {
        for (const auto &change : store_->next(*position_, 256, Deadline::after(0s))) {
            if (context_.on_change) context_.on_change(change, changed_by_);
            std::erase_if(watches_, [](const auto &weak) { return weak.expired(); });
            for (const auto &weak : watches_)
                if (const auto watch = weak.lock()) feed(*watch, change);
            for_collector_.push_back(change);
            const auto known = std::find_if(std::begin(controlled), std::end(controlled),
                                            [&](const Controlled &c) { return c.storage == change.key.resource; });
            if (known == std::end(controlled)) continue;
            const bool gone = change.type == sandbox::ChangeType::deleted;
            if (gone)
                view_.drop(*known->resource, *change.after);
            else
                view_.put(*known->resource, *change.after);
            if (known->resource == &sim::pods) pods_.seen(*change.after, gone);
            reconcile_later(change.key.ns);
        }
    }
    telling_ = false;
    collect_later();
    if (context_.choices->fault("server: compaction", 2)) store_->compact();
}

void ApiServer::collect_later() {
    if (collector_scheduled_ || for_collector_.empty() || saboteur_.is(Broken::no_garbage_collector)) return;
    collector_scheduled_ = true;
    context_.loop->after(context_.choices->latency("cluster: collector", 1ms, 10s), [this] {
        collector_scheduled_ = false;
        collector_.take(std::exchange(for_collector_, {}));
        changed();
    });
}

void ApiServer::reconcile_later(const std::string &ns) {
    if (!dirty_.insert(ns).second) return;
    context_.loop->after(context_.choices->latency("cluster: controllers", 1ms, 5s), [this, ns] {
        dirty_.erase(ns);
        controllers_.reconcile(ns, Timestamp::now().rfc3339_seconds());
        changed();
    });
}

} // namespace xtn::simulation
