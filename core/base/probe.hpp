// Marks in rare branches: the simulation counts who was there, and a mark that no run reached is a finding (a branch that nothing
// tests). Does nothing unless a set is in place for the thread.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <string_view>
#include <utility>

namespace xtn {

enum class Probe : std::size_t {
    actor_gave_up_waiting_for_an_echo,
    actor_sleeper_was_overtaken,
    answer_came_after_its_object_went,
    apply_found_another_object_of_that_name,
    apply_found_its_object_replaced,
    command_found_its_resource_gone,
    delete_found_another_object_of_that_name,
    delete_found_nothing,
    finalizer_found_its_resource_gone,
    late_look_at_what_we_deleted,
    ledger_knew_it_already,
    recorder_waited_for_the_queue,
    retry_became_lasting,
    routes_found_what_they_wanted,
    routes_saw_an_old_state,
    scale_found_nothing,
    scale_found_what_it_wanted,
    seen_knew_a_newer_one,
    status_found_its_resource_gone,
    status_was_overtaken,
    what_was_perhaps_there_was,
    write_under_way_was_echoed,
    count_,
};
inline constexpr auto probe_names = std::to_array<std::string_view>({
    "actor gave up waiting for an echo",
    "actor: a sleeper was overtaken",
    "an answer came after its object went",
    "an apply found another object of that name",
    "an apply found its object replaced",
    "a command found its resource gone",
    "a delete found another object of that name",
    "a delete found nothing",
    "the finalizer's write found its resource gone",
    "a late look at what we had deleted",
    "the ledger knew it already",
    "the recorder waited for the queue",
    "a failure became lasting",
    "the routes were as wanted already",
    "the routes saw an old state",
    "a scale found nothing",
    "a scale found what it wanted",
    "a newer state was known",
    "a status found its resource gone",
    "a status was overtaken",
    "what was perhaps there was there",
    "a write under way was echoed",
});
static_assert(probe_names.size() == static_cast<std::size_t>(Probe::count_));

using ProbeSet = std::bitset<static_cast<std::size_t>(Probe::count_)>;

namespace detail {
inline constinit thread_local ProbeSet *probes = nullptr;
}

inline void reached(Probe probe) {
    if (detail::probes) detail::probes->set(static_cast<std::size_t>(probe));
}
// Where this thread's marks are noted from now on; nullptr: nowhere.
inline void note_probes(ProbeSet *into) {
    detail::probes = into;
}

} // namespace xtn
