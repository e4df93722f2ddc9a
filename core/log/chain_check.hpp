// Walks a stream's records in order and checks each against the one before: gapless numbers, times and leader terms that never
// decrease, causes that are earlier, the hash chain. Internal to core/log.
#pragma once

#include "core/base/hex.hpp"
#include "core/base/sha256.hpp"
#include "core/log/keys.hpp"
#include "core/log/log.hpp"
#include "core/log/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace xtn {

// "control event #7: missing", as data_corrupted.
inline Error corrupt_event(Stream stream, Seq seq, std::string_view what) {
    return make_error(Code::data_corrupted, fmt::format("{} event #{}: {}", stream_name(stream), seq.value, what));
}

// What a stream's head is where this record is the newest.
inline Head head_at(const RecordHeader &header, std::string_view record) {
    return {Seq{header.seq}, Epoch{header.epoch}, Timestamp{header.time}, to_hex(view(record_chain(record)))};
}

// Starts behind `start`, whose chain value is trusted. After an error, head() is the last event that was right.
class ChainCheck {
  public:
    ChainCheck(Stream stream, const Head &start) : stream_(stream), head_(start) {
        const auto bytes = from_hex(start.chain);
        if (bytes && bytes->size() == chain_.size()) std::copy(bytes->begin(), bytes->end(), chain_.begin());
    }

    Status step(std::string_view key, std::string_view record) {
        const Seq want = head_.seq.next();
        const auto seq = keys::event_seq(key);
        if (!seq) return corrupt_event(stream_, want, "a key of the wrong length follows the event before");
        if (*seq != want) return corrupt_event(stream_, want, fmt::format("missing; the next one held is #{}", seq->value));
        const auto header = decode_header(record);
        if (!header) return corrupt_event(stream_, want, header.error().message);
        if (header->seq != want.value)
            return corrupt_event(stream_, want, fmt::format("the record calls itself #{}", header->seq));
        if (header->stream != static_cast<std::uint8_t>(stream_))
            return corrupt_event(stream_, want, "the record belongs to another stream");
        if (header->time < head_.time.nanos) return corrupt_event(stream_, want, "it is older than the event before");
        if (header->epoch < head_.epoch.value)
            return corrupt_event(stream_, want, "its leader term is older than that of the event before");
        if (header->cause >= header->seq)
            return corrupt_event(stream_, want, fmt::format("its cause #{} is not an earlier event", header->cause));
        const Sha256 chain = sha256(view(chain_), record_body(record));
        if (chain != record_chain(record))
            return corrupt_event(stream_, want, "the chain is broken: this event or one before was changed");
        chain_ = chain;
        head_.seq = want;
        head_.time = Timestamp{header->time};
        head_.epoch = Epoch{header->epoch};
        return ok();
    }
    Head head() const {
        Head out = head_;
        out.chain = to_hex(view(chain_));
        return out;
    }

  private:
    Stream stream_;
    Head head_;
    Sha256 chain_{};
};

} // namespace xtn
