#include "core/log/verify_content.hpp"

#include "core/base/hex.hpp"
#include "core/event/blob_references.hpp"
#include "core/event/upcast.hpp"
#include "core/log/chain_check.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <unordered_map>

namespace xtn {

namespace {

constexpr std::array streams{Stream::control, Stream::queries};

// The parts of a record that need no parsing.
struct Outline {
    RecordHeader header;
    std::string_view type; // without the version
    std::string_view subject;
    int version = 0;
};

Result<Outline> outline(Stream stream, Seq seq, std::string_view record) {
    const auto header = decode_header(record);
    if (!header) return corrupt_event(stream, seq, header.error().message);
    Outline out{*header, record.substr(sizeof(RecordHeader), header->type_bytes), {}};
    out.subject = record.substr(sizeof(RecordHeader) + header->type_bytes, header->subject_bytes);
    const auto slash = std::min(out.type.rfind('/'), out.type.size());
    const auto digits = out.type.substr(std::min(slash + 1, out.type.size()));
    if (std::from_chars(digits.data(), digits.data() + digits.size(), out.version).ec != std::errc()) out.version = 0;
    out.type = out.type.substr(0, slash);
    return out;
}

// Calls `each` for every record of a stream up to `head`. Gaps are the chain's business.
// Looks at nothing behind the head, where a repair finds what cannot be read.
template <class Each> Status for_records(const Store &store, Stream stream, Seq head, const Each &each) {
    if (head.value == 0) return ok();
    auto cursor = store.cursor(Family::events);
    for (cursor.seek(keys::event(stream, Seq{1})); cursor.valid(); cursor.next()) {
        const auto seq = keys::event_seq(cursor.key());
        if (cursor.key().front() != static_cast<char>(stream) || !seq || *seq > head) break;
        const auto parts = outline(stream, *seq, cursor.value());
        if (!parts) return parts.error();
        if (auto done = each(*seq, *parts, cursor.value()); !done) return done;
        if (*seq == head) return ok();
    }
    return cursor.status();
}

// Where a blob is named: the newest event, for that is the one that somebody will miss it for.
struct Named {
    Seq event;
    std::string type;
    Subject subject;
    std::string object;
};

// A set of (stream, subject, number) as count and sums, so that two sets are compared without holding either. Not proof against
// somebody who makes collisions: the index is derived from the events and nothing is decided upon it.
struct SetSum {
    std::uint64_t count = 0;
    std::uint64_t sum = 0;
    std::uint64_t sum_of_mixed = 0;

    static std::uint64_t mix(std::uint64_t x) { // splitmix64
        x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
        x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
        return x ^ (x >> 31U);
    }
    void add(Stream stream, std::string_view subject, Seq seq) {
        std::uint64_t hash = 0xcbf29ce484222325U + static_cast<std::uint64_t>(stream); // FNV-1a
        for (const char c : subject)
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
        hash = mix(hash + mix(seq.value + 0x9e3779b97f4a7c15U));
        ++count;
        sum += hash;
        sum_of_mixed += mix(hash ^ 0xa5a5a5a5a5a5a5a5U);
    }
    friend bool operator==(const SetSum &, const SetSum &) = default;
};

// Calls `each` for every entry of the index that lies within the heads.
template <class Each>
Status for_index(const Store &store, std::array<Seq, 2> heads, const Each &each, std::uint64_t *behind = nullptr) {
    auto cursor = store.cursor(Family::by_subject);
    for (cursor.seek(""); cursor.valid(); cursor.next()) {
        const auto parsed = keys::parse_subject(cursor.key());
        const char first = cursor.key().empty() ? '\0' : cursor.key().front();
        const bool known = first == static_cast<char>(Stream::control) || first == static_cast<char>(Stream::queries);
        if (!parsed || !known) return make_error(Code::data_corrupted, "it holds a key that is none");
        const Stream stream{static_cast<std::uint8_t>(first)};
        if (parsed->seq > heads[stream == Stream::control ? 0 : 1]) {
            if (behind != nullptr) ++*behind;
            continue;
        }
        if (auto done = each(stream, *parsed); !done) return done;
    }
    return cursor.status();
}

// Entry by entry: only once the sums differ.
Result<std::string> find_index_damage(const Store &store, std::array<Seq, 2> heads) {
    std::string found;
    for (std::size_t i = 0; i < streams.size() && found.empty(); ++i) {
        auto looked = for_records(store, streams[i], heads[i], [&](Seq seq, const Outline &parts, std::string_view) -> Status {
            if (!found.empty()) return ok();
            auto entry = store.get(Family::by_subject, keys::subject(streams[i], parts.subject, seq));
            if (!entry) return std::move(entry).error();
            if (!entry->has_value())
                found = fmt::format("{} event #{} is missing under {}", stream_name(streams[i]), seq.value, parts.subject);
            return ok();
        });
        if (!looked && looked.error().code == Code::data_corrupted) return looked.error().message;
        if (!looked) return std::move(looked).error();
    }
    if (!found.empty()) return found;
    auto looked = for_index(store, heads, [&](Stream stream, const keys::SubjectKey &key) -> Status {
        if (!found.empty()) return ok();
        auto record = store.get(Family::events, keys::event(stream, key.seq));
        if (!record) return std::move(record).error();
        const auto parts = record->has_value() ? outline(stream, key.seq, **record) : Result<Outline>(Outline{});
        if (!parts) return parts.error();
        if (parts->subject != key.subject)
            found = fmt::format("names {} event #{} under {}, where it does not belong", stream_name(stream), key.seq.value,
                                key.subject);
        return ok();
    });
    if (!looked && looked.error().code == Code::data_corrupted) return looked.error().message; // it cannot be read
    if (!looked) return std::move(looked).error();
    return found;
}

} // namespace

std::string BlobDamage::text() const {
    const std::string_view what = missing ? "is missing" : "has another content than its digest says";
    if (event.value == 0) return fmt::format("blob {} (no event names it) {}", digest.hex, what);
    return fmt::format("control event #{}: {} {} names the manifest of {}: blob {} {}", event.value, type, subject.text, object,
                       digest.hex, what);
}

namespace {

// Where the blobs cannot be walked: takes out of `named` what is whole, and tells what is there and is not.
Status look_up_one_by_one(const Store &store, std::unordered_map<std::string, Named> &named, std::vector<BlobDamage> &damaged) {
    for (auto entry = named.begin(); entry != named.end();) {
        const auto content = store.get(Family::blobs, entry->first);
        if (!content && content.error().code != Code::data_corrupted) return content.error();
        const bool missing = content && !content->has_value();
        if (missing) {
            ++entry;
            continue;
        }
        if (!content || view(sha256(**content)) != entry->first) {
            auto &at = entry->second;
            damaged.push_back({Digest{to_hex(entry->first)}, false, at.event, at.type, at.subject, at.object});
        }
        entry = named.erase(entry);
    }
    return ok();
}

} // namespace

Result<BlobCheck> check_blobs(const Store &store, std::array<Seq, 2> heads, const std::function<void(Seq)> &progress) {
    BlobCheck out;
    std::unordered_map<std::string, Named> named; // by digest in bytes
    std::set<std::string> accepted;               // whose loss a repair recorded
    const auto look = [&](Stream stream, Seq seq, const Outline &parts, std::string_view record) -> Status {
        const bool known = understood(parts.type, parts.version);
        const bool must_understand = (parts.header.flags & RecordHeader::flag_must_understand) != 0;
        if (!known && !must_understand) ++out.skipped;
        if (known ? !names_blobs(parts.type) && parts.type != "topology.manifest.lost" : !must_understand) return ok();
        const auto event = decode_record(record); // refuses what must be understood and is not known
        if (!event) return Error(event.error()).with(stream_name(stream));
        if (parts.type == "topology.manifest.lost") {
            const auto *lost = event->payload.if_contains("manifest");
            if (lost != nullptr && lost->is_string())
                if (auto digest = from_hex(std::string_view(lost->get_string()))) accepted.insert(std::move(*digest));
            return ok();
        }
        for (auto &reference : blob_references(*event)) {
            auto digest = from_hex(reference.digest.hex);
            if (!digest) return corrupt_event(stream, seq, fmt::format("'{}' is no digest of a manifest", reference.digest.hex));
            accepted.erase(*digest); // named again: wanted again
            named[std::move(*digest)] = {seq, event->type, event->subject, std::move(reference.object)};
        }
        return ok();
    };
    for (std::size_t i = 0; i < streams.size(); ++i) {
        auto scanned = for_records(store, streams[i], heads[i], [&](Seq seq, const Outline &parts, std::string_view record) {
            if (progress && streams[i] == Stream::control) progress(seq);
            return look(streams[i], seq, parts, record);
        });
        if (!scanned) return std::move(scanned).error();
    }
    out.referenced = named.size();
    // The blobs after the events: whatever an event names was written with it or before.
    auto cursor = store.cursor(Family::blobs);
    for (cursor.seek(""); cursor.valid(); cursor.next()) {
        const std::string key(cursor.key());
        const bool whole = view(sha256(cursor.value())) == key;
        const auto found = named.find(key);
        if (found == named.end()) {
            if (whole) ++out.unreferenced;
            if (!whole) out.damaged.push_back({Digest{to_hex(key)}, false, Seq{0}, {}, {}, {}});
            continue;
        }
        if (!whole) {
            auto &at = found->second;
            out.damaged.push_back(
                {Digest{to_hex(key)}, false, at.event, std::move(at.type), std::move(at.subject), std::move(at.object)});
        }
        named.erase(found);
    }
    if (auto status = cursor.status(); !status) {
        if (status.error().code != Code::data_corrupted) return std::move(status).error().with("blobs");
        out.unreadable = "blobs: " + status.error().message;
        if (auto done = look_up_one_by_one(store, named, out.damaged); !done) return std::move(done).error();
    }
    std::erase_if(named, [&](const auto &entry) { return accepted.contains(entry.first); });
    for (auto &[digest, at] : named)
        out.damaged.push_back(
            {Digest{to_hex(digest)}, true, at.event, std::move(at.type), std::move(at.subject), std::move(at.object)});
    std::sort(out.damaged.begin(), out.damaged.end(), [](const BlobDamage &a, const BlobDamage &b) {
        return a.event != b.event ? b.event < a.event : a.digest < b.digest;
    });
    return out;
}

Result<IndexCheck> check_index(const Store &store, std::array<Seq, 2> heads) {
    SetSum events;
    for (std::size_t i = 0; i < streams.size(); ++i) {
        auto read = for_records(store, streams[i], heads[i], [&](Seq seq, const Outline &parts, std::string_view) -> Status {
            events.add(streams[i], parts.subject, seq);
            return ok();
        });
        if (!read) return std::move(read).error();
    }
    SetSum index;
    IndexCheck out;
    auto read = for_index(
        store, heads,
        [&](Stream stream, const keys::SubjectKey &key) -> Status {
            index.add(stream, key.subject, key.seq);
            return ok();
        },
        &out.behind);
    out.indexed = index.count;
    if (!read && read.error().code != Code::data_corrupted) return std::move(read).error();
    if (!read) {
        out.damage = read.error().message;
    } else if (index != events) {
        auto damage = find_index_damage(store, heads);
        if (!damage) return std::move(damage).error();
        out.damage = std::move(*damage);
    }
    return out;
}

Result<LogReader::ContentReport> verify_content(const Store &store, std::array<Seq, 2> heads,
                                                const std::function<void(Seq)> &progress) {
    const auto blobs = check_blobs(store, heads, progress);
    if (!blobs) return blobs.error();
    if (!blobs->damaged.empty()) {
        std::string text = blobs->damaged.front().text();
        if (blobs->damaged.size() > 1) text += fmt::format("; {} more blobs are damaged or missing", blobs->damaged.size() - 1);
        return make_error(Code::data_corrupted, std::move(text));
    }
    if (!blobs->unreadable.empty()) return make_error(Code::data_corrupted, blobs->unreadable);
    const auto index = check_index(store, heads);
    if (!index) return index.error();
    if (!index->damage.empty()) return make_error(Code::data_corrupted, "index by subject: " + index->damage);
    LogReader::ContentReport out;
    out.blobs = blobs->referenced;
    out.unreferenced = blobs->unreferenced;
    out.skipped = blobs->skipped;
    out.indexed = index->indexed;
    return out;
}

} // namespace xtn
