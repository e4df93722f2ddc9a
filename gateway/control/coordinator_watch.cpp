#include "gateway/control/coordinator_watch.hpp"

#include "netkit/task.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>

namespace xtn::gateway {

namespace asio = boost::asio;

namespace {

constexpr std::size_t parallel = 20;
constexpr int probe_attempts = 3; // within the probe's timeout (spec 50 §15)
constexpr std::chrono::milliseconds first_pause{50};
constexpr std::size_t max_asking = 256;
constexpr std::size_t max_nobody = 4096;
constexpr std::chrono::seconds nobody_time{2};
constexpr std::chrono::seconds fresh_time{1};
constexpr auto wait_tuple = asio::as_tuple(asio::use_awaitable);

bool worth_another_try(int status) {
    return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

// Could the connection not even be made? netkit names the step that failed.
bool unreachable(const Error &error) {
    return error.message.starts_with("connecting to ") || error.message.starts_with("name ");
}

} // namespace

CoordinatorWatch::CoordinatorWatch(Shared &shared, asio::io_context &context)
    : shared_(shared), context_(context), client_(context.get_executor(),
                                                  [] {
                                                      netkit::Client::Options options;
                                                      options.max_body_bytes = 64 * 1024;
                                                      options.max_idle_per_origin = 2;
                                                      return options;
                                                  }()),
      wake_(context) {}

void CoordinatorWatch::start() {
    netkit::spawn(context_.get_executor(), "gateway health", run());
}

void CoordinatorWatch::hurry() {
    asio::post(context_, [this] { wake_.cancel(); });
}

CoordinatorWatch::Targets CoordinatorWatch::targets_of(const RoutingTable &table, bool sleeping_too) {
    std::map<const Coordinator *, Target> by_coordinator;
    for (const auto &route : table.routes()) {
        for (const auto &entry : route.backends) {
            const bool asleep = entry.backend.state == BackendState::paused || entry.backend.state == BackendState::resuming;
            if (!entry.serves_follow_ups() || (asleep && !sleeping_too)) continue;
            auto &target = by_coordinator[entry.coordinator.get()];
            target.asleep = target.coordinator == nullptr ? asleep : target.asleep && asleep;
            target.coordinator = entry.coordinator;
            target.judged = target.judged || entry.takes_new_queries();
            if (std::find(target.identities.begin(), target.identities.end(), entry.identity) == target.identities.end()) {
                target.identities.push_back(entry.identity);
            }
        }
    }
    Targets out;
    for (auto &[coordinator, target] : by_coordinator)
        out.push_back(std::move(target));
    return out;
}

asio::awaitable<void> CoordinatorWatch::run() {
    for (;;) {
        const auto next = std::chrono::steady_clock::now() + shared_.options.timeouts.health_interval;
        if (const auto table = shared_.table()) {
            auto targets = targets_of(*table, false);
            std::function<Task(Target &)> each = [this](Target &target) { return look_at(target); };
            co_await in_parallel(targets, std::move(each));
            shared_.directory.prune([&table](std::string_view identity) { return table->backend(identity) != nullptr; });
        }
        wake_.expires_at(next);
        co_await wake_.async_wait(wait_tuple);
    }
}

asio::awaitable<void> CoordinatorWatch::in_parallel(Targets &targets, std::function<Task(Target &)> each) {
    struct Progress {
        std::size_t next = 0, running = 0;
    };
    Progress progress;
    asio::steady_timer done(context_, std::chrono::steady_clock::time_point::max());
    // The frame of this coroutine outlives its helpers: it waits until the last one has ended.
    struct Helper {
        static Task run(Targets &targets, Progress &progress, asio::steady_timer &done,
                        const std::function<Task(Target &)> &each) {
            while (progress.next < targets.size()) {
                auto &mine = targets[progress.next++];
                co_await each(mine);
            }
            if (--progress.running == 0) done.cancel();
        }
    };
    const auto helpers = std::min(parallel, targets.size());
    progress.running = helpers;
    for (std::size_t i = 0; i < helpers; ++i) {
        netkit::spawn(context_.get_executor(), "gateway probe", Helper::run(targets, progress, done, each));
    }
    while (progress.running > 0)
        co_await done.async_wait(wait_tuple);
}

netkit::Origin CoordinatorWatch::origin_of(const Coordinator &coordinator) {
    netkit::Origin origin;
    origin.host = coordinator.endpoint.host;
    origin.port = coordinator.endpoint.port;
    origin.address = shared_.hosts.find(coordinator.endpoint.host).value_or("");
    return origin;
}

// One health check. A 2xx also says who the coordinator is.
asio::awaitable<void> CoordinatorWatch::look_at(Target &target) {
    const auto deadline = Deadline::after(shared_.options.timeouts.health_timeout);
    netkit::Request request;
    request.target = target.coordinator->endpoint.prefix + "/v1/info";
    auto probe = Health::Probe::bad;
    int status = 0;
    std::string detail;
    auto rest = first_pause;
    for (int attempt = 1; attempt <= probe_attempts; ++attempt) {
        const auto origin = origin_of(*target.coordinator);
        auto result = co_await client_.send(origin, request, deadline);
        if (result) {
            status = result->status;
            if (status >= 200 && status < 300) {
                probe = Health::Probe::good;
                target.answers = true;
                learn(target, result->body);
                break;
            }
            detail = "non-2xx status " + std::to_string(status);
            if (!worth_another_try(status)) break;
        } else {
            detail = result.error().message;
            probe = unreachable(result.error()) ? Health::Probe::unreachable : Health::Probe::bad;
            if (probe == Health::Probe::unreachable) break;
        }
        if (attempt == probe_attempts || deadline.passed()) break;
        co_await netkit::sleep_for(rest);
        rest *= 2;
    }
    if (!target.judged) co_return;
    const auto before = target.coordinator->health.record(probe, status, detail, std::chrono::steady_clock::now());
    const auto after = target.coordinator->health.state();
    if (before == after) co_return;
    const bool worse = after == Health::State::unhealthy || after == Health::State::sleeping;
    for (const auto &identity : target.identities) {
        if (worse) {
            shared_.log.warn("{}: {} -> {}: {}", identity, health_name(before), health_name(after), detail);
        } else {
            shared_.log.info("{}: {} -> {}", identity, health_name(before), health_name(after));
        }
        boost::json::object payload;
        payload["backend"] = identity;
        payload["from"] = health_name(before);
        payload["to"] = health_name(after);
        if (!detail.empty()) payload["detail"] = detail.substr(0, 256);
        shared_.record_level("backend.health.changed", "runtime/" + identity, std::move(payload), "from");
    }
}

// {"coordinatorId":"k3x9p","nodeVersion":{"version":"483"},...}: Trino 483 and later say it; older ones leave it out.
void CoordinatorWatch::learn(Target &target, std::string_view body) {
    boost::system::error_code ec;
    const auto info = boost::json::parse(boost::json::string_view(body.data(), body.size()), ec);
    if (ec || !info.is_object()) return;
    const auto *id = info.as_object().if_contains("coordinatorId");
    if (id == nullptr || !id->is_string() || id->as_string().size() != 5) return;
    const std::string suffix(id->as_string());
    target.identified = true;
    std::string version;
    if (const auto *node = info.as_object().if_contains("nodeVersion"); node != nullptr && node->is_object()) {
        if (const auto *v = node->as_object().if_contains("version"); v != nullptr && v->is_string())
            version = v->as_string().c_str();
    }
    for (const auto &identity : target.identities) {
        if (!shared_.directory.learn(suffix, identity)) continue;
        shared_.log.info("{}: query ids end in {}", identity, suffix);
        boost::json::object payload;
        payload["backend"] = identity;
        payload["suffix"] = suffix;
        if (!version.empty()) payload["trino_version"] = version.substr(0, 64);
        shared_.record_level("coordinator.identified", "runtime/" + identity, std::move(payload));
    }
}

void CoordinatorWatch::ask(FollowUpQuestion question, std::function<void(FollowUpAnswer)> reply) {
    asio::post(context_, [this, question = std::move(question), reply = std::move(reply)]() mutable {
        if (asking_ >= max_asking) {
            FollowUpAnswer busy;
            busy.complete = false;
            reply(std::move(busy));
            return;
        }
        ++asking_;
        netkit::spawn(context_.get_executor(), "gateway question", answer(std::move(question), std::move(reply)));
    });
}

asio::awaitable<void> CoordinatorWatch::identify_all(std::shared_ptr<const RoutingTable> table, Targets &out) {
    while (round_.running) { // somebody asks already: share the outcome
        const auto done = round_.done;
        co_await done->async_wait(wait_tuple);
    }
    const auto now = std::chrono::steady_clock::now();
    if (round_.table != table || now - round_.finished > fresh_time) {
        round_.running = true;
        round_.done = std::make_shared<asio::steady_timer>(context_, std::chrono::steady_clock::time_point::max());
        auto targets = targets_of(*table, true);
        std::function<Task(Target &)> each = [this](Target &target) { return look_at(target); };
        co_await in_parallel(targets, std::move(each));
        round_.result = std::move(targets);
        round_.table = table;
        round_.finished = std::chrono::steady_clock::now();
        round_.running = false;
        round_.done->cancel();
    }
    out = round_.result;
}

// HEAD changes nothing at a coordinator and answers at once: 2xx where the query is, 404 or 410 where it is not.
asio::awaitable<bool> CoordinatorWatch::has_query(const Target &target, const FollowUpQuestion &question, bool &heard) {
    netkit::Request request;
    request.method = "HEAD";
    request.target = target.coordinator->endpoint.prefix + question.target;
    std::string_view lines = question.credentials;
    while (!lines.empty()) {
        const auto end = lines.find("\r\n");
        const auto line = lines.substr(0, end);
        const auto colon = line.find(':');
        if (end == std::string_view::npos || colon == std::string_view::npos) break;
        request.headers.add(std::string(line.substr(0, colon)),
                            std::string(line.substr(colon + 2 <= line.size() ? colon + 2 : colon + 1)));
        lines.remove_prefix(end + 2);
    }
    const auto origin = origin_of(*target.coordinator);
    auto result = co_await client_.send(origin, request, Deadline::after(shared_.options.timeouts.health_timeout));
    heard = result.ok() && (result->status < 500);
    co_return result.ok() && result->status >= 200 && result->status < 300;
}

asio::awaitable<void> CoordinatorWatch::answer(FollowUpQuestion question, std::function<void(FollowUpAnswer)> reply) {
    FollowUpAnswer out;
    const auto now = std::chrono::steady_clock::now();
    const auto vain = nobody_.find(question.target);
    if (vain == nobody_.end() || now - vain->second > nobody_time) {
        Targets targets;
        co_await identify_all(question.table, targets);
        if (const auto identity = shared_.directory.find(question.suffix)) {
            out.identity = *identity;
        } else {
            // Left are coordinators that do not say who they are; the others have been told apart by their suffix. (An id without
            // a suffix of five characters tells nobody apart.)
            std::erase_if(targets, [&](const Target &t) {
                if (!t.answers) {
                    out.complete = out.complete && t.asleep;
                    return true;
                }
                return t.identified && !question.suffix.empty();
            });
            std::function<Task(Target &)> each = [this, &question, &out](Target &target) -> Task {
                bool heard = false;
                const bool has = co_await has_query(target, question, heard);
                if (has && out.identity.empty()) out.identity = target.identities.front();
                out.complete = out.complete && heard;
            };
            co_await in_parallel(targets, std::move(each));
            if (!out.identity.empty()) {
                if (!question.suffix.empty()) shared_.directory.learn(question.suffix, out.identity);
            } else if (out.complete) {
                if (nobody_.size() >= max_nobody) nobody_.clear();
                nobody_[question.target] = std::chrono::steady_clock::now();
            }
        }
    }
    --asking_;
    reply(std::move(out));
}

} // namespace xtn::gateway
