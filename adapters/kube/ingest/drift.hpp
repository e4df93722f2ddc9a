// Whether somebody else changed an object that we applied. Server-side apply records who owns each field: when the set of fields
// that we own changes although we did not write, somebody took, changed or removed one of them. A write of ours that we do not
// know the outcome of counts as somebody's: a request that arrives after its sender gave up may carry a plan of before.
//
// Caveat: of what happened while nobody looked only this much shows: our ownership is gone, or another manager wrote the object
// itself (more than an annotation), at whatever time. That may be a harmless write; applying again then
// changes nothing.
#pragma once

#include "adapters/kube/own_writes.hpp"
#include "core/base/ids.hpp"
#include "kubeclient/object.hpp"

#include <map>
#include <string>

namespace xtn::ingest {

class DriftWatch {
  public:
    explicit DriftWatch(std::string field_manager) : manager_(std::move(field_manager)) {}

    enum class Seen { first, same, drifted };
    // Judges the object and remembers it. `first`: not seen in this process before, and nothing speaks for a foreign change.
    // `applied_version`: number of the version after our last write, 0 when unknown; at or after it nothing foreign is assumed
    // for an object that is exactly that version.
    Seen look(const kube::Object &object, std::uint64_t applied_version);
    const std::string &manager() const { return manager_; } // ours
    void forget(const std::string &uid) { baselines_.erase(uid); }

  private:
    struct Baseline {
        Digest fields;    // that we own by apply
        std::string time; // of our last apply that changed something
    };
    std::string manager_;
    std::map<std::string, Baseline> baselines_; // by uid
};

} // namespace xtn::ingest
