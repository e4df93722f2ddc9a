// One stored event, byte for byte. Layout and reasons: docs/log-format.md §3.
//
//   RecordHeader | type | subject | source | actor | correlation | payload (canonical JSON) | chain (32 bytes)
//
// All integers little-endian. chain = SHA-256(chain of the record before | every byte of this record before its chain).
#pragma once

#include "core/base/sha256.hpp"
#include "core/event/blob_references.hpp"
#include "core/event/event.hpp"
#include "core/event/upcast.hpp"

#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xtn {

inline constexpr std::uint8_t record_version = 1;

struct RecordHeader {
    static constexpr std::uint8_t flag_must_understand =
        1; // bit 0: a reader that does not know the type must stop; bits 1-7: zero

    std::uint8_t version = record_version;
    std::uint8_t flags = 0;
    std::uint8_t stream = 0;            // 1 control, 2 queries
    std::uint8_t correlation_bytes = 0; // at most 64
    std::uint16_t type_bytes = 0;
    std::uint16_t subject_bytes = 0; // at most 320
    std::uint16_t source_bytes = 0;  // at most 128
    std::uint16_t actor_bytes = 0;   // at most 256
    std::uint32_t payload_bytes = 0; // at most 262144
    std::uint64_t seq = 0;
    std::int64_t time = 0; // nanoseconds since 1970, UTC
    std::uint64_t epoch = 0;
    std::uint64_t cause = 0; // sequence number in the same stream; 0: none
};
static_assert(sizeof(RecordHeader) == 48, "the record header is part of the on-disk format");
static_assert(std::endian::native == std::endian::little,
              "records are copied as they lie in memory; swap bytes here on such a machine");

// What the writer adds to an encoded draft.
struct RecordNumbers {
    Seq seq;
    Timestamp time;
    Epoch epoch;
    std::optional<Seq> cause;
};

// Everything but the numbers and the chain: done by the caller of append(), so that the writer thread only patches and hashes.
// Errors: invalid_argument as check_draft(), and for a type of another stream.
Result<std::string> encode_draft(Stream stream, const EventDraft &draft);
// Fills in numbers and chain value. Returns the new chain value.
Sha256 seal_record(std::string &record, const RecordNumbers &numbers, const Sha256 &previous_chain);

// The event, lifted to the newest version of its type. Errors: data_corrupted (lengths, version, JSON), unsupported (a type or a
// version of it that must be understood and is not known).
Result<Event> decode_record(std::string_view record, std::span<const Upcaster> steps = upcasters());

// Reads one record after another into the same event and the same memory: nothing is asked of the heap for a usual one.
class LentEvent {
  public:
    LentEvent();
    LentEvent(const LentEvent &) = delete;
    LentEvent &operator=(const LentEvent &) = delete;
    ~LentEvent();
    // Errors: as decode_record(); the event is then none.
    Status read(std::string_view record, std::span<const Upcaster> steps = upcasters());
    // As read last; gone with the next read().
    const Event &event() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Only the numbers. Errors: data_corrupted.
Result<RecordHeader> decode_header(std::string_view record);
// The blobs that an event names. Most events are told apart by their type and are not read. Errors: as decode_record().
Result<std::vector<BlobReference>> blobs_named_by(std::string_view record);
// The chain value at the end of a record whose header was decoded without error.
Sha256 record_chain(std::string_view record);
// The bytes that the chain covers.
std::string_view record_body(std::string_view record);

} // namespace xtn
