// The projection `routes`: the route table, folded from route.published by the rules of spec 50 §4.2 and §4.3.
#pragma once

#include "core/event/event.hpp"
#include "core/model/route_table.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace xtn {

boost::json::object backend_json(const Backend &backend); // the member names of routes.yaml
Backend backend_from_json(const boost::json::object &from);

// What a runtime wants in the table.
struct RouteWish {
    std::string routing_group;
    std::string header;
    std::string hostname;
    bool is_default = false;
    bool dedicated = true; // no other runtime may join its group
    Backend backend;
};

class Routes {
  public:
    void apply(const Event &event);
    const RouteTable &table() const; // built when first asked for after a change
    std::uint64_t version() const { return version_; }

    // The runtime's backend in the table; nullptr: it has none.
    const Backend *backend(const RuntimeId &id) const;
    const Route *route(const RuntimeId &id) const;
    // Why this wish cannot be fulfilled (spec 50 §4.2 c and d); empty: it can.
    std::string conflict(const RuntimeId &id, const RouteWish &wish) const;
    // True when the table already says exactly this.
    bool holds(const RuntimeId &id, const RouteWish &wish) const;

    // True once routes of an earlier log were carried over from their mirror, all of them at once.
    bool carried() const { return carried_; }
    // Runtimes that have a route.
    std::vector<RuntimeId> owners() const;

    // Runtimes that got route.rejected and nothing better since, with the reason.
    const std::map<RuntimeId, std::string> &rejected() const { return rejected_; }
    // Why the runtime is not in the table at all; empty: it is, or it was not refused.
    std::string refusal(const RuntimeId &id) const;
    boost::json::object to_json() const;

  private:
    struct Entry {
        std::uint64_t order = 0; // routes keep the order in which they came
        Route route;
    };
    void publish(const RuntimeId &id, const RouteWish &wish);
    void remove(const RuntimeId &id);
    void adopt_refusal(const RuntimeId &id, const boost::json::object &payload);
    void unindex(const Route &route);
    void index(const Route &route);

    std::uint64_t epoch_ = 0;
    std::uint64_t version_ = 0;
    std::uint64_t next_order_ = 0;
    bool carried_ = false;
    std::map<std::string, Entry> groups_;
    // Each selector belongs to one group; so does each runtime.
    std::map<std::string, std::string> by_header_;
    std::map<std::string, std::string> by_hostname_; // normalised
    std::string default_group_;
    std::map<RuntimeId, std::string> by_runtime_;
    std::map<RuntimeId, std::string> rejected_;
    mutable std::optional<RouteTable> table_;
};

} // namespace xtn
