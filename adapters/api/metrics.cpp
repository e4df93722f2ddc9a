#include "adapters/api/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <sstream>

namespace xtn {
namespace {

using Labels = std::map<std::string, std::string>;

// Value of xtrinode_state for each phase (spec 80 §11.2); every other phase is 0.
struct PhaseValue {
    std::string_view phase;
    double value;
};
constexpr std::array<PhaseValue, 4> phase_values{{{"Reconciling", 1}, {"Ready", 2}, {"Suspended", 3}, {"Error", 4}}};
constexpr std::array<std::string_view, 4> reported_conditions{{"Ready", "Reconciling", "Suspended", "Error"}};

double phase_value(std::string_view phase) {
    for (const auto &p : phase_values)
        if (p.phase == phase) return p.value;
    return 0;
}

std::string text_of(const boost::json::object &object, std::string_view key) {
    const auto *v = object.if_contains(key);
    return v && v->is_string() ? std::string(v->as_string()) : std::string();
}

double condition_value(const boost::json::object &status, std::string_view type) {
    const auto *list = status.if_contains("conditions");
    if (!list || !list->is_array()) return 2;
    for (const auto &item : list->as_array()) {
        if (!item.is_object() || text_of(item.as_object(), "type") != type) continue;
        const auto value = text_of(item.as_object(), "status");
        return value == "True" ? 1 : value == "False" ? 0 : 2;
    }
    return 2;
}

} // namespace

struct ControlPlaneMetrics::Impl {
    const Log &log;
    const World &world;
    const DiskSpace *space;

    prometheus::Registry registry;
    prometheus::Family<prometheus::Gauge> &state;
    prometheus::Family<prometheus::Gauge> &condition;
    prometheus::Family<prometheus::Gauge> &workers_current;
    prometheus::Family<prometheus::Gauge> &log_head;
    prometheus::Family<prometheus::Counter> &events_total;
    std::map<std::string, prometheus::Family<prometheus::Counter> *, std::less<>> by_type; // event type -> counter family

    struct Series {
        prometheus::Gauge *state = nullptr;
        std::string phase;
        std::map<std::string, prometheus::Gauge *> conditions;
        prometheus::Gauge *workers = nullptr;
        std::map<prometheus::Family<prometheus::Counter> *, prometheus::Counter *> counters;
    };
    std::map<RuntimeId, Series> runtimes;
    std::map<std::string, prometheus::Counter *, std::less<>> event_counters;
    std::map<Stream, prometheus::Gauge *> heads;
    // Read when rendered.
    prometheus::Gauge *skipped = nullptr; // set by observe()
    prometheus::Gauge *failed = nullptr, *stalled = nullptr, *disk_level = nullptr, *disk_free = nullptr, *disk_reserve = nullptr;
    prometheus::Counter *background_errors = nullptr, *stalls = nullptr;
    prometheus::Family<prometheus::Counter> *dropped_total = nullptr;
    std::map<std::string, prometheus::Counter *> dropped;

    mutable std::mutex mutex; // guards `rendered` and `rendered_at`; the registry locks itself
    mutable std::string rendered;
    mutable std::chrono::steady_clock::time_point rendered_at{};

    Impl(const Log &log, const World &world, const DiskSpace *space)
        : log(log), world(world), space(space),
          state(prometheus::BuildGauge()
                    .Name("xtrinode_state")
                    .Help("Phase of a runtime: 1 Reconciling, 2 Ready, 3 Suspended, 4 Error, 0 other")
                    .Register(registry)),
          condition(prometheus::BuildGauge()
                        .Name("xtrinode_condition")
                        .Help("Condition of a runtime: 0 False, 1 True, 2 unknown")
                        .Register(registry)),
          workers_current(
              prometheus::BuildGauge().Name("xtrinode_workers_current").Help("Ready workers of a runtime").Register(registry)),
          log_head(prometheus::BuildGauge()
                       .Name("xtrinode_log_head")
                       .Help("Sequence number of the last durable event")
                       .Register(registry)),
          events_total(prometheus::BuildCounter()
                           .Name("xtrinode_log_events_total")
                           .Help("Events made durable since this process started")
                           .Register(registry)) {
        const auto per_runtime = [this](const char *type, const char *name, const char *help) {
            by_type[type] = &prometheus::BuildCounter().Name(name).Help(help).Register(registry);
        };
        per_runtime("runtime.suspended", "xtrinode_suspended_total", "Suspensions completed");
        per_runtime("runtime.resuming", "xtrinode_resumed_total", "Resumptions started");
        per_runtime("runtime.draining", "xtrinode_deleted_total", "Deletions started");
        for (const auto stream : {Stream::control, Stream::queries})
            heads[stream] = &log_head.Add({{"stream", std::string(stream_name(stream))}});
        const auto gauge = [this](const char *name, const char *help) {
            return &prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
        };
        const auto counter = [this](const char *name, const char *help) {
            return &prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
        };
        failed = gauge("xtrinode_log_failed", "1: the event log cannot be written any more, the process is about to end");
        skipped = gauge("xtrinode_log_events_skipped",
                        "Events of types that this binary does not know and need not, skipped since its start");
        stalled = gauge("xtrinode_log_write_stalled", "1: RocksDB holds writes back until flushes or compactions have caught up");
        stalls = counter("xtrinode_log_write_stalls_total", "Times that RocksDB held writes back, counted when they go on");
        background_errors = counter("xtrinode_log_background_errors_total", "Failed flushes and compactions of RocksDB");
        if (space == nullptr) return;
        disk_level = gauge("xtrinode_log_disk_level", "Room on the event log's disk: 0 ok, 1 low, 2 scarce, 3 critical");
        disk_free = gauge("xtrinode_log_disk_free_bytes", "Bytes free on the event log's disk");
        disk_reserve = gauge("xtrinode_log_disk_reserve_bytes", "Size of the reserve file; 0: given away");
        dropped_total = &prometheus::BuildCounter()
                             .Name("xtrinode_log_dropped_total")
                             .Help("Events dropped because the event log's disk was nearly full, by type")
                             .Register(registry);
    }

    static void raise(prometheus::Counter &counter, std::uint64_t to) {
        counter.Increment(static_cast<double>(to) - counter.Value());
    }
    void refresh_disk() {
        const auto health = log.health();
        failed->Set(health.failed ? 1 : 0);
        stalled->Set(health.stalled ? 1 : 0);
        raise(*stalls, health.write_stalls);
        raise(*background_errors, health.background_errors);
        if (space == nullptr) return;
        const auto figures = space->figures();
        disk_level->Set(static_cast<double>(figures.level));
        disk_free->Set(static_cast<double>(figures.room.free_bytes));
        disk_reserve->Set(static_cast<double>(figures.reserve_bytes));
        for (const auto &[type, count] : figures.dropped) {
            auto &counter = dropped[type];
            if (counter == nullptr) counter = &dropped_total->Add({{"type", type}});
            raise(*counter, count);
        }
    }

    static Labels labels(const RuntimeId &id) { return {{"namespace", id.ns}, {"name", id.name}}; }

    void refresh(const RuntimeId &id) {
        const auto view = world.runtime(id);
        if (!view || !view->status) {
            if (!view) forget(id);
            return;
        }
        auto &series = runtimes[id];
        const auto phase = text_of(*view->status, "phase");
        if (series.phase != phase || !series.state) {
            if (series.state) state.Remove(series.state);
            auto with_phase = labels(id);
            with_phase["phase"] = phase;
            series.state = &state.Add(with_phase);
            series.phase = phase;
        }
        series.state->Set(phase_value(phase));
        for (const auto type : reported_conditions) {
            auto &gauge = series.conditions[std::string(type)];
            if (!gauge) {
                auto with_type = labels(id);
                with_type["condition_type"] = std::string(type);
                gauge = &condition.Add(with_type);
            }
            gauge->Set(condition_value(*view->status, type));
        }
        if (!series.workers) series.workers = &workers_current.Add(labels(id));
        const auto *workers = view->status->if_contains("workers");
        series.workers->Set(workers && workers->is_int64() ? static_cast<double>(workers->as_int64()) : 0);
    }

    void forget(const RuntimeId &id) {
        const auto found = runtimes.find(id);
        if (found == runtimes.end()) return;
        if (found->second.state) state.Remove(found->second.state);
        for (auto &[type, gauge] : found->second.conditions)
            condition.Remove(gauge);
        if (found->second.workers) workers_current.Remove(found->second.workers);
        for (auto &[family, counter] : found->second.counters)
            family->Remove(counter);
        runtimes.erase(found);
    }

    void count(const Event &event) {
        const std::string name(event.name());
        auto &total = event_counters[name];
        if (!total) total = &events_total.Add({{"type", name}});
        total->Increment();
        const auto family = by_type.find(name);
        if (family == by_type.end()) return;
        const auto id = event.subject.as_runtime();
        if (!id.ok()) return;
        auto &counter = runtimes[*id].counters[family->second];
        if (!counter) counter = &family->second->Add(labels(*id));
        counter->Increment();
    }
};

ControlPlaneMetrics::ControlPlaneMetrics(const Log &log, const World &world, const DiskSpace *space)
    : impl_(std::make_unique<Impl>(log, world, space)) {}
ControlPlaneMetrics::~ControlPlaneMetrics() = default;

void ControlPlaneMetrics::observe(std::span<const Event> events) {
    impl_->skipped->Set(static_cast<double>(impl_->world.skipped()));
    std::set<RuntimeId> touched;
    for (const auto &event : events) {
        impl_->count(event);
        if (auto id = event.subject.as_runtime(); id.ok()) touched.insert(std::move(*id));
    }
    if (events.empty())
        for (auto &id : impl_->world.runtimes())
            touched.insert(id);
    for (const auto &id : touched)
        impl_->refresh(id);
}

std::string ControlPlaneMetrics::text() const {
    const std::lock_guard lock(impl_->mutex);
    const auto now = std::chrono::steady_clock::now();
    if (!impl_->rendered.empty() && now - impl_->rendered_at < std::chrono::seconds(1)) return impl_->rendered;
    for (const auto &[stream, gauge] : impl_->heads)
        gauge->Set(static_cast<double>(impl_->log.head(stream).seq.value));
    impl_->refresh_disk();
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, impl_->registry.Collect());
    impl_->rendered = out.str();
    impl_->rendered_at = now;
    return impl_->rendered;
}

} // namespace xtn
