#include "gateway/control/control_thread.hpp"

#include "netkit/task.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/json/object.hpp>

#include <future>

namespace xtn::gateway {

namespace {

constexpr std::chrono::milliseconds housekeeping_interval{200};
constexpr int expire_every = 300; // housekeepings: a minute
constexpr std::chrono::milliseconds last_records_time{500};

} // namespace

ControlThread::ControlThread(Shared &shared, std::function<void(std::shared_ptr<const RoutingTable>)> installed)
    : shared_(shared), work_(context_.get_executor()),
      tables_(shared,
              [this, installed = std::move(installed)](std::shared_ptr<const RoutingTable> table) {
                  installed(std::move(table));
                  watch_.hurry();
              }),
      watch_(shared, context_) {}

ControlThread::~ControlThread() {
    stop();
}

Status ControlThread::prepare() {
    shared_.run_on_control = [this](std::function<void()> work) { boost::asio::post(context_, std::move(work)); };
    shared_.ask_for_follow_up = [this](FollowUpQuestion question, std::function<void(FollowUpAnswer)> reply) {
        watch_.ask(std::move(question), std::move(reply));
    };
    shared_.look_up = [this](std::string host, std::uint16_t port, std::function<void(std::vector<Endpoint4or6>)> reply) {
        boost::asio::post(context_, [this, host = std::move(host), port, reply = std::move(reply)]() mutable {
            using Resolver = boost::asio::ip::tcp::resolver;
            auto resolver = std::make_shared<Resolver>(context_); // lives as long as its question
            auto done = [resolver, reply = std::move(reply)](const boost::system::error_code &failed,
                                                             const Resolver::results_type &results) {
                std::vector<Endpoint4or6> found;
                if (!failed) {
                    for (const auto &each : results)
                        found.push_back(each.endpoint());
                }
                reply(std::move(found));
            };
            resolver->async_resolve(host, std::to_string(port), std::move(done));
        });
    };
    const auto &options = shared_.options;
    tables_.load_last_good();
    if (!options.routes_file.empty()) {
        file_ = std::make_unique<RoutesFile>(shared_, tables_, options.routes_file);
        if (auto loaded = file_->load(); !loaded) {
            if (!shared_.table_loaded.load()) return std::move(loaded).error();
            shared_.log.error("{}; the last good table stays in use", loaded.error().message);
        }
    }
    netkit::Origin origin;
    std::string prefix;
    if (!options.control_plane_url.empty()) {
        auto parsed = netkit::Origin::parse(options.control_plane_url, &prefix);
        if (!parsed) return std::move(parsed).error().with("control plane URL");
        origin = std::move(*parsed);
        stream_ = std::make_unique<RouteStream>(shared_, tables_, context_, origin, prefix);
    }
    if (shared_.records.enabled()) sender_ = std::make_unique<RecordSender>(shared_, context_, origin, prefix);
    return ok();
}

void ControlThread::start() {
    const auto executor = context_.get_executor();
    watch_.start();
    netkit::spawn(executor, "gateway housekeeping", housekeeping());
    if (file_ != nullptr) netkit::spawn(executor, "routes file", file_->watch());
    if (stream_ != nullptr) netkit::spawn(executor, "route stream", stream_->follow());
    if (sender_ != nullptr) netkit::spawn(executor, "record sender", sender_->run());
    thread_ = std::thread([this] { context_.run(); });
}

boost::asio::awaitable<void> ControlThread::housekeeping() {
    for (int round = 0; co_await netkit::sleep_for(housekeeping_interval); ++round) {
        shared_.access_log.flush();
        if (round % expire_every != 0) continue;
        shared_.tracker.expire(std::chrono::steady_clock::now());
        if (const auto n = shared_.refusals.take_coalesced(); n > 0) {
            boost::json::object payload;
            payload["type"] = "query.refused";
            payload["count"] = n;
            shared_.record("observation.coalesced", "cluster", std::move(payload));
        }
    }
}

void ControlThread::stop() {
    if (!thread_.joinable()) return;
    if (sender_ != nullptr) {
        auto sent = std::make_shared<std::promise<void>>();
        auto done = sent->get_future();
        // A sender that waits for the control plane right now may send the same batch; it is folded once.
        struct Last {
            static boost::asio::awaitable<void> run(RecordSender &sender, std::shared_ptr<std::promise<void>> sent) {
                const auto by = Deadline::after(last_records_time);
                co_await sender.flush(by);
                sent->set_value();
            }
        };
        netkit::spawn(context_.get_executor(), "last records", Last::run(*sender_, std::move(sent)));
        done.wait_for(2 * last_records_time);
    }
    context_.stop();
    thread_.join();
    shared_.access_log.flush();
}

} // namespace xtn::gateway
