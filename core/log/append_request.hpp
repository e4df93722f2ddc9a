// One append on its way from its caller to the writer and back. What can be done before the numbers are known is done by the
// caller: checks, canonical JSON, the record, the key of the index. Internal to core/log.
#pragma once

#include "core/log/log.hpp"
#include "core/log/record.hpp"
#include "core/log/store.hpp"

namespace xtn {

struct AppendRequest {
    struct Record {
        std::string bytes;     // encoded, numbers and chain still missing
        std::string index_key; // in `by_subject`, the number still missing
    };

    Stream stream = Stream::control;
    Epoch epoch;
    std::vector<Record> records;
    std::vector<Event> events; // what will be answered; numbers still missing
    std::vector<std::int64_t> relative_causes;
    std::vector<Blob> blobs; // only those that the store lacks
    std::optional<Seq> expect_first;
    std::vector<Timestamp> times;
    std::size_t bytes = 0;
    // Given by the writer.
    Seq first;
    Timestamp stamp; // of every event, where the caller brought no times

    // Errors: invalid_argument as Log::append(); as Store::get().
    static Result<AppendRequest> prepare(const Store &store, Log::Append append);
    // Of draft i, once the writer gave `first` and `stamp`.
    RecordNumbers numbers(std::size_t i) const;
    // The events as they are stored.
    std::vector<Event> stored() &&;
};

} // namespace xtn
