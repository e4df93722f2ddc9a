#include "core/log/append_request.hpp"

#include "core/base/hex.hpp"
#include "core/event/canonical.hpp"
#include "core/log/keys.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace xtn {

namespace {

Error invalid(std::string message) {
    return make_error(Code::invalid_argument, std::move(message));
}

Status check_shape(const Log::Append &append) {
    const std::size_t count = append.drafts.size();
    if (count == 0) return invalid("an append without drafts");
    if (!append.relative_causes.empty() && append.relative_causes.size() != count)
        return invalid(fmt::format("{} relative causes for {} drafts", append.relative_causes.size(), count));
    if (!append.times.empty() && append.times.size() != count)
        return invalid(fmt::format("{} times for {} drafts", append.times.size(), count));
    for (std::size_t i = 0; i < append.relative_causes.size(); ++i)
        if (append.relative_causes[i] >= static_cast<std::int64_t>(i))
            return invalid(
                fmt::format("draft {} names draft {} as its cause, which is not before it", i, append.relative_causes[i]));
    if (!std::is_sorted(append.times.begin(), append.times.end())) return invalid("the times of the drafts decrease");
    return ok();
}

} // namespace

Result<AppendRequest> AppendRequest::prepare(const Store &store, Log::Append append) {
    if (auto fits = check_shape(append); !fits) return std::move(fits).error();
    AppendRequest request;
    request.stream = append.stream;
    request.epoch = append.epoch;
    request.relative_causes = std::move(append.relative_causes);
    request.expect_first = append.expect_first;
    request.times = std::move(append.times);
    request.records.reserve(append.drafts.size());
    request.events.reserve(append.drafts.size());
    for (auto &draft : append.drafts) {
        normalise(draft.payload);
        auto record = encode_draft(append.stream, draft);
        if (!record) return std::move(record).error();
        request.bytes += record->size();
        request.records.push_back({std::move(*record), keys::subject(append.stream, draft.subject.text, Seq{0})});
        request.events.push_back(unnumbered(std::move(draft)));
    }
    for (auto &blob : append.blobs) {
        if (Digest::of(blob.content) != blob.digest)
            return invalid(fmt::format("blob {}: its content has another digest", blob.digest.hex));
        // Blobs are never taken away, so one that is there needs no second write.
        auto there = store.get(Family::blobs, *from_hex(blob.digest.hex));
        if (!there) return std::move(there).error();
        if (there->has_value()) continue;
        request.bytes += blob.content.size();
        request.blobs.push_back(std::move(blob));
    }
    return request;
}

RecordNumbers AppendRequest::numbers(std::size_t i) const {
    RecordNumbers out;
    out.seq = Seq{first.value + i};
    out.time = times.empty() ? stamp : times[i];
    out.epoch = epoch;
    out.cause = !relative_causes.empty() && relative_causes[i] >= 0
                    ? Seq{first.value + static_cast<std::uint64_t>(relative_causes[i])}
                    : events[i].cause;
    return out;
}

std::vector<Event> AppendRequest::stored() && {
    for (std::size_t i = 0; i < events.size(); ++i) {
        const auto number = numbers(i);
        events[i].seq = number.seq;
        events[i].time = number.time;
        events[i].epoch = number.epoch;
        events[i].cause = number.cause;
    }
    return std::move(events);
}

} // namespace xtn
