// Records for the control plane: what became of statements, and what this gateway learned. Numbered here, folded once there
// (gateway id and sequence); kept within a bound while the control plane is away. Never in a record: statement text, session
// values, credentials.
//
// Two kinds wait side by side. What happened (a statement routed, ended, refused) is a queue: when it is full the newest is lost,
// counted by type, and told as one observation.gap in its place. What is (activity, health, a coordinator's suffix) is a level:
// the newest per subject replaces the one that waits, so that a long absence loses no state and costs no room. Levels go first.
//
// Numbers are given when a batch is made, so that they rise in the order in which records are sent, and a gap takes as many as it
// stands for. A batch stays the same, byte for byte, until it is acknowledged.
#pragma once

#include "core/base/ids.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace xtn::gateway {

// What was lost in one place of a queue.
struct RecordGap {
    std::uint64_t count = 0;
    Timestamp since, until;
    std::map<std::string, std::uint64_t, std::less<>> by_type;
};

class RecordQueue {
  public:
    struct Bounds {
        std::size_t records = 20000;     // waiting, levels not counted; at least 2
        std::size_t bytes = 16 << 20;    // ... and of their text
        std::size_t level_keys = 100000; // (type, subject) pairs; subjects come from route tables
    };
    RecordQueue(std::string gateway, bool enabled, Bounds bounds)
        : gateway_(std::move(gateway)), enabled_(enabled), bounds_(bounds) {}

    // Something that happened; `type` without a version, `subject` as in the event catalogue. False: there is no room, and the
    // loss is noted.
    bool add(std::string_view type, std::string_view subject, boost::json::object payload);
    // Something that is. A waiting level of the same type and subject is replaced; its member `keep` (empty: none) stays as it
    // was, for payloads that tell where a change began. False as for add().
    bool set(std::string_view type, std::string_view subject, boost::json::object payload, std::string_view keep = {});
    bool enabled() const { return enabled_; }

    struct Batch {
        std::string text;        // {"gateway":"...","records":[...]}
        std::uint64_t last = 0;  // sequence of its last record
        std::size_t records = 0; // in it
    };
    // Levels, then the oldest of the queue, at most `max` together; nothing when nothing waits. The same batch comes again until
    // acknowledge().
    std::optional<Batch> batch(std::size_t max);
    // Everything up to this sequence is safe.
    void acknowledge(std::uint64_t last);
    std::size_t size() const;      // records that wait, those of an open batch included
    std::size_t bytes() const;     // of their text
    std::uint64_t dropped() const; // records lost for want of room, ever
    const std::string &gateway() const { return gateway_; }

  private:
    struct Record {
        std::string text; // the record without its number: what follows {"sequence":N,
        std::optional<RecordGap> gap;
    };
    struct Level {
        std::string time;
        boost::json::object payload;
    };
    bool lose(std::string_view type);
    void close_gap();

    const std::string gateway_;
    const bool enabled_;
    const Bounds bounds_;
    mutable std::mutex mutex_;
    std::deque<Record> queue_;
    std::size_t bytes_ = 0;                                       // of queue_
    std::map<std::pair<std::string, std::string>, Level> levels_; // by type and subject
    std::optional<RecordGap> gap_;                                // open: it ends before the next record that finds room
    std::optional<Batch> in_flight_;
    std::uint64_t next_sequence_ = 1;
    std::uint64_t dropped_ = 0;
};

} // namespace xtn::gateway
