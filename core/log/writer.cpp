#include "core/log/writer.hpp"

#include "core/base/hex.hpp"
#include "core/log/keys.hpp"
#include "core/log/last_word.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace xtn {

namespace {

Error closed_error() {
    return make_error(Code::cancelled, "the log is closed");
}

Sha256 chain_bytes(const std::string &hex) {
    Sha256 out{};
    const auto bytes = from_hex(hex);
    if (bytes && bytes->size() == out.size()) std::memcpy(out.data(), bytes->data(), out.size());
    return out;
}

std::future<Result<std::vector<Event>>> answered(Error error) {
    std::promise<Result<std::vector<Event>>> promise;
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
    Timestamp now = Timestamp::now();
};

Writer::Writer(Options options)
    : options_(std::move(options)), state_(options_.state), begun_(options_.begun), head_(options_.state),
      thread_([this] { run(); }) {}

Writer::~Writer() {
    close();
}

Status Writer::admit(const AppendRequest &append) const {
    if (stopping_) return closed_error();
    if (failure_) return *failure_;
    const auto &now = queued_[index_of(append.stream)];
    if (now.events > 0 &&
        (now.events + append.events.size() > options_.max_queued_events || now.bytes + append.bytes > options_.max_queued_bytes))
        return make_error(Code::resource_exhausted,
                          fmt::format("{} events ({} bytes) of stream {} wait to be written, no more are taken", now.events,
                                      now.bytes, stream_name(append.stream)));
    return ok();
}

void Writer::enqueue(Request &request) {
    if (const auto *append = std::get_if<AppendRequest>(&request.what)) {
        auto &now = queued_[index_of(append->stream)];
        now.events += append->events.size();
        now.bytes += append->bytes;
    }
    request.round = collecting_;
    queue_.push_back(&request);
}

Result<std::vector<Event>> Writer::answer(Request &request) {
    if (request.error) return std::move(*request.error);
    return std::get<AppendRequest>(std::move(request.what)).stored();
}

Result<std::vector<Event>> Writer::append(Log::Append append) {
    auto prepared = AppendRequest::prepare(*options_.store, std::move(append));
    if (!prepared) return std::move(prepared).error();
    Request request{std::move(*prepared), 0, {}, {}};
    bool own = false;
    {
        const MutexLock lock(mutex_);
        if (auto admitted = admit(std::get<AppendRequest>(request.what)); !admitted) return std::move(admitted).error();
        own = !writing_ && queue_.empty() && !crowded_;
        if (own)
            writing_ = true;
        else
            enqueue(request);
    }
    if (own) {
        write_on_this_thread(request);
    } else {
        changed_.notify_one();
        rounds_.wait(request.round);
    }
    return answer(request);
}

std::future<Result<std::vector<Event>>> Writer::append_async(Log::Append append) {
    auto prepared = AppendRequest::prepare(*options_.store, std::move(append));
    if (!prepared) return answered(std::move(prepared).error());
    auto request = std::make_unique<Request>(
        Request{std::move(*prepared), 0, {}, std::make_unique<std::promise<Result<std::vector<Event>>>>()});
    auto future = request->promise->get_future();
    {
        const MutexLock lock(mutex_);
        if (auto admitted = admit(std::get<AppendRequest>(request->what)); !admitted)
            return answered(std::move(admitted).error());
        enqueue(*request.release()); // deliver() ends it
    }
    changed_.notify_one();
    return future;
}

Result<Epoch> Writer::begin_epoch(Epoch at_least) {
    Request request{Term{at_least}, 0, {}, {}};
    {
        const MutexLock lock(mutex_);
        if (stopping_) return closed_error();
        if (failure_) return *failure_;
        enqueue(request);
    }
    changed_.notify_one();
    rounds_.wait(request.round);
    if (request.error) return std::move(*request.error);
    return std::get<Term>(request.what).at_least;
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
    std::vector<Request *> requests;
    bool own = false; // this thread set writing_
    while (true) {
        std::uint32_t round = 0;
        requests.clear();
        {
            MutexLock lock(mutex_);
            if (own) writing_ = false;
            while (writing_ || (queue_.empty() && !stopping_ && !failure_))
                changed_.wait(mutex_);
            if (failure_) failure = failure_;
            if (!failure && queue_.empty()) break;
            requests.swap(queue_);
            queued_ = {};
            round = collecting_++;
            own = writing_ = true;
            crowded_ = requests.size() > 1;
        }
        if (failure) {
            fail(*failure, requests, round);
            break;
        }
        options_.pause_points.pass(PausePoint::log_taken);
        write(requests);
        deliver(requests, round);
    }
    {
        const MutexLock lock(mutex_);
        closed_ = true;
    }
    published_.notify_all();
}

void Writer::write_on_this_thread(Request &request) {
    options_.pause_points.pass(PausePoint::log_taken);
    Request *const alone = &request;
    write({&alone, 1});
    bool more = false;
    {
        const MutexLock lock(mutex_);
        writing_ = false;
        more = !queue_.empty() || stopping_ || failure_;
    }
    if (more) changed_.notify_one();
}

// Numbers and seals one append into the group, or says why not; then the group is as it was.
Status Writer::number(AppendRequest &append, Group &group) {
    auto &at = group.state.of(append.stream);
    auto &chain = group.chains[index_of(append.stream)];
    if (append.epoch < group.state.epoch || (!group.begun && append.epoch == group.state.epoch))
        return make_error(Code::fenced,
                          fmt::format("leader term {} is over, the newest is {}", append.epoch.value, group.state.epoch.value));
    if (append.epoch > group.state.epoch)
        return make_error(Code::invalid_argument, fmt::format("leader term {} was never begun, the newest is {}",
                                                              append.epoch.value, group.state.epoch.value));
    append.first = at.seq.next();
    append.stamp = std::max(at.time, group.now);
    if (append.expect_first && *append.expect_first != append.first)
        return make_error(Code::conflict, fmt::format("the next {} event is #{}, not #{}", stream_name(append.stream),
                                                      append.first.value, append.expect_first->value));
    if (!append.times.empty() && append.times.front() < at.time)
        return make_error(Code::invalid_argument, fmt::format("time {} is before that of the newest event, {}",
                                                              append.times.front().rfc3339(), at.time.rfc3339()));
    const std::size_t count = append.records.size();
    for (std::size_t i = 0; i < count; ++i) {
        const auto numbers = append.numbers(i);
        if (numbers.cause && (numbers.cause->value == 0 || *numbers.cause >= numbers.seq))
            return make_error(Code::invalid_argument,
                              fmt::format("event #{} names #{} as its cause, which is not an earlier event", numbers.seq.value,
                                          numbers.cause->value));
    }
    for (std::size_t i = 0; i < count; ++i) {
        auto &record = append.records[i];
        const auto numbers = append.numbers(i);
        chain = seal_record(record.bytes, numbers, chain);
        keys::set_seq(record.index_key, numbers.seq);
        options_.store->put(batch_, Family::events, keys::event(append.stream, numbers.seq), record.bytes);
        options_.store->put(batch_, Family::by_subject, record.index_key, {});
    }
    for (const auto &blob : append.blobs)
        options_.store->put(batch_, Family::blobs, *from_hex(blob.digest.hex), blob.content);
    const auto last = append.numbers(count - 1);
    at.seq = last.seq;
    at.time = last.time;
    at.epoch = append.epoch;
    group.any_records = true;
    return ok();
}

void Writer::write(std::span<Request *const> requests) {
    Group group{state_, {chain_bytes(state_.control.chain), chain_bytes(state_.queries.chain)}, begun_};
    batch_.clear();
    for (auto *request : requests) {
        if (auto *append = std::get_if<AppendRequest>(&request->what)) {
            if (auto numbered = number(*append, group); !numbered) request->error = std::move(numbered).error();
            continue;
        }
        auto &term = std::get<Term>(request->what);
        group.state.epoch = std::max(Epoch{group.state.epoch.value + 1}, term.at_least);
        group.begun = true;
        group.epoch_changed = true;
        term.at_least = group.state.epoch;
    }
    for (const Stream stream : {Stream::control, Stream::queries})
        group.state.of(stream).chain = to_hex(view(group.chains[index_of(stream)]));

    options_.pause_points.pass(PausePoint::log_sealed);
    Status done = group.any_records ? options_.store->write(batch_) : ok();
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
        // What was refused keeps its own reason.
        for (auto *request : requests)
            if (!request->error) request->error = failure;
        return;
    }
    options_.pause_points.pass(PausePoint::log_anchored);
    begun_ = group.begun;
    {
        const MutexLock lock(mutex_);
        head_ = group.state;
    }
    state_ = std::move(group.state);
    published_.notify_all();
}

// Behind this, a request that somebody waits for belongs to him again.
void Writer::deliver(std::span<Request *const> requests, std::uint32_t round) {
    std::size_t waiting = 0;
    for (auto *request : requests) {
        if (!request->promise) {
            ++waiting;
            continue;
        }
        const std::unique_ptr<Request> own(request);
        own->promise->set_value(answer(*own));
    }
    rounds_.end(round, waiting);
}

void Writer::fail(const Error &error, std::span<Request *const> requests, std::uint32_t round) {
    for (auto *request : requests)
        request->error = error;
    deliver(requests, round);
    if (options_.on_fatal) options_.on_fatal(error);
}

} // namespace xtn
