#include "adapters/gateway/gateway_adapter.hpp"

#include "adapters/gateway/busy_gateways.hpp"
#include "adapters/gateway/record_intake.hpp"
#include "adapters/gateway/route_feed.hpp"
#include "core/base/logging.hpp"
#include "core/base/mutex.hpp"
#include "projections/world.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <deque>
#include <thread>
#include <utility>

namespace xtn {

namespace {

constexpr std::chrono::seconds durable_in{10};
constexpr std::size_t max_waiting_batches = 64;
// Far more than gateways can have in flight when a control plane stops.
constexpr std::uint64_t remembered_events = 20000; // of each stream

netkit::Response json_answer(int status, const boost::json::object &body) {
    netkit::Response response;
    response.status = status;
    response.headers.add("Content-Type", "application/json");
    response.body = boost::json::serialize(body) + "\n";
    return response;
}

netkit::Response error_answer(int status, std::string_view message) {
    boost::json::object error;
    error["code"] = status;
    error["message"] = message;
    boost::json::object body;
    body["error"] = std::move(error);
    return json_answer(status, body);
}

int status_of(const Error &error) {
    return error.code == Code::invalid_argument ? 400 : 503;
}

} // namespace

// Held by the engine's subscriber too, which outlives the adapter.
struct GatewayAdapter::Impl {
    explicit Impl(Options o)
        : options(o), feed(o.heartbeat),
          intake({.queries = [this](std::vector<EventDraft> drafts) { return append(std::move(drafts)); },
                  .control = [this](std::vector<EventDraft> drafts) { return submit(std::move(drafts)); }},
                 options.pause_points),
          busy(o.vanished_after), thread([this] { run(); }) {}
    ~Impl() { stop(); }

    // A table that was not made from a complete picture yet would cut everybody off: unknown is not empty.
    void look(const Machine &machine) {
        const auto &world = dynamic_cast<const World &>(machine);
        if (world.routes_known()) feed.offer(world.routes());
    }

    Status append(std::vector<EventDraft> drafts) const {
        if (options.shed) options.shed(drafts);
        if (drafts.empty()) return ok();
        Log::Append append;
        append.stream = Stream::queries;
        append.epoch = options.engine->epoch();
        append.drafts = std::move(drafts);
        auto stored = options.log->append(std::move(append));
        if (!stored) return std::move(stored).error().with("queries stream");
        return ok();
    }

    Status submit(std::vector<EventDraft> drafts) const {
        auto stored = options.engine->submit_and_wait("gateway", std::move(drafts), Deadline::after(durable_in));
        if (!stored) return std::move(stored).error().with("control stream");
        return ok();
    }

    Status remember() {
        for (const auto stream : {Stream::queries, Stream::control}) {
            const auto head = options.log->head(stream).seq;
            const Seq from{head.value > remembered_events ? head.value - remembered_events : 1};
            auto scanned = options.log->scan(stream, std::max(from, options.log->first(stream)), [&](const Event &event) {
                intake.remember(stream, event);
                busy.observe(event, BusyGateways::Clock::now());
                return true;
            });
            if (!scanned) return scanned;
        }
        return ok();
    }

    void handle(std::shared_ptr<netkit::Exchange> exchange) {
        const auto &request = exchange->request();
        const auto path = request.path();
        const bool reads = request.method == "GET" || request.method == "HEAD";
        if (path == "/api/v1/routes/stream") {
            if (request.method != "GET") return exchange->respond(error_answer(405, "GET only"));
            return feed.stream_to(std::move(exchange));
        }
        if (path == "/api/v1/routes") {
            if (!reads) return exchange->respond(error_answer(405, "GET only"));
            const auto text = feed.current_text();
            if (text == nullptr) return exchange->respond(error_answer(503, "no route table yet"));
            netkit::Response response;
            response.headers.add("Content-Type", "application/json");
            response.body = *text;
            return exchange->respond(std::move(response));
        }
        if (path == "/api/v1/gateways/records") {
            if (request.method != "POST") return exchange->respond(error_answer(405, "POST only"));
            return enqueue(std::move(exchange));
        }
        exchange->respond(error_answer(404, "nothing is served here"));
    }

    // Waiting for the disk is not for an I/O thread.
    void enqueue(std::shared_ptr<netkit::Exchange> exchange) {
        bool taken = false;
        {
            const MutexLock lock(mutex);
            taken = !stopping && waiting.size() < max_waiting_batches;
            if (taken) waiting.push_back(exchange);
        }
        if (taken) return changed.notify_all();
        exchange->respond(error_answer(503, "too many batches wait already"));
    }

    // An open stream is a sign of life as good as a batch: a gateway whose queries just go on has nothing to tell.
    void withdraw_vanished() {
        const auto now = BusyGateways::Clock::now();
        for (const auto &gateway : feed.gateways())
            busy.heard(gateway, now);
        for (const auto &gone : busy.vanished(now)) {
            auto recorded = submit(BusyGateways::drafts(gone, intake.next_number(gone.gateway)));
            if (!recorded) {
                log.warn("gateway {} vanished, which could not be recorded yet: {}", gone.gateway, recorded.error().message);
                continue;
            }
            log.warn("nothing was heard of gateway {} for {} s: its reports of running queries are withdrawn", gone.gateway,
                     gone.unheard.count());
            busy.forget(gone.gateway);
        }
    }

    void run() {
        const auto interval = std::max(options.vanished_after / 12, std::chrono::milliseconds(10));
        auto look_again = Deadline::after(interval);
        for (;;) {
            std::shared_ptr<netkit::Exchange> exchange;
            {
                MutexLock lock(mutex);
                while (waiting.empty() && !stopping && !look_again.passed())
                    changed.wait_until(mutex, look_again);
                if (stopping) return;
                if (!waiting.empty()) {
                    exchange = std::move(waiting.front());
                    waiting.pop_front();
                }
            }
            if (look_again.passed()) {
                withdraw_vanished();
                look_again = Deadline::after(interval);
            }
            if (exchange == nullptr) continue;
            auto taken = intake.take(exchange->request().body,
                                     [this](const std::string &gateway) { busy.heard(gateway, BusyGateways::Clock::now()); });
            if (taken) {
                exchange->respond(json_answer(200, {}));
            } else {
                log.warn("records of a gateway are not taken: {}", taken.error().message);
                exchange->respond(error_answer(status_of(taken.error()), taken.error().message));
            }
        }
    }

    void stop() {
        std::deque<std::shared_ptr<netkit::Exchange>> left;
        {
            const MutexLock lock(mutex);
            stopping = true;
            left.swap(waiting);
        }
        changed.notify_all();
        for (const auto &exchange : left)
            exchange->respond(error_answer(503, "the control plane is stopping"));
        feed.stop();
        const MutexLock lock(joining);
        if (thread.joinable()) thread.join();
    }

    const Options options;
    const Logger log{"gateways"};
    RouteFeed feed;
    RecordIntake intake;
    BusyGateways busy;
    Mutex mutex;
    CondVar changed;
    std::deque<std::shared_ptr<netkit::Exchange>> waiting XTN_GUARDED_BY(mutex);
    bool stopping XTN_GUARDED_BY(mutex) = false;
    Mutex joining;
    std::thread thread; // started last
};

std::unique_ptr<GatewayAdapter> GatewayAdapter::start(Options options) {
    auto impl = std::make_shared<Impl>(options);
    if (auto remembered = impl->remember(); !remembered)
        impl->log.error("the log's tail cannot be read; records that gateways send again may be recorded twice: {}",
                        remembered.error().message);
    options.engine->subscribe("gateways",
                              [weak = std::weak_ptr<Impl>(impl)](const Machine &machine, std::span<const Event> events) {
                                  const auto alive = weak.lock();
                                  if (alive == nullptr) return;
                                  alive->look(machine);
                                  for (const auto &event : events)
                                      alive->busy.observe(event, BusyGateways::Clock::now());
                              });
    return std::unique_ptr<GatewayAdapter>(new GatewayAdapter(std::move(impl)));
}

GatewayAdapter::GatewayAdapter(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
GatewayAdapter::~GatewayAdapter() {
    stop();
}

netkit::Server::Handler GatewayAdapter::handler() {
    return [weak = std::weak_ptr<Impl>(impl_)](std::shared_ptr<netkit::Exchange> exchange) {
        if (const auto alive = weak.lock()) return alive->handle(std::move(exchange));
        exchange->respond(error_answer(503, "the control plane is stopping"));
    };
}

void GatewayAdapter::on_routes(std::function<void(const RouteTable &)> listener) {
    impl_->feed.listen(std::move(listener));
}

Status GatewayAdapter::take_records(std::string_view batch_json) {
    return impl_->intake.take(batch_json, [this](const std::string &gateway) { impl_->busy.in_process(gateway); });
}

void GatewayAdapter::stop() {
    impl_->stop();
}

} // namespace xtn
