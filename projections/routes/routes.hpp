// The projection `routes`: the route table, folded from route.published by the rules of spec 50 §4.2 and §4.3.
#pragma once

#include "core/event/event.hpp"
#include "core/model/route_table.hpp"
#include "projections/by_id.hpp"
#include "projections/state_fields.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <set>
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
    // False: apply() does nothing upon events of that name.
    static bool listens_to(std::string_view event_name);
    void apply(const Event &event, const RuntimeId &id);
    const RouteTable &table() const { return table_; }
    std::uint64_t version() const { return table_.version; }

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
    // Becomes what to_json() showed. Errors: data_corrupted; then nothing is promised about the value.
    Status restore(const boost::json::value &from);

  private:
    template <class Archive, state::Either<Routes> Self> friend void state_fields(Archive &archive, Self &routes);

    // Routes keep the order in which they came. Of several that claim one selector the first has it, as in the gateway.
    using Order = std::uint64_t;
    using Claims = std::set<Order>;

    void publish(const RuntimeId &id, const RouteWish &wish);
    void remove(const RuntimeId &id);
    void adopt_refusal(const RuntimeId &id, const boost::json::object &payload);
    void unindex(Order order, const Route &route);
    void index(Order order, const Route &route);
    std::size_t place(Order order) const; // in table_.routes
    const Route &at(Order order) const { return table_.routes[place(order)]; }
    const Route *group(const std::string &name) const;
    // The route that has a selector and stands in the way of this runtime's wish; nullptr: none.
    const Route *in_the_way(const Claims *claims, const RuntimeId &id, const RouteWish &wish) const;

    RouteTable table_;
    bool carried_ = false;
    std::map<RuntimeId, std::string> rejected_;
    // What follows from the table: of each of its routes the order, and where to find it.
    std::vector<Order> orders_;
    Order next_order_ = 0;
    std::map<std::string, Order> by_group_;
    ById<Order> by_runtime_; // a runtime has one route
    std::map<std::string, Claims> by_header_;
    std::map<std::string, Claims> by_hostname_; // normalised
    Claims defaults_;
};

} // namespace xtn
