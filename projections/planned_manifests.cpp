#include "projections/planned_manifests.hpp"

#include "projections/json_read.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace xtn {

namespace {

struct Found {
    Seq planned; // newest topology.planned that names it; 0: none
    bool accepted = false;
};

Result<Found> look_up(const LogReader &log, const RuntimeId &id, const Digest &manifest) {
    const auto seqs = log.by_subject(Stream::control, Subject::runtime(id));
    if (!seqs) return seqs.error();
    for (auto seq = seqs->rbegin(); seq != seqs->rend(); ++seq) {
        const auto event = log.get(Stream::control, *seq);
        if (!event) return event.error();
        if (event->name() == "topology.planned") return Found{event->seq, false};
        if (event->name() == "topology.manifest.lost" && read::text(event->payload, "manifest") == manifest.hex)
            return Found{Seq{0}, true};
    }
    return Found{};
}

} // namespace

Status check_planned_manifests(const World &world, const LogReader &log, const std::filesystem::path &folder) {
    for (const auto &id : world.runtimes()) {
        const auto view = world.runtime(id);
        if (!view) continue;
        for (const auto &object : view->desired) {
            const auto content = log.blob(object.manifest);
            if (content) continue;
            const auto &error = content.error();
            if (error.code != Code::not_found && error.code != Code::data_corrupted) return error;
            const auto found = look_up(log, id, object.manifest);
            if (!found) return found.error();
            if (found->accepted) continue;
            return make_error(
                Code::data_corrupted,
                fmt::format(
                    "control event #{} plans {} of runtime {}, but its manifest {} {}. Restore the folder from a backup, or "
                    "look at the whole damage with: xtn-audit repair --data {}",
                    found->planned.value, object.ref.text(), id.text(), object.manifest.hex,
                    error.code == Code::not_found ? "is missing" : "was changed", folder.string()));
        }
    }
    return ok();
}

} // namespace xtn
