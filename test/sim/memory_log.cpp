#include "test/sim/memory_log.hpp"

#include "core/base/hex.hpp"
#include "core/log/record.hpp"

#include <algorithm>
#include <utility>

namespace xtn::simulation {

namespace {

Error only_control() {
    return make_error(Code::unsupported, "the simulation's log has a control stream only");
}

// How often a rule is broken that would break at once: by number of the event.
constexpr std::uint64_t every = 50;

} // namespace

MemoryLog::MemoryLog(std::string id, Broken broken) : id_(std::move(id)), broken_(broken) {
    durable_.head.chain = std::string(64, '0');
}

Result<std::vector<Event>> MemoryLog::stage(Append append) {
    if (append.stream != Stream::control) return only_control();
    if (append.epoch < epoch_) return make_error(Code::fenced, "a newer leader term began");
    if (staged_) return make_error(Code::internal, "one batch at a time");
    Staged staged;
    staged.head = durable_.head;
    staged.chain = durable_.chain;
    if (append.expect_first && *append.expect_first != staged.head.seq.next())
        return make_error(Code::conflict, "not the expected first number");
    for (std::size_t i = 0; i < append.drafts.size(); ++i) {
        auto &draft = append.drafts[i];
        auto record = encode_draft(Stream::control, draft);
        if (!record) return std::move(record).error();
        Event event;
        event.seq = staged.head.seq.next();
        const bool breaks = event.seq.value % every == 0;
        if (broken_ == Broken::skip_a_number && breaks) event.seq = event.seq.next();
        if (broken_ == Broken::refuse_a_batch && breaks) return make_error(Code::internal, "refused on purpose");
        event.time = append.times.empty() ? std::max(staged.head.time, Timestamp::now()) : append.times[i];
        if (event.time < staged.head.time) return make_error(Code::invalid_argument, "time goes back");
        if (broken_ == Broken::time_goes_back && breaks) event.time = staged.head.time.plus(std::chrono::seconds(-1));
        event.epoch = append.epoch;
        event.cause = draft.cause;
        if (!append.relative_causes.empty() && append.relative_causes[i] >= 0)
            event.cause = Seq{durable_.head.seq.value + 1 + static_cast<std::uint64_t>(append.relative_causes[i])};
        if (event.cause && (event.cause->value == 0 || *event.cause >= event.seq))
            return make_error(Code::invalid_argument, "a cause that is not earlier");
        if (broken_ == Broken::lose_causes) event.cause.reset();
        staged.chain = seal_record(*record, {event.seq, event.time, event.epoch, event.cause}, staged.chain);
        event.type = std::move(draft.type);
        event.subject = std::move(draft.subject);
        event.source = std::move(draft.source);
        event.actor = std::move(draft.actor);
        event.correlation = std::move(draft.correlation);
        event.payload = std::move(draft.payload);
        staged.head.seq = event.seq;
        staged.head.time = event.time;
        staged.head.epoch = event.epoch;
        staged.records.push_back(std::move(*record));
        staged.events.push_back(std::move(event));
    }
    staged.head.chain = to_hex(view(staged.chain));
    staged.blobs = std::move(append.blobs);
    staged_ = std::move(staged);
    return staged_->events;
}

std::vector<Event> MemoryLog::sync() {
    if (!staged_) return {};
    auto staged = std::move(*staged_);
    staged_.reset();
    for (auto &record : staged.records)
        durable_.records.push_back(std::move(record));
    for (auto &blob : staged.blobs)
        durable_.blobs[blob.digest] = std::move(blob.content);
    durable_.head = staged.head;
    durable_.chain = staged.chain;
    return std::move(staged.events);
}

void MemoryLog::crash(bool keep) {
    if (keep) sync();
    staged_.reset();
}

void MemoryLog::lose_last() {
    if (durable_.records.size() < 2) return;
    durable_.records.pop_back();
    const auto last = decode_record(durable_.records.back());
    durable_.chain = record_chain(durable_.records.back());
    durable_.head = {last->seq, last->epoch, last->time, to_hex(view(durable_.chain))};
}

std::string MemoryLog::chain() const {
    return durable_.head.chain;
}

Head MemoryLog::head(Stream stream) const {
    return stream == Stream::control ? durable_.head : Head{{}, {}, {}, std::string(64, '0')};
}

Result<Event> MemoryLog::get(Stream stream, Seq seq) const {
    if (stream != Stream::control) return only_control();
    if (seq.value == 0 || seq.value > durable_.records.size()) return make_error(Code::not_found, "no such event");
    return decode_record(durable_.records[seq.value - 1]);
}

Status MemoryLog::scan(Stream stream, Seq from, const std::function<bool(const Event &)> &each) const {
    if (stream != Stream::control) return ok();
    for (auto seq = std::max<std::uint64_t>(from.value, 1); seq <= durable_.records.size(); ++seq) {
        const auto event = get(stream, Seq{seq});
        if (!event) return event.error();
        if (!each(*event)) break;
    }
    return ok();
}

Result<std::vector<Seq>> MemoryLog::by_subject(Stream stream, const Subject &subject, std::optional<std::size_t> limit) const {
    std::vector<Seq> out;
    auto read = scan(stream, Seq{1}, [&](const Event &event) {
        if (event.subject.text == subject.text) out.push_back(event.seq);
        return true;
    });
    if (!read) return std::move(read).error();
    if (limit && out.size() > *limit) out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(*limit));
    return out;
}

Result<std::vector<Subject>> MemoryLog::subjects(Stream, std::string_view) const {
    return make_error(Code::unsupported, "nobody asks the simulation's log for subjects");
}
Result<Seq> MemoryLog::seq_at(Stream, Timestamp) const {
    return make_error(Code::unsupported, "nobody asks the simulation's log for times");
}
Seq MemoryLog::wait_after(Stream stream, Seq, Deadline) const {
    return head(stream).seq;
}

Result<std::string> MemoryLog::blob(const Digest &digest) const {
    const auto found = durable_.blobs.find(digest);
    if (found == durable_.blobs.end()) return make_error(Code::not_found, "no blob " + digest.hex);
    return found->second;
}

Result<LogReader::VerifyReport> MemoryLog::verify(Stream, const std::function<void(Seq)> &) const {
    return make_error(Code::unsupported, "nobody verifies the simulation's log");
}

Result<LogReader::ContentReport> MemoryLog::verify_content(const std::function<void(Seq)> &) const {
    return make_error(Code::unsupported, "nobody verifies the simulation's log");
}

Result<Epoch> MemoryLog::begin_epoch(Epoch at_least) {
    if (broken_ == Broken::same_term_again && durable_.head.epoch.value > 0) return epoch_ = durable_.head.epoch;
    epoch_ = std::max(Epoch{std::max(epoch_.value, durable_.head.epoch.value) + 1}, at_least);
    return epoch_;
}

Result<std::vector<Event>> MemoryLog::append(Append given) {
    auto staged = stage(std::move(given));
    if (staged) sync();
    return staged;
}

std::future<Result<std::vector<Event>>> MemoryLog::append_async(Append given) {
    std::promise<Result<std::vector<Event>>> answer;
    answer.set_value(append(std::move(given)));
    return answer.get_future();
}

} // namespace xtn::simulation
