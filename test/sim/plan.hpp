// What happens to the cluster in a run: users, other controllers, gateways, and what is done to the control plane itself. A plan
// is drawn from the seed and can be cut down, action by action.
#pragma once

#include "test/sim/choices.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::simulation {

enum class Act : std::uint8_t {
    // users
    create,
    resize,      // another size: pods roll
    set_workers, // another number of workers: no pod rolls
    set_invalid, // a spec that the API takes and the rules do not
    make_valid,  // and back
    suspend,     // spec.suspended
    resume,      // spec.suspended
    ask_suspend, // by annotation
    ask_resume,  // by annotation, with a floor of workers
    remove,      // the XTrinode
    remove_now,  // and its finalizers with it, as an impatient person does
    recreate,    // the same name, at once after it went
    relabel,     // a label of the user's own on the XTrinode
    put_catalog,
    edit_catalog,
    remove_catalog,
    // others in the cluster
    scale_by_hand, // kubectl scale
    edit_config,   // nonsense into a ConfigMap of ours
    edit_pods,     // another controller puts an annotation on the pod template
    delete_service,
    delete_config,
    delete_deployment,
    put_another,  // an object of their own in the place of one of ours, whether ours was there or not
    take_another, // and away again
    delete_pod,
    crash_pods,
    edit_routes, // nonsense into the route table
    delete_routes,
    // gateways
    busy,
    idle,
    gap,
    // the control plane and its surroundings
    kill,        // at once, what is not synced is lost
    kill_synced, // at once, what was written reached the disk
    restart,     // in good order
    clock_forward,
    clock_back,
    compact,
    cut_watches,
};

struct Action {
    Duration at{0};
    Act act = Act::create;
    int target = 0; // which runtime
    int amount = 0;
    std::string text() const; // "  12.500 s  create team-a/r0 (size s)"
};

std::string_view act_name(Act act);
// The namespaces and names of the runtimes that a plan may speak of.
inline constexpr int most_targets = 4;
std::string ns_of(int target);
std::string name_of(int target);

std::vector<Action> draw_plan(std::uint64_t seed);

} // namespace xtn::simulation
