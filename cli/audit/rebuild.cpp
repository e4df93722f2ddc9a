#include "cli/audit/rebuild.hpp"

#include "core/event/event_json.hpp"
#include "projections/world_impl.hpp"

namespace xtn::audit {

namespace {

// The position of the snapshot that the world was restored from; 0: it is as it was.
Seq restore(World &world, const LogReader &log, Seq at_most) {
    const auto lookup = log.snapshot({World::state_version()}, at_most);
    if (!lookup || !lookup->found) return {};
    const auto state = parse_state_json(lookup->found->state);
    return state && world.restore(*state) ? lookup->found->seq : Seq{};
}

} // namespace

Result<std::unique_ptr<World>> rebuild(const LogReader &log, Seq to, const Output &output, const std::string &doing,
                                       Begin begin) {
    // Nothing is planned here: plans are read from the log. So no renderer is linked in, and none can be asked by mistake.
    auto world = create_world(
        {[](const TopologyInput &) -> Result<TopologyPlan> { return make_error(Code::internal, "xtn-audit plans nothing"); },
         "none/0"});
    if (to.value == 0) return world;
    const Seq from = begin == Begin::snapshot ? restore(*world, log, to) : Seq{};
    if (from == to) return world;
    Progress bar(output, doing, to.value);
    auto folded = log.scan_lent(Stream::control, from.next(), [&](const Event &event) {
        world->apply(event);
        bar.at(event.seq.value);
        return event.seq < to;
    });
    if (!folded) return std::move(folded).error();
    return world;
}

} // namespace xtn::audit
