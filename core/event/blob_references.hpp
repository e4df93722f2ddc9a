// Which blobs an event names: one table, so that verification, export and repair agree on what must be in the blob store.
#pragma once

#include "core/event/event.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace xtn {

struct BlobReference {
    Digest digest;
    std::string object; // "Deployment/team-a/trino-x-worker"
};

// Whether events of this type (name without version) can name blobs at all; the payload of any other need not be parsed.
bool names_blobs(std::string_view type_name);
// The manifests that the event names and that must lie in the blob store, in the order of the payload. Members of another shape
// than the catalogue says name nothing. `object.failed` and `object.skipped` repeat what a plan names and count as well.
std::vector<BlobReference> blob_references(const Event &event);

} // namespace xtn
