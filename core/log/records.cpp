#include "core/log/records.hpp"

#include "core/base/hex.hpp"
#include "core/base/sha256.hpp"
#include "core/log/chain_check.hpp"
#include "core/log/keys.hpp"
#include "core/log/read_ahead.hpp"
#include "core/log/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace xtn {

namespace {

constexpr Seq last_seq{std::numeric_limits<std::uint64_t>::max()};

Error not_held(Stream stream, Seq head, Seq seq) {
    return make_error(Code::not_found, head.value == 0 ? fmt::format("there is no {} event #{}: the stream is empty",
                                                                     stream_name(stream), seq.value)
                                                       : fmt::format("there is no {} event #{}: the stream holds #1 to #{}",
                                                                     stream_name(stream), seq.value, head.value));
}

} // namespace

Head empty_head() {
    return Head{Seq{0}, Epoch{0}, Timestamp{0}, std::string(2 * sha256_bytes, '0')};
}

Result<Head> Records::newest(Stream stream) const {
    auto cursor = store_->cursor(Family::events);
    cursor.seek_for_prev(keys::event(stream, last_seq));
    if (auto status = cursor.status(); !status) return std::move(status).error();
    if (!cursor.valid() || cursor.key().front() != static_cast<char>(stream)) return empty_head();
    const auto header = decode_header(cursor.value());
    if (!header) return header.error();
    return head_at(*header, cursor.value());
}

Result<Head> Records::at(Stream stream, Seq seq) const {
    if (seq.value == 0) return empty_head();
    auto record = store_->get(Family::events, keys::event(stream, seq));
    if (!record) return std::move(record).error();
    if (!record->has_value()) return corrupt_event(stream, seq, "missing");
    const auto header = decode_header(**record);
    if (!header) return corrupt_event(stream, seq, header.error().message);
    Head head = head_at(*header, **record);
    head.seq = seq;
    return head;
}

Status Records::continues(Stream stream, const Head &at) const {
    if (at.seq.value > 0) {
        auto record = store_->get(Family::events, keys::event(stream, at.seq));
        if (!record) return std::move(record).error();
        if (!record->has_value()) return corrupt_event(stream, at.seq, "missing, although it was acknowledged");
        if (auto header = decode_header(**record); !header) return corrupt_event(stream, at.seq, header.error().message);
        if (to_hex(view(record_chain(**record))) != at.chain)
            return corrupt_event(stream, at.seq, "it is not the event that was acknowledged under this number (another history)");
    }
    ChainCheck check(stream, at);
    auto cursor = store_->cursor(Family::events);
    for (cursor.seek(keys::event(stream, at.seq.next())); cursor.valid(); cursor.next()) {
        if (cursor.key().front() != static_cast<char>(stream)) break;
        if (auto step = check.step(cursor.key(), cursor.value()); !step) return step;
    }
    return cursor.status();
}

Result<Event> Records::get(Stream stream, Seq head, Seq seq) const {
    if (seq.value == 0 || seq > head) return not_held(stream, head, seq);
    auto record = store_->get(Family::events, keys::event(stream, seq));
    if (!record) return std::move(record).error();
    if (!record->has_value()) return corrupt_event(stream, seq, "missing");
    return decode_record(**record);
}

Status Records::scan(Stream stream, Seq head, Seq from, const std::function<bool(const Event &)> &each) const {
    return each_record(stream, head, from, [&](std::string_view record) -> Result<bool> {
        auto event = decode_record(record);
        if (!event) return std::move(event).error();
        return each(*event);
    });
}

Status Records::scan_lent(Stream stream, Seq head, Seq from, const std::function<bool(const Event &)> &each) const {
    return lend(head, from, [&](const EachRecord &record) { return each_record(stream, head, from, record); }, each);
}

Status Records::replay(Stream stream, Seq head, Seq from, const std::function<bool(const Event &)> &each) const {
    return lend(head, from, [&](const EachRecord &record) { return each_checked_record(stream, head, from, record); }, each);
}

// A few events are read as they come, many by a thread of its own.
Status Records::lend(Seq head, Seq from, const std::function<Status(const EachRecord &)> &walk,
                     const std::function<bool(const Event &)> &each) {
    constexpr std::uint64_t few = 1000;
    if (head.value - std::min(head, from).value >= few) return read_ahead(walk, each);
    LentEvent lent;
    return walk([&](std::string_view record) -> Result<bool> {
        if (auto read = lent.read(record); !read) return std::move(read).error();
        return each(lent.event());
    });
}

// Calls `each` until it returns false; its errors are told with the number of the event. `check`: whether a record is the one
// that is wanted next; its errors are returned as they are.
Status Records::each_record(Stream stream, Seq head, Seq from, const CheckRecord &check, const EachRecord &each) const {
    if (from > head) return ok();
    Seq want = from;
    auto cursor = store_->cursor(Family::events);
    for (cursor.seek(keys::event(stream, want)); cursor.valid() && want <= head; cursor.next(), want = want.next()) {
        if (cursor.key().front() != static_cast<char>(stream)) break;
        if (auto right = check(want, cursor.key(), cursor.value()); !right) return right;
        auto go_on = each(cursor.value());
        if (!go_on) return std::move(go_on).error().with(fmt::format("{} event #{}", stream_name(stream), want.value));
        if (!*go_on) return ok();
    }
    if (auto status = cursor.status(); !status)
        return std::move(status).error().with(fmt::format("{} event #{}", stream_name(stream), want.value));
    return want > head ? ok() : Status(corrupt_event(stream, want, "missing"));
}

Status Records::each_record(Stream stream, Seq head, Seq from, const EachRecord &each) const {
    const CheckRecord is_wanted = [&](Seq want, std::string_view key, std::string_view) -> Status {
        if (key != keys::event(stream, want)) return corrupt_event(stream, want, "missing");
        return ok();
    };
    return each_record(stream, head, std::max(from, Seq{1}), is_wanted, each);
}

// The same, each held against the one before it first.
Status Records::each_checked_record(Stream stream, Seq head, Seq from, const EachRecord &each) const {
    from = std::max(from, Seq{1});
    if (from > head) return ok();
    const auto before = at(stream, Seq{from.value - 1});
    if (!before) return before.error();
    ChainCheck chain(stream, *before);
    const CheckRecord follows = [&](Seq, std::string_view key, std::string_view record) { return chain.step(key, record); };
    return each_record(stream, head, from, follows, each);
}

Result<std::vector<Seq>> Records::by_subject(Stream stream, Seq head, const Subject &subject,
                                             std::optional<std::size_t> limit) const {
    const auto same_subject = [&](std::string_view key) {
        const auto parsed = keys::parse_subject(key);
        return parsed && key.front() == static_cast<char>(stream) && parsed->subject == subject.text;
    };
    std::vector<Seq> out;
    // Newest first, so that a limit costs what it asks for.
    auto cursor = store_->cursor(Family::by_subject);
    cursor.seek_for_prev(keys::subject(stream, subject.text, head));
    for (; cursor.valid() && same_subject(cursor.key()) && (!limit || out.size() < *limit); cursor.prev())
        out.push_back(keys::parse_subject(cursor.key())->seq);
    if (auto status = cursor.status(); !status) return std::move(status).error();
    std::reverse(out.begin(), out.end());
    return out;
}

Result<std::vector<Subject>> Records::subjects(Stream stream, Seq head, std::string_view prefix) const {
    std::vector<Subject> out;
    const std::string beginning = keys::subject_prefix(stream, prefix);
    auto cursor = store_->cursor(Family::by_subject);
    cursor.seek(beginning);
    while (cursor.valid() && cursor.key().starts_with(beginning)) {
        const auto parsed = keys::parse_subject(cursor.key());
        if (!parsed) return make_error(Code::data_corrupted, "index by subject: a key that is none");
        if (parsed->seq <= head) out.push_back(Subject{std::string(parsed->subject)});
        // To the next subject, past all events of this one: 0x01 sorts behind the 0x00 that ends it.
        std::string behind = keys::subject_prefix(stream, parsed->subject);
        behind.push_back('\1');
        cursor.seek(behind);
    }
    if (auto status = cursor.status(); !status) return std::move(status).error();
    return out;
}

Result<Seq> Records::seq_at(Stream stream, Seq head, Timestamp time) const {
    // Invariant: every event up to `low` is at or before `time`, every one from `high` on is later.
    std::uint64_t low = 0;
    std::uint64_t high = head.value + 1;
    while (high - low > 1) {
        const Seq middle{low + (high - low) / 2};
        auto record = store_->get(Family::events, keys::event(stream, middle));
        if (!record) return std::move(record).error();
        if (!record->has_value()) return corrupt_event(stream, middle, "missing");
        const auto header = decode_header(**record);
        if (!header) return corrupt_event(stream, middle, header.error().message);
        (header->time <= time.nanos ? low : high) = middle.value;
    }
    return Seq{low};
}

Result<std::string> Records::blob(const Digest &digest) const {
    const auto key = from_hex(digest.hex);
    if (!key || key->size() != sha256_bytes) return make_error(Code::not_found, fmt::format("'{}' is not a digest", digest.hex));
    auto content = store_->get(Family::blobs, *key);
    if (!content) return std::move(content).error();
    if (!content->has_value()) return make_error(Code::not_found, fmt::format("there is no blob {}", digest.hex));
    if (Digest::of(**content) != digest)
        return make_error(Code::data_corrupted, fmt::format("blob {}: its content was changed", digest.hex));
    return std::move(**content);
}

Result<LogReader::VerifyReport> Records::verify(Stream stream, const Head &head, const std::function<void(Seq)> &progress) const {
    ChainCheck check(stream, empty_head());
    LogReader::VerifyReport report;
    auto cursor = store_->cursor(Family::events);
    for (cursor.seek(keys::event(stream, Seq{1})); cursor.valid() && report.events < head.seq.value; cursor.next()) {
        if (cursor.key().front() != static_cast<char>(stream)) break;
        if (auto step = check.step(cursor.key(), cursor.value()); !step) return std::move(step).error();
        ++report.events;
        if (progress) progress(Seq{report.events});
    }
    if (auto status = cursor.status(); !status)
        return std::move(status).error().with(fmt::format("{} event #{}", stream_name(stream), report.events + 1));
    report.head = check.head();
    if (report.events != head.seq.value)
        return corrupt_event(stream, Seq{report.events + 1}, fmt::format("missing; the head is #{}", head.seq.value));
    if (report.head.chain != head.chain)
        return corrupt_event(stream, head.seq, "the head has another chain value than was acknowledged");
    return report;
}

} // namespace xtn
