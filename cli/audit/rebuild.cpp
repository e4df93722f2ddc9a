#include "cli/audit/rebuild.hpp"

#include "projections/world_impl.hpp"

namespace xtn::audit {

Result<std::unique_ptr<World>> rebuild(const LogReader &log, Seq to, const Output &output, const std::string &doing) {
    // Nothing is planned here: plans are read from the log. So no renderer is linked in, and none can be asked by mistake.
    auto world = create_world(
        {[](const TopologyInput &) -> Result<TopologyPlan> { return make_error(Code::internal, "xtn-audit plans nothing"); },
         "none/0"});
    if (to.value == 0) return world;
    Progress bar(output, doing, to.value);
    auto folded = log.scan(Stream::control, Seq{1}, [&](const Event &event) {
        world->apply(event);
        bar.at(event.seq.value);
        return event.seq < to;
    });
    if (!folded) return std::move(folded).error();
    return world;
}

} // namespace xtn::audit
