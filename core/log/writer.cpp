#include "core/log/writer.hpp"

#include "core/base/hex.hpp"
#include "core/event/canonical.hpp"
#include "core/log/keys.hpp"
#include "core/log/last_word.hpp"
#include "core/log/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace xtn {

namespace {

Error closed_error() {
    return make_error(Code::cancelled, "the log is closed");
}

Error invalid(std::string message) {
    return make_error(Code::invalid_argument, std::move(message));
}

Sha256 chain_bytes(const std::string &hex) {
    Sha256 out{};
    const auto bytes = from_hex(hex);
    if (bytes && bytes->size() == out.size()) std::memcpy(out.data(), bytes->data(), out.size());
    return out;
}

std::size_t index_of(Stream stream) {
    return stream == Stream::control ? 0 : 1;
}

template <class T> std::future<Result<T>> answered(Error error) {
    std::promise<Result<T>> promise;
    promise.set_value(std::move(error));
    return promise.get_future();
}

} // namespace

// What a group does, while it is put together.
struct Writer::Group {
    AnchorState state; // as it will be
    std::array<Sha256, 2> chains;
    bool begun;
    bool epoch_changed = false;
    bool any_records = false;
    Timestamp now;
    Store::Batch batch;
    std::vector<AppendItem *> appended;
    std::vector<EpochItem *> epochs;
};

Writer::Writer(Options options)
    : options_(std::move(options)), state_(options_.state), begun_(options_.begun), head_(options_.state),
      thread_([this] { run(); }) {}

Writer::~Writer() {
    close();
}

Result<Writer::AppendItem> Writer::prepare(const Store &store, Log::Append append) {
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

    AppendItem item{append.stream,
                    append.epoch,
                    {},
                    {},
                    std::move(append.relative_causes),
                    {},
                    append.expect_first,
                    std::move(append.times),
                    0,
                    {}};
    item.records.reserve(count);
    item.events.reserve(count);
    for (auto &draft : append.drafts) {
        normalise(draft.payload);
        auto record = encode_draft(append.stream, draft);
        if (!record) return std::move(record).error();
        item.bytes += record->size();
        item.records.push_back(std::move(*record));
        Event event;
        event.type = std::move(draft.type);
        event.subject = std::move(draft.subject);
        event.source = std::move(draft.source);
        event.actor = std::move(draft.actor);
        event.cause = draft.cause;
        event.correlation = std::move(draft.correlation);
        event.payload = std::move(draft.payload);
        item.events.push_back(std::move(event));
    }
    for (auto &blob : append.blobs) {
        if (Digest::of(blob.content) != blob.digest)
            return invalid(fmt::format("blob {}: its content has another digest", blob.digest.hex));
        // Blobs are never taken away, so one that is there needs no second write.
        auto there = store.get(Family::blobs, *from_hex(blob.digest.hex));
        if (!there) return std::move(there).error();
        if (there->has_value()) continue;
        item.bytes += blob.content.size();
        item.blobs.push_back(std::move(blob));
    }
    return item;
}

std::future<Result<std::vector<Event>>> Writer::append(Log::Append append) {
    using Events = std::vector<Event>;
    auto item = prepare(*options_.store, std::move(append));
    if (!item) return answered<Events>(std::move(item).error());
    auto future = item->promise.get_future();
    {
        const MutexLock lock(mutex_);
        if (failure_) return answered<Events>(*failure_);
        if (stopping_) return answered<Events>(closed_error());
        auto &now = queued(item->stream);
        if (now.events > 0 && (now.events + item->events.size() > options_.max_queued_events ||
                               now.bytes + item->bytes > options_.max_queued_bytes))
            return answered<Events>(make_error(
                Code::resource_exhausted, fmt::format("{} events ({} bytes) of stream {} wait to be written, no more are taken",
                                                      now.events, now.bytes, stream_name(item->stream))));
        now.events += item->events.size();
        now.bytes += item->bytes;
        queue_.emplace_back(std::move(*item));
    }
    changed_.notify_one();
    return future;
}

Result<Epoch> Writer::begin_epoch(Epoch at_least) {
    EpochItem item{at_least, {}};
    auto future = item.promise.get_future();
    {
        const MutexLock lock(mutex_);
        if (failure_) return *failure_;
        if (stopping_) return closed_error();
        queue_.emplace_back(std::move(item));
    }
    changed_.notify_one();
    return future.get();
}

Head Writer::head(Stream stream) const {
    const MutexLock lock(mutex_);
    const auto &at = head_.of(stream);
    return {at.seq, at.epoch, at.time, at.chain};
}

Seq Writer::wait_after(Stream stream, Seq after, Deadline deadline) const {
    MutexLock lock(mutex_);
    while (head_.of(stream).seq <= after && !closed_)
        if (!published_.wait_until(mutex_, deadline)) break;
    return head_.of(stream).seq;
}

void Writer::fail_from_outside(const Error &error) {
    {
        const MutexLock lock(mutex_);
        if (failure_ || closed_) return;
        failure_ = last_word(error, options_.folder, head_);
    }
    changed_.notify_one();
}

bool Writer::failed() const {
    const MutexLock lock(mutex_);
    return failure_.has_value();
}

void Writer::close() {
    {
        const MutexLock lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    if (thread_id_ == std::this_thread::get_id()) return; // from on_fatal: the thread ends by itself
    const MutexLock lock(joining_);
    if (thread_.joinable()) thread_.join();
}

void Writer::run() {
    thread_id_ = std::this_thread::get_id();
    std::optional<Error> failure;
    while (true) {
        std::vector<Item> items;
        {
            MutexLock lock(mutex_);
            while (queue_.empty() && !stopping_ && !failure_)
                changed_.wait(mutex_);
            if (failure_) failure = failure_;
            if (!failure && queue_.empty()) break;
            items.swap(queue_);
            queued_ = {};
        }
        if (failure) {
            fail(*failure, std::move(items));
            break;
        }
        options_.pause_points.pass(PausePoint::log_taken);
        write(std::move(items));
    }
    {
        const MutexLock lock(mutex_);
        closed_ = true;
    }
    published_.notify_all();
}

// Numbers and seals one append into the group, or answers why not.
void Writer::number(AppendItem &item, Group &group) {
    auto &at = group.state.of(item.stream);
    auto &chain = group.chains[index_of(item.stream)];
    const auto refuse = [&](Code code, std::string message) { item.promise.set_value(make_error(code, std::move(message))); };
    if (item.epoch < group.state.epoch || (!group.begun && item.epoch == group.state.epoch))
        return refuse(Code::fenced,
                      fmt::format("leader term {} is over, the newest is {}", item.epoch.value, group.state.epoch.value));
    if (item.epoch > group.state.epoch)
        return refuse(Code::invalid_argument,
                      fmt::format("leader term {} was never begun, the newest is {}", item.epoch.value, group.state.epoch.value));
    const Seq first = at.seq.next();
    if (item.expect_first && *item.expect_first != first)
        return refuse(Code::conflict, fmt::format("the next {} event is #{}, not #{}", stream_name(item.stream), first.value,
                                                  item.expect_first->value));
    if (!item.times.empty() && item.times.front() < at.time)
        return refuse(Code::invalid_argument, fmt::format("time {} is before that of the newest event, {}",
                                                          item.times.front().rfc3339(), at.time.rfc3339()));
    for (std::size_t i = 0; i < item.events.size(); ++i) {
        auto &event = item.events[i];
        event.seq = Seq{first.value + i};
        event.epoch = item.epoch;
        event.time = item.times.empty() ? std::max(at.time, group.now) : item.times[i];
        if (!item.relative_causes.empty() && item.relative_causes[i] >= 0)
            event.cause = Seq{first.value + static_cast<std::uint64_t>(item.relative_causes[i])};
        if (event.cause && (event.cause->value == 0 || *event.cause >= event.seq))
            return refuse(Code::invalid_argument, fmt::format("event #{} names #{} as its cause, which is not an earlier event",
                                                              event.seq.value, event.cause->value));
    }
    for (std::size_t i = 0; i < item.events.size(); ++i) {
        const auto &event = item.events[i];
        chain = seal_record(item.records[i], {event.seq, event.time, event.epoch, event.cause}, chain);
        options_.store->put(group.batch, Family::events, keys::event(item.stream, event.seq), item.records[i]);
        options_.store->put(group.batch, Family::by_subject, keys::subject(item.stream, event.subject.text, event.seq), {});
    }
    for (const auto &blob : item.blobs)
        options_.store->put(group.batch, Family::blobs, *from_hex(blob.digest.hex), blob.content);
    at.seq = item.events.back().seq;
    at.time = item.events.back().time;
    at.epoch = item.epoch;
    group.any_records = true;
    group.appended.push_back(&item);
}

void Writer::write(std::vector<Item> items) {
    Group group{state_, {chain_bytes(state_.control.chain), chain_bytes(state_.queries.chain)},
                begun_, false,
                false,  Timestamp::now(),
                {},     {},
                {}};
    for (auto &item : items) {
        if (auto *append = std::get_if<AppendItem>(&item)) {
            number(*append, group);
            continue;
        }
        auto &epoch = std::get<EpochItem>(item);
        group.state.epoch = std::max(Epoch{group.state.epoch.value + 1}, epoch.at_least);
        group.begun = true;
        group.epoch_changed = true;
        epoch.at_least = group.state.epoch; // now the answer
        group.epochs.push_back(&epoch);
    }
    for (const Stream stream : {Stream::control, Stream::queries})
        group.state.of(stream).chain = to_hex(view(group.chains[index_of(stream)]));

    options_.pause_points.pass(PausePoint::log_sealed);
    Status done = group.any_records ? options_.store->write(group.batch) : ok();
    if (done && (group.any_records || group.epoch_changed)) {
        options_.pause_points.pass(PausePoint::log_written);
        done = group.epoch_changed ? options_.anchor->write_through(group.state) : options_.anchor->write(group.state);
    }
    if (!done) {
        fail_from_outside(done.error());
        Error failure;
        {
            const MutexLock lock(mutex_);
            failure = *failure_; // the first one, when RocksDB complained before
        }
        // What was refused is answered already; only what was to be written fails.
        for (auto *append : group.appended)
            append->promise.set_value(failure);
        for (auto *epoch : group.epochs)
            epoch->promise.set_value(failure);
        return;
    }
    options_.pause_points.pass(PausePoint::log_anchored);
    state_ = group.state;
    begun_ = group.begun;
    {
        const MutexLock lock(mutex_);
        head_ = state_;
    }
    published_.notify_all();
    for (auto *append : group.appended)
        append->promise.set_value(std::move(append->events));
    for (auto *epoch : group.epochs)
        epoch->promise.set_value(epoch->at_least);
}

void Writer::fail(const Error &error, std::vector<Item> items) {
    for (auto &item : items) {
        if (auto *append = std::get_if<AppendItem>(&item))
            append->promise.set_value(error);
        else
            std::get<EpochItem>(item).promise.set_value(error);
    }
    if (options_.on_fatal) options_.on_fatal(error);
}

} // namespace xtn
