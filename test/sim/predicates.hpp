// The invariants, each a predicate with a name: a function of what happened that says nothing when it holds, and in words what is
// wrong when it does not. Tables at the end of predicates.cpp; docs/simulation.md lists them.
#pragma once

#include "netkit/http_message.hpp"
#include "test/sim/facts.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace xtn::simulation {

using Finding = std::optional<std::string>;

template <class Subject> struct Predicate {
    std::string_view name;
    Finding (*check)(const Facts &, const Subject &);
};

// A request as the control plane sends it.
struct SentRequest {
    const netkit::Request &request;
};
// (epoch, version) of the route table that a request carries; nothing: none.
std::optional<std::pair<std::uint64_t, std::uint64_t>> table_version(const netkit::Request &request);

// The end of a run: everything calm, nothing under way.
struct AtRest {
    const World &world; // of the control plane that runs
};

// Each is asked before Facts::note() is told of the same thing.
std::span<const Predicate<Event>> event_predicates();         // of each event that became durable
std::span<const Predicate<SentRequest>> request_predicates(); // of each write that is sent
std::span<const Predicate<SeenChange>> change_predicates();   // of each change in the cluster
std::span<const Predicate<AtRest>> rest_predicates();         // at rest
// Names of those that the simulation checks itself, because they speak of a run as a whole.
std::span<const std::string_view> run_predicates();

} // namespace xtn::simulation
