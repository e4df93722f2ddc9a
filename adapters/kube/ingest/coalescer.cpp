#include "adapters/kube/ingest/coalescer.hpp"

#include "core/event/catalogue.hpp"

#include <algorithm>
#include <iterator>

namespace xtn::ingest {

namespace {

EventDraft coalesced(const std::string &type, const std::string &subject, std::uint64_t count) {
    EventDraft draft;
    draft.type = type_of("observation.coalesced");
    draft.subject = Subject{subject};
    draft.source = "kube";
    draft.payload["type"] = type.substr(0, type.rfind('/'));
    draft.payload["count"] = static_cast<std::int64_t>(count);
    return draft;
}

} // namespace

Coalescer::Coalescer() : Coalescer(Options()) {}

void Coalescer::fill(Bucket &bucket, Time now) const {
    if (now <= bucket.filled) return;
    const auto more = (now - bucket.filled) / options_.refill;
    bucket.tokens = std::min<std::int64_t>(options_.burst, bucket.tokens + more);
    bucket.filled += more * options_.refill;
}

bool Coalescer::admit(const std::string &object, EventDraft &draft, Time now) {
    const Key key{draft.type, draft.subject.text};
    const auto [at, fresh] = buckets_.try_emplace(key);
    auto &bucket = at->second;
    if (fresh) {
        bucket.tokens = options_.burst;
        bucket.filled = bucket.report_at = now;
    }
    fill(bucket, now);
    if (const auto held = held_by_object_.find(object); held != held_by_object_.end()) {
        ++bucket.superseded;
        held->second.second = std::move(draft);
        return false;
    }
    if (bucket.tokens > 0) {
        --bucket.tokens;
        return true;
    }
    bucket.line.push_back(object);
    held_by_object_.emplace(object, std::pair(key, std::move(draft)));
    return false;
}

void Coalescer::forget(const std::string &object) {
    const auto held = held_by_object_.find(object);
    if (held == held_by_object_.end()) return;
    auto &bucket = buckets_.at(held->second.first);
    ++bucket.superseded;
    std::erase(bucket.line, object);
    held_by_object_.erase(held);
}

void Coalescer::due(Time now, const std::function<bool(const EventDraft &)> &record) {
    for (auto at = buckets_.begin(); at != buckets_.end();) {
        auto &[key, bucket] = *at;
        fill(bucket, now);
        for (; !bucket.line.empty() && bucket.tokens > 0; --bucket.tokens) {
            const auto held = held_by_object_.find(bucket.line.front());
            if (!record(held->second.second)) return;
            held_by_object_.erase(held);
            bucket.line.pop_front();
        }
        if (bucket.superseded > 0 && now >= bucket.report_at) {
            if (!record(coalesced(key.first, key.second, bucket.superseded))) return;
            bucket.superseded = 0;
            bucket.report_at = now + options_.report_every;
        }
        // Forgotten once it is as a new one would be.
        const bool idle =
            bucket.line.empty() && bucket.superseded == 0 && bucket.tokens == options_.burst && now >= bucket.report_at;
        at = idle ? buckets_.erase(at) : std::next(at);
    }
}

std::optional<Coalescer::Time> Coalescer::next() const {
    std::optional<Time> soonest;
    const auto consider = [&](Time at) {
        if (!soonest || at < *soonest) soonest = at;
    };
    for (const auto &[key, bucket] : buckets_) {
        if (!bucket.line.empty()) consider(bucket.filled + options_.refill);
        if (bucket.superseded > 0) consider(bucket.report_at);
        // A round of forgetting, so that no bucket outlives its use.
        consider(std::max(bucket.report_at, bucket.filled + (options_.burst - bucket.tokens) * options_.refill));
    }
    return soonest;
}

} // namespace xtn::ingest
