#include "gateway/control/record_sender.hpp"

#include "netkit/task.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace xtn::gateway {

namespace {

constexpr std::chrono::milliseconds longest_pause{5000};
constexpr std::chrono::seconds send_timeout{5};

} // namespace

RecordSender::RecordSender(Shared &shared, boost::asio::io_context &context, netkit::Origin origin, std::string prefix)
    : shared_(shared), client_(context.get_executor(), netkit::Client::Options()), origin_(std::move(origin)),
      prefix_(std::move(prefix)) {}

// Only changes are events: the edges between idle and busy at once, other changes at most every ten seconds. A control plane that
// comes back is told everything once more: it may have lost its log, or have taken us for gone.
void RecordSender::report_activity(TimePoint now) {
    const auto streams = shared_.streams_opened.load();
    const bool returned = std::exchange(streams_seen_, streams) != streams && streams > 1;
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> seen; // running, queued
    for (const auto &[key, n] : shared_.tracker.counts()) {
        const auto &[ns, name, group, state] = key;
        auto &sums = seen[fmt::format("{}/{}", ns, name)];
        (state == QueryState::queued ? sums.second : sums.first) += n;
    }
    for (const auto &[runtime, last] : activity_)
        seen.try_emplace(runtime);
    for (const auto &[runtime, counts] : seen) {
        auto &last = activity_[runtime];
        const auto [running, queued] = counts;
        const bool changed = running != last.running || queued != last.queued;
        const bool edge = (running + queued == 0) != (last.running + last.queued == 0);
        if (!returned && (!changed || (!edge && now - last.reported < activity_interval))) continue;
        last = Activity{running, queued, now};
        boost::json::object payload;
        payload["running"] = running;
        payload["queued"] = queued;
        shared_.record_level("activity.observed", "runtime/" + runtime, std::move(payload));
    }
    std::erase_if(activity_, [](const auto &item) { return item.second.running + item.second.queued == 0; });
}

boost::asio::awaitable<Status> RecordSender::send(const std::string &batch, Deadline deadline) {
    if (shared_.options.record_sink) co_return shared_.options.record_sink(batch);
    netkit::Request request;
    request.method = "POST";
    request.target = prefix_ + "/api/v1/gateways/records";
    request.headers.add("Content-Type", "application/json");
    if (!shared_.options.control_plane_token.empty()) {
        request.headers.add("Authorization", "Bearer " + shared_.options.control_plane_token);
    }
    request.body = batch;
    netkit::Origin origin = origin_;
    origin.address = shared_.hosts.find(origin_.host).value_or("");
    auto response = co_await client_.send(origin, request, deadline);
    if (!response) co_return std::move(response).error();
    // A batch that is refused as such would be refused for ever.
    if (response->status == 400 || response->status == 413 || response->status == 422) {
        shared_.log.error("the control plane refuses a batch of records ({}): {}", response->status,
                          response->body.substr(0, 256));
        co_return ok();
    }
    if (response->status < 200 || response->status > 299) {
        co_return make_error(Code::unavailable, "answered " + std::to_string(response->status));
    }
    co_return ok();
}

boost::asio::awaitable<void> RecordSender::run() {
    auto rest = interval;
    while (co_await netkit::sleep_for(rest)) {
        rest = interval;
        report_activity(std::chrono::steady_clock::now());
        while (auto batch = shared_.records.batch(batch_records)) {
            const auto by = Deadline::after(send_timeout);
            auto sent = co_await send(batch->text, by);
            if (!sent) {
                if (!failing_) {
                    shared_.log.warn("query records wait ({} buffered, at most {}): {}", shared_.records.size(),
                                     shared_.options.limits.max_buffered_records, sent.error().message);
                    dropped_before_ = shared_.records.dropped();
                }
                failing_ = true;
                rest = longest_pause;
                break;
            }
            if (failing_) {
                shared_.log.info("query records are taken again, {} to go; {} found no room meanwhile", shared_.records.size(),
                                 shared_.records.dropped() - dropped_before_);
            }
            failing_ = false;
            shared_.records.acknowledge(batch->last);
        }
    }
}

// From here on this gateway sees nothing of its queries; those that go on are seen by the gateway that their next poll reaches.
// Left standing, the last report would hold up the runtime's sleep for ever: the next process reports under another name.
void RecordSender::report_end() {
    for (auto &[runtime, last] : activity_) {
        if (last.running + last.queued == 0) continue;
        last = Activity();
        boost::json::object payload;
        payload["running"] = 0;
        payload["queued"] = 0;
        shared_.record_level("activity.observed", "runtime/" + runtime, std::move(payload));
    }
}

boost::asio::awaitable<void> RecordSender::flush(Deadline deadline) {
    report_end();
    while (!deadline.passed()) {
        const auto batch = shared_.records.batch(batch_records);
        if (!batch) co_return;
        auto sent = co_await send(batch->text, deadline);
        if (!sent) co_return;
        shared_.records.acknowledge(batch->last);
    }
}

} // namespace xtn::gateway
