// Bringing a log's folder back into a state that goes on, at the price of what is lost. Internal to core/log.
#pragma once

#include "core/log/recovery.hpp"

namespace xtn {

// As Log::repair(), up to the event that records it: examines both streams from their first event, asks `accept`, and takes away
// what stands behind the last event up to which everything is right. Power may fail at any moment: the anchor names the lost
// events until the caller has recorded their loss, so that the log is refused and repaired again.
Result<Recovered> repair_folder(const LogFolder &folder, Store::Options store_options,
                                const std::function<Status(const Damage &)> &accept);

} // namespace xtn
