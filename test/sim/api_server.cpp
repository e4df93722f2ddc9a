#include "test/sim/api_server_parts.hpp"

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
