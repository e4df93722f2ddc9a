// What the chain does not cover: blobs and the index by subject. Internal to core/log.
#pragma once

#include "core/log/log.hpp"
#include "core/log/store.hpp"

#include <array>

namespace xtn {

// `heads`: of control and queries; what the store holds behind them is not looked at. As LogReader::verify_content().
Result<LogReader::ContentReport> verify_content(const Store &store, std::array<Seq, 2> heads,
                                                const std::function<void(Seq)> &progress = {});

// One blob that an event names and that is not what it must be.
struct BlobDamage {
    Digest digest;
    bool missing = false; // else: there, with another content
    Seq event;            // the newest control event that names it; 0: none does
    std::string type;     // of that event
    Subject subject;
    std::string object; // "Deployment/team-a/trino-x-worker"
    std::string text() const;
};
struct BlobCheck {
    std::uint64_t referenced = 0;
    std::uint64_t unreferenced = 0;
    std::uint64_t skipped = 0;
    std::vector<BlobDamage> damaged; // by event, newest first
    std::string unreadable;          // why not all of them could be read; those that events name were looked up one by one
};
// Every blob, and every event up to the heads. Errors: as verify_content(), but for damaged blobs.
Result<BlobCheck> check_blobs(const Store &store, std::array<Seq, 2> heads, const std::function<void(Seq)> &progress = {});

struct IndexCheck {
    std::uint64_t indexed = 0;
    std::uint64_t behind = 0; // entries of events behind the heads
    std::string damage;       // what is wrong first, in words; empty: nothing
};
// The index by subject against the events, both streams. Events must be readable. Errors: unavailable, data_corrupted.
Result<IndexCheck> check_index(const Store &store, std::array<Seq, 2> heads);

} // namespace xtn
