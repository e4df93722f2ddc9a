// Keys of the column families. Big-endian numbers, so that byte order is number order. Layout: docs/log-format.md §2.
#pragma once

#include "core/event/event.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace xtn::keys {

// `events`: stream byte | seq (8 bytes)
std::string event(Stream stream, Seq seq);
// Errors are impossible values: nothing for a key of the wrong length.
std::optional<Seq> event_seq(std::string_view key);

// `by_subject`: stream byte | subject | 0x00 | seq (8 bytes); the value is empty
std::string subject(Stream stream, std::string_view subject, Seq seq);
// Gives a key of either family another number.
void set_seq(std::string &key, Seq seq);
std::string subject_prefix(Stream stream, std::string_view subject_beginning); // without the 0x00
struct SubjectKey {
    std::string_view subject;
    Seq seq;
};
std::optional<SubjectKey> parse_subject(std::string_view key);

// `snapshots`: seq (8 bytes) | piece (4 bytes) | whose state (KeptAs::of); piece 0 is the header
std::string snapshot(Seq seq, std::uint32_t piece, std::string_view of = {});
struct SnapshotKey {
    Seq seq;
    std::uint32_t piece = 0;
    std::string_view of; // lies in the key
};
std::optional<SnapshotKey> parse_snapshot(std::string_view key);

} // namespace xtn::keys
