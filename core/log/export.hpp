// A log, or a part of one, as one file that needs nothing else to be read and checked: docs/log-format.md §8. Secrets are not in
// it, for they are not in the log.
#pragma once

#include "core/event/event.hpp"

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string_view>
#include <vector>

namespace xtn {

struct ExportRange {
    Stream stream = Stream::control;
    Seq from{1};
    Seq to; // 0: the head
};
struct Exported {
    std::uint64_t records = 0;
    std::uint64_t blobs = 0;
};
// Writes the ranges (none: both streams, whole) of the log in `directory`, beside its writer or after it ended, with the exact
// bytes of every record and the blobs that they name. What is written was checked against the chain. `release` is that of the
// running binary. Errors: as Log::open_reader(); not_found (a range that the stream does not hold), data_corrupted (naming the
// event), unavailable (`out` takes no more).
Result<Exported> export_log(const std::filesystem::path &directory, std::vector<ExportRange> ranges, std::string_view release,
                            std::ostream &out, const std::function<void(std::uint64_t)> &progress = {});

// The chain value of one event: 64 hexadecimal characters. Errors: as Log::open_reader(); not_found.
Result<std::string> chain_at(const std::filesystem::path &directory, Stream stream, Seq seq);

// Makes a log in `directory` (missing or empty) of an export that holds both streams whole, checking every byte of it. The log
// keeps its identity; a process that opens it begins a new leader term. Errors: already_exists (something is in the folder),
// unsupported (a newer format, a part of a log), data_corrupted (naming the event), unavailable. After an error nothing is left
// in the folder.
Result<Exported> import_log(std::istream &in, const std::filesystem::path &directory);

} // namespace xtn
