// Snapshots of folded state in the family `snapshots`: a cache that shortens a start, never needed for one. Layout:
// docs/log-format.md §7. Internal to core/log; others meet Snapshot in log.hpp.
//
// A snapshot is written piece by piece without the write-ahead log, its header last: a crash in between leaves pieces without a
// header, which nobody finds and the next keep() removes. It counts only when everything about it is right: the header's own
// form, the number and the digest of its bytes, and the chain value of the event it stands behind, so that a snapshot of another
// history (before a repair, of a copied folder) is never taken for one of this.
//
// Snapshots of different projections (KeptAs::of) lie side by side and know nothing of each other.
#pragma once

#include "core/log/log.hpp"
#include "core/log/store.hpp"

namespace xtn {

inline constexpr int snapshot_format = 1;              // of header and pieces; what the state means is KeptAs::version
inline constexpr std::size_t kept_snapshots = 2;       // of each kind: the newest, and one more in case that it is damaged
inline constexpr std::size_t snapshot_piece = 262'144; // bytes

class Snapshots {
  public:
    explicit Snapshots(Store &store) : store_(&store) {}

    // The newest usable one of that kind and version at or before `at_most`, which must be durable. What was passed over on the
    // way is told. Errors: unavailable (the database cannot be read).
    Result<SnapshotLookup> newest(const KeptAs &as, Seq at_most) const;
    // Keeps it and removes all but the newest kept_snapshots of its kind. Errors: not_found (there is no such event),
    // unavailable.
    Status keep(const Snapshot &snapshot);

  private:
    Store *store_;
};

} // namespace xtn
