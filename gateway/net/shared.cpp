#include "gateway/net/shared.hpp"

#include <unistd.h>

#include <random>

namespace xtn::gateway {

namespace {

// Records are folded once per (gateway, sequence), and the sequence begins anew with each process: the name must be new as well.
std::string instance_name(const std::string &wanted) {
    std::string name = wanted;
    if (name.empty()) {
        char host[128] = {};
        name = gethostname(host, sizeof host - 1) == 0 ? host : "gateway";
    }
    std::random_device random;
    return fmt::format("{}-{:08x}", name, random());
}

} // namespace

Shared::Shared(Gateway::Options o)
    : options(std::move(o)), tracker(options.limits.max_tracked_queries), metrics(tracker,
                                                                                  [this] {
                                                                                      const auto u = usage();
                                                                                      Metrics::Gauges g;
                                                                                      g.sessions = u.sessions;
                                                                                      g.exchanges = u.exchanges;
                                                                                      g.upstream = u.upstream;
                                                                                      g.upstream_idle = u.upstream_idle;
                                                                                      g.buffers = u.buffers;
                                                                                      g.buffered_records = u.buffered_records;
                                                                                      if (const auto t = table()) {
                                                                                          g.table_epoch = t->epoch();
                                                                                          g.table_version = t->version();
                                                                                      }
                                                                                      return g;
                                                                                  }),
      hosts(options.hosts_file),
      records(instance_name(options.gateway_id), options.record_sink || !options.control_plane_url.empty(),
              {.records = options.limits.max_buffered_records, .bytes = options.limits.max_buffered_record_bytes}),
      access_log(options.access_log_fd) {
    large_headers.limit = options.limits.max_large_header_bytes;
}

Gateway::Usage Shared::usage() const {
    Gateway::Usage usage;
    usage.sessions = sessions.load();
    usage.exchanges = exchanges.load();
    usage.upstream = upstream.load();
    usage.upstream_idle = upstream_idle.load();
    usage.buffers = buffers.load();
    usage.large_header_bytes = large_headers.used.load();
    usage.tracked_queries = tracker.size();
    usage.buffered_records = records.size();
    return usage;
}

void Shared::record(std::string_view type, std::string_view subject, boost::json::object payload) {
    if (!records.add(type, subject, std::move(payload))) metrics.count(Metrics::Event::record_dropped);
}

void Shared::record_level(std::string_view type, std::string_view subject, boost::json::object payload, std::string_view keep) {
    if (!records.set(type, subject, std::move(payload), keep)) metrics.count(Metrics::Event::record_dropped);
}

std::shared_ptr<const RoutingTable> Shared::table() const {
    const std::lock_guard lock(table_mutex_);
    return table_;
}

void Shared::set_table(std::shared_ptr<const RoutingTable> table) {
    const std::lock_guard lock(table_mutex_);
    table_ = std::move(table);
}

} // namespace xtn::gateway
