// The anchor: the position up to which events were acknowledged, kept outside the database, so that a database that lost its
// newest events (a deleted WAL, a copy rolled back) is noticed: a prefix of a valid chain is a valid chain. Layout:
// docs/log-format.md §5.
//
// A file of fixed size with two slots written in turn, each with a counter and a checksum: a torn write leaves the other slot.
// Moving it costs one small write into the page cache before each acknowledgement (so kill -9 loses nothing of it); a thread of
// its own brings it to the disk right behind. Why not one more fdatasync per group: docs/decisions/anchor-file.md.
#pragma once

#include "core/base/ids.hpp"
#include "core/event/event.hpp"
#include "core/log/plain_files.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace xtn {

struct AnchorPosition {
    Seq seq;
    Timestamp time;
    Epoch epoch;
    std::string chain; // 64 hex characters
    friend bool operator==(const AnchorPosition &, const AnchorPosition &) = default;
};

struct AnchorState {
    std::string log_id; // 32 hex characters
    Epoch epoch;        // newest leader term that was begun
    AnchorPosition control;
    AnchorPosition queries;

    AnchorPosition &of(Stream stream) { return stream == Stream::control ? control : queries; }
    const AnchorPosition &of(Stream stream) const { return stream == Stream::control ? control : queries; }
    friend bool operator==(const AnchorState &, const AnchorState &) = default;
};

// Reads an anchor that may be written by another process right now. Nothing: there is no such file. Errors: data_corrupted
// (neither slot is whole), unavailable.
Result<std::optional<AnchorState>> read_anchor(const std::filesystem::path &file, PlainFiles &files = PlainFiles::real());

class AnchorFile {
  public:
    // Opens or creates the file (its name is durable then) and starts the thread that syncs it. Errors: as read_anchor();
    // unavailable.
    static Result<std::unique_ptr<AnchorFile>> open(const std::filesystem::path &file, PlainFiles &files = PlainFiles::real());
    AnchorFile(const AnchorFile &) = delete;
    AnchorFile &operator=(const AnchorFile &) = delete;
    ~AnchorFile(); // syncs once more

    // What the file held when it was opened.
    const std::optional<AnchorState> &found() const;
    // Moves the anchor; visible to other processes at once, on the disk soon. One caller at a time. Errors: unavailable, also
    // when an earlier background sync failed.
    Status write(const AnchorState &state);
    // As write(), and returns once it is on the disk. Errors: as write().
    Status write_through(const AnchorState &state);

  private:
    struct Impl;
    explicit AnchorFile(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace xtn
