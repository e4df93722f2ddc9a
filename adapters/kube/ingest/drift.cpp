#include "adapters/kube/ingest/drift.hpp"

#include "core/event/canonical.hpp"

#include <algorithm>

namespace xtn::ingest {

namespace {

const kube::FieldOwner *our_apply(const kube::Object &object, const std::string &manager) {
    for (const auto &owner : object.owners)
        if (owner.manager == manager && owner.operation == "Apply" && owner.subresource.empty()) return &owner;
    return nullptr;
}

// Controllers put annotations of their own on objects (deployment.kubernetes.io/revision) and write status: no meddling.
bool only_notes(const boost::json::object &fields) {
    for (const auto &member : fields) {
        if (member.key() == "f:status") continue;
        const auto *metadata = member.key() == "f:metadata" ? member.value().if_object() : nullptr;
        if (!metadata) return false;
        for (const auto &part : *metadata)
            if (part.key() != "f:annotations") return false;
    }
    return !fields.empty();
}

// Somebody else wrote the object itself. Whether before or after us their times do not tell: a server's clock may be set back.
bool written_by_another(const kube::Object &object, const kube::FieldOwner &ours) {
    return std::any_of(object.owners.begin(), object.owners.end(), [&ours](const kube::FieldOwner &owner) {
        return owner.manager != ours.manager && owner.subresource.empty() && !only_notes(owner.fields);
    });
}

} // namespace

DriftWatch::Seen DriftWatch::look(const kube::Object &object, std::uint64_t applied_version) {
    const std::string uid(object.uid());
    const auto *ours = our_apply(object, manager_);
    const auto version = version_number(object.resource_version());
    if (!ours) {
        // Older than our first apply: a stale look, or not ours to judge yet.
        if (applied_version == 0 || version < applied_version) return Seen::same;
        baselines_.erase(uid);
        return Seen::drifted;
    }
    auto fields = canonical_json(ours->fields);
    Baseline now{Digest::of(fields.ok() ? *fields : std::string()), ours->time};
    const auto found = baselines_.find(uid);
    if (found == baselines_.end()) {
        baselines_.emplace(uid, std::move(now));
        const bool exactly_ours = applied_version != 0 && version <= applied_version;
        return !exactly_ours && written_by_another(object, *ours) ? Seen::drifted : Seen::first;
    }
    // Written by us later than anything we know the outcome of: a request that its sender gave up, and that may carry a plan of
    // before.
    const bool changed = found->second.fields != now.fields || found->second.time != now.time;
    const bool we_wrote = version <= applied_version;
    found->second = std::move(now);
    return changed && !we_wrote ? Seen::drifted : Seen::same;
}

} // namespace xtn::ingest
