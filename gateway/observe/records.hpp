// Records for the control plane: what became of statements, and what this gateway learned. Numbered here, folded once there
// (gateway id and sequence); kept in a bounded queue while the control plane is away, with a recorded gap for what did not fit.
// Never in a record: statement text, session values, credentials.
#pragma once

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace xtn::gateway {

class RecordQueue {
  public:
    RecordQueue(std::string gateway, bool enabled, std::size_t max_records)
        : gateway_(std::move(gateway)), enabled_(enabled), max_records_(max_records) {}

    // Adds one record; `type` without a version, `subject` as in the event catalogue. False: the queue is full, and the loss is
    // noted.
    bool add(std::string_view type, std::string subject, boost::json::object payload);
    bool enabled() const { return enabled_; }

    struct Batch {
        std::string text;       // {"gateway":"...","records":[...]}
        std::uint64_t last = 0; // sequence of its last record
    };
    // The oldest records (at most `max`), or nothing. The same records come again until acknowledge().
    std::optional<Batch> batch(std::size_t max);
    // Everything up to this sequence is safe.
    void acknowledge(std::uint64_t last);
    std::size_t size() const;
    std::uint64_t dropped() const; // records lost to a full queue, ever
    const std::string &gateway() const { return gateway_; }

  private:
    struct Record {
        std::uint64_t sequence;
        boost::json::object body;
    };
    void close_gap();

    const std::string gateway_;
    const bool enabled_;
    const std::size_t max_records_;
    mutable std::mutex mutex_;
    std::deque<Record> queue_;
    std::size_t in_flight_ = 0; // front records of the last batch
    std::uint64_t next_sequence_ = 1;
    std::uint64_t gap_from_ = 0; // first sequence lost; 0: no gap open
    std::uint64_t gap_to_ = 0;
    std::uint64_t dropped_ = 0;
};

} // namespace xtn::gateway
