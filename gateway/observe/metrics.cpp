#include "gateway/observe/metrics.hpp"

#include "gateway/observe/process_stats.hpp"
#include "gateway/observe/query_tracker.hpp"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>

namespace xtn::gateway {

namespace {

const prometheus::Histogram::BucketBoundaries request_buckets{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};

struct EventInfo {
    std::string_view reason;
};
constexpr std::array<EventInfo, static_cast<std::size_t>(Metrics::Event::count_)> events{
    EventInfo{"client_timeout"},          EventInfo{"bad_request"},      EventInfo{"connection_refused"},
    EventInfo{"upstream_connect_failed"}, EventInfo{"upstream_retried"}, EventInfo{"empty_page"},
    EventInfo{"follow_up_asked"},         EventInfo{"record_dropped"}};

} // namespace

struct Metrics::Impl {
    const QueryTracker &tracker;
    std::function<Gauges()> gauges;
    prometheus::Registry registry;
    prometheus::Family<prometheus::Counter> &requests =
        prometheus::BuildCounter().Name("gateway_requests_total").Help("Requests answered").Register(registry);
    prometheus::Family<prometheus::Histogram> &durations = prometheus::BuildHistogram()
                                                               .Name("gateway_request_duration_seconds")
                                                               .Help("Time from request to the end of its answer")
                                                               .Register(registry);
    prometheus::Family<prometheus::Counter> &unavailable =
        prometheus::BuildCounter().Name("gateway_503_total").Help("Answers 503 after a route was found").Register(registry);
    prometheus::Family<prometheus::Counter> &auto_resume = prometheus::BuildCounter()
                                                               .Name("gateway_auto_resume_total")
                                                               .Help("Requests that found only a paused runtime")
                                                               .Register(registry);
    prometheus::Family<prometheus::Counter> &event_family = prometheus::BuildCounter()
                                                                .Name("xtrinode_gateway_events_total")
                                                                .Help("Things that happened to connections and requests")
                                                                .Register(registry);
    std::array<prometheus::Counter *, events.size()> event_counters{};
    prometheus::Counter *no_route = nullptr;

    std::mutex mutex;
    std::map<std::string, std::weak_ptr<RouteMetrics>> routes;
    std::shared_ptr<const std::string> cached;
    std::chrono::steady_clock::time_point cached_at;

    Impl(const QueryTracker &t, std::function<Gauges()> g) : tracker(t), gauges(std::move(g)) {}
};

void RouteMetrics::finished(int status, double seconds) {
    const auto slot = static_cast<std::size_t>(status >= 100 && status < 600 ? status : 599);
    auto *counter = by_status_[slot].load(std::memory_order_acquire);
    if (counter == nullptr) {
        counter = owner_->status_counter(group_, status);
        by_status_[slot].store(counter, std::memory_order_release);
    }
    counter->Increment();
    duration_->Observe(seconds);
    if (status == 503) unavailable_->Increment();
}

void RouteMetrics::auto_resume() {
    auto_resume_->Increment();
}

Metrics::Metrics(const QueryTracker &tracker, std::function<Gauges()> gauges)
    : impl_(std::make_unique<Impl>(tracker, std::move(gauges))) {
    for (std::size_t i = 0; i < events.size(); ++i) {
        impl_->event_counters[i] = &impl_->event_family.Add({{"event", std::string(events[i].reason)}});
    }
    impl_->no_route = &impl_->requests.Add({{"routing_group", "unknown"}, {"status_code", "404"}});
}

Metrics::~Metrics() = default;

prometheus::Counter *Metrics::status_counter(const std::string &group, int status) {
    return &impl_->requests.Add({{"routing_group", group}, {"status_code", std::to_string(status)}});
}

std::shared_ptr<RouteMetrics> Metrics::route(const std::string &routing_group) {
    const std::lock_guard lock(impl_->mutex);
    auto &slot = impl_->routes[routing_group];
    if (auto existing = slot.lock()) return existing;
    // The series stay when the last table with this group goes, as counters must; their number is bounded by the groups ever
    // routed.
    auto made = std::make_shared<RouteMetrics>();
    made->group_ = routing_group;
    made->owner_ = this;
    made->duration_ = &impl_->durations.Add({{"routing_group", routing_group}}, request_buckets);
    made->unavailable_ = &impl_->unavailable.Add({{"routing_group", routing_group}});
    made->auto_resume_ = &impl_->auto_resume.Add({{"routing_group", routing_group}});
    slot = made;
    return made;
}

void Metrics::no_route() {
    impl_->no_route->Increment();
}

void Metrics::count(Event event) {
    impl_->event_counters[static_cast<std::size_t>(event)]->Increment();
}

namespace {

prometheus::MetricFamily gauge_family(std::string name, std::string help) {
    prometheus::MetricFamily family;
    family.name = std::move(name);
    family.help = std::move(help);
    family.type = prometheus::MetricType::Gauge;
    return family;
}

void add_gauge(prometheus::MetricFamily &family, double value, std::vector<prometheus::ClientMetric::Label> labels = {}) {
    auto &metric = family.metric.emplace_back();
    metric.label = std::move(labels);
    metric.gauge.value = value;
}

prometheus::MetricFamily inflight(const QueryTracker &tracker) {
    auto family = gauge_family("xtrinode_gateway_inflight_queries", "Queries seen by this gateway and not ended yet");
    for (const auto &[key, n] : tracker.counts()) {
        const auto &[ns, name, group, state] = key;
        add_gauge(
            family, static_cast<double>(n),
            {{"namespace", ns}, {"xtrinode", name}, {"routing_group", group}, {"state", std::string(query_state_name(state))}});
    }
    return family;
}

void add_usage(std::vector<prometheus::MetricFamily> &families, const Metrics::Gauges &g) {
    auto usage = gauge_family("xtrinode_gateway_in_use", "What is in use right now");
    add_gauge(usage, static_cast<double>(g.sessions), {{"what", "client_connections"}});
    add_gauge(usage, static_cast<double>(g.exchanges), {{"what", "requests"}});
    add_gauge(usage, static_cast<double>(g.upstream), {{"what", "upstream_connections"}});
    add_gauge(usage, static_cast<double>(g.upstream_idle), {{"what", "upstream_idle"}});
    add_gauge(usage, static_cast<double>(g.buffers), {{"what", "buffers"}});
    add_gauge(usage, static_cast<double>(g.buffered_records), {{"what", "buffered_records"}});
    families.push_back(std::move(usage));
    auto table = gauge_family("xtrinode_gateway_route_table", "Version of the route table in use");
    add_gauge(table, static_cast<double>(g.table_epoch), {{"part", "epoch"}});
    add_gauge(table, static_cast<double>(g.table_version), {{"part", "version"}});
    families.push_back(std::move(table));
}

void add_process(std::vector<prometheus::MetricFamily> &families) {
    const auto stats = read_process_stats();
    auto cpu = gauge_family("process_cpu_seconds_total", "CPU time used by this process");
    cpu.type = prometheus::MetricType::Counter;
    cpu.metric.emplace_back().counter.value = stats.cpu_seconds;
    families.push_back(std::move(cpu));
    auto add = [&](std::string name, std::string help, double value) {
        auto family = gauge_family(std::move(name), std::move(help));
        add_gauge(family, value);
        families.push_back(std::move(family));
    };
    add("process_resident_memory_bytes", "Resident memory", stats.resident_bytes);
    add("process_open_fds", "Open file descriptors", stats.open_fds);
    add("process_max_fds", "Limit of open file descriptors", stats.max_fds);
    add("process_start_time_seconds", "Start of this process, Unix time", stats.start_time_seconds);
}

} // namespace

std::shared_ptr<const std::string> Metrics::text() {
    const std::lock_guard lock(impl_->mutex);
    const auto now = std::chrono::steady_clock::now();
    if (impl_->cached != nullptr && now - impl_->cached_at < std::chrono::seconds(1)) return impl_->cached;
    auto families = impl_->registry.Collect();
    families.push_back(inflight(impl_->tracker));
    add_usage(families, impl_->gauges());
    add_process(families);
    std::erase_if(families, [](const auto &family) { return family.metric.empty(); });
    impl_->cached = std::make_shared<const std::string>(prometheus::TextSerializer().Serialize(families));
    impl_->cached_at = now;
    return impl_->cached;
}

} // namespace xtn::gateway
