#include "test/sim/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace xtn::simulation {
using namespace std::chrono_literals;

namespace {

struct Row {
    Act act;
    std::string_view name;
    int weight; // how often, against the others
};
constexpr auto rows = std::to_array<Row>({
    {Act::create, "create", 12},
    {Act::resize, "resize", 4},
    {Act::set_workers, "set workers", 5},
    {Act::set_invalid, "make the spec invalid", 3},
    {Act::make_valid, "make the spec valid", 4},
    {Act::suspend, "set spec.suspended", 6},
    {Act::resume, "unset spec.suspended", 6},
    {Act::ask_suspend, "ask to suspend by annotation", 4},
    {Act::ask_resume, "ask to resume by annotation", 4},
    {Act::remove, "delete", 5},
    {Act::remove_now, "delete and take the finalizers off by hand", 1},
    {Act::recreate, "delete and create again", 2},
    {Act::relabel, "put a label on", 2},
    {Act::put_catalog, "create a catalog", 3},
    {Act::edit_catalog, "change the catalog", 2},
    {Act::remove_catalog, "delete the catalog", 2},
    {Act::scale_by_hand, "kubectl scale", 3},
    {Act::edit_config, "edit a ConfigMap of ours", 3},
    {Act::edit_pods, "annotate the pod template", 2},
    {Act::delete_service, "delete the Service", 3},
    {Act::delete_config, "delete the ConfigMaps", 3},
    {Act::delete_deployment, "delete a Deployment", 3},
    {Act::put_another, "put another object in the place of ours", 3},
    {Act::take_another, "take the other objects away", 2},
    {Act::delete_pod, "delete the pods", 4},
    {Act::crash_pods, "crash the pods", 4},
    {Act::edit_routes, "edit the route table", 2},
    {Act::delete_routes, "delete the route table", 2},
    {Act::busy, "queries run", 5},
    {Act::idle, "queries ended", 6},
    {Act::gap, "a gateway lost records", 2},
    {Act::kill, "kill the control plane", 5},
    {Act::kill_synced, "kill the control plane, its last batch on disk", 4},
    {Act::restart, "restart the control plane", 3},
    {Act::clock_forward, "clock set forward", 2},
    {Act::clock_back, "clock set back", 3},
    {Act::compact, "compaction", 4},
    {Act::cut_watches, "cut every watch", 4},
});

} // namespace

std::string_view act_name(Act act) {
    return std::find_if(rows.begin(), rows.end(), [&](const Row &row) { return row.act == act; })->name;
}

std::string ns_of(int target) {
    return target % 2 == 0 ? "team-a" : "team-b";
}
std::string name_of(int target) {
    return "r" + std::to_string(target);
}

std::string Action::text() const {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(at).count();
    return fmt::format("{:>8}.{:03} s  {} ({}/{}, {})", ms / 1000, ms % 1000, act_name(act), ns_of(target), name_of(target),
                       amount);
}

std::vector<Action> draw_plan(std::uint64_t seed) {
    Choices choices(seed ^ 0x706c616eU);
    int all = 0;
    for (const auto &row : rows)
        all += row.weight;
    const int targets = 1 + static_cast<int>(choices.pick("targets", most_targets));
    const auto count = 4 + choices.pick("actions", 24);
    // Some runs are hectic, others leave time for everything to settle in between.
    constexpr std::array<Duration, 4> paces{2s, 15s, 60s, 240s};
    const auto pace = paces[choices.pick("pace", paces.size())];
    std::vector<Action> plan;
    Duration at = 1s;
    plan.push_back({at, Act::create, 0, static_cast<int>(choices.pick("amount", 1000))});
    for (std::uint64_t i = 0; i < count; ++i) {
        at += Duration(static_cast<std::int64_t>(choices.pick("step", static_cast<std::uint64_t>(pace.count() * 2))));
        int left = static_cast<int>(choices.pick("act", static_cast<std::uint64_t>(all)));
        auto row = rows.begin();
        while (left >= row->weight)
            left -= (row++)->weight;
        const auto target = static_cast<int>(choices.pick("target", static_cast<std::uint64_t>(targets)));
        const auto amount = static_cast<int>(choices.pick("amount", 1000));
        // Just when ours is about to be written or deleted.
        if (row->act == Act::put_another && amount % 3 != 0) {
            const bool goes = amount % 3 == 1;
            plan.push_back({at, goes ? Act::remove : Act::resize, target, amount});
            at += amount % 30 * (goes ? 100ms : 20ms);
        }
        plan.push_back({at, row->act, target, amount});
    }
    return plan;
}

} // namespace xtn::simulation
