#include "adapters/sandbox/api/watch_hub.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

namespace xtn::sandbox {
namespace {

constexpr std::chrono::seconds bookmark_interval{60};

} // namespace

std::string watch_line(std::string_view type, std::string_view object_text) {
    std::string out;
    out.reserve(type.size() + object_text.size() + 24);
    return out.append(R"({"type":")").append(type).append(R"(","object":)").append(object_text).append("}\n");
}

struct WatchHub::Watch {
    std::shared_ptr<netkit::Exchange> exchange;
    WatchRequest request;
    Deadline next_bookmark = Deadline::never();
    std::uint64_t seen = 0;
    int sent = 0;
    int drop_after = 0; // events after which the connection is cut; 0: never
    std::shared_ptr<std::atomic<bool>> closed = std::make_shared<std::atomic<bool>>(false);
};

WatchHub::WatchHub(Store &store)
    : store_(store), follower_(store, [this](const std::vector<StoredChange> &changes) { return deliver(changes); }) {
    {
        const MutexLock lock(mutex_);
        position_ = follower_.seen();
    }
}

void WatchHub::start() {
    follower_.start();
}

WatchHub::~WatchHub() {
    stop();
}

void WatchHub::set_faults(const KubeApi::Faults &faults) {
    const MutexLock lock(mutex_);
    faults_ = faults;
}

void WatchHub::send(Watch &watch, const StoredChange &change) {
    if (change.revision <= watch.seen || watch.closed->load()) return;
    watch.seen = change.revision;
    const auto &request = watch.request;
    if (change.key.resource != request.resource || (!request.ns.empty() && change.key.ns != request.ns)) return;
    const bool was = change.before && request.matches(*change.before);
    const bool is = change.type != ChangeType::deleted && request.matches(*change.after);
    if (!was && !is) return;
    std::string line;
    if (is) {
        line = watch_line(was ? "MODIFIED" : "ADDED", request.render(*change.after));
    } else if (change.type == ChangeType::deleted) {
        line = watch_line("DELETED", request.render(*change.after));
    } else { // left the selector: what it was, with the revision at which it left
        boost::json::object last = *change.before;
        last["metadata"].as_object()["resourceVersion"] = std::to_string(change.revision);
        line = watch_line("DELETED", request.render(last));
    }
    if (!watch.exchange->write(std::move(line))) {
        watch.closed->store(true);
        return;
    }
    if (watch.drop_after > 0 && ++watch.sent >= watch.drop_after) {
        watch.exchange->abort();
        watch.closed->store(true);
    }
}

Status WatchHub::add(std::shared_ptr<netkit::Exchange> exchange, WatchRequest request) {
    auto watch = std::make_shared<Watch>();
    watch->exchange = std::move(exchange);
    watch->request = std::move(request);
    watch->seen = watch->request.from;
    // The store, and with it the follower, outlives every exchange: the server is stopped before the hub.
    watch->exchange->on_close([closed = watch->closed] { closed->store(true); });
    {
        const MutexLock lock(mutex_);
        watch->drop_after = faults_.drop_watch_every;
        if (watch->request.bookmark && !faults_.no_bookmarks) watch->next_bookmark = Deadline::after(bookmark_interval);
        auto missed = store_.changes_after(watch->request.from, std::numeric_limits<std::size_t>::max());
        if (!missed.ok()) return std::move(missed).error();
        for (const auto &change : *missed)
            if (change.revision <= position_) send(*watch, change);
        watches_.push_back(watch);
    }
    follower_.wake();
    return ok();
}

Deadline WatchHub::deliver(const std::vector<StoredChange> &changes) {
    std::chrono::milliseconds delay{0};
    {
        const MutexLock lock(mutex_);
        delay = faults_.watch_delay;
    }
    for (const auto &change : changes) {
        if (delay.count() > 0) std::this_thread::sleep_for(delay); // a fault switch: late events
        const MutexLock lock(mutex_);
        position_ = change.revision;
        for (const auto &watch : watches_)
            send(*watch, change);
    }
    const MutexLock lock(mutex_);
    Deadline again = Deadline::never();
    std::erase_if(watches_, [&](const std::shared_ptr<Watch> &watch) {
        if (watch->closed->load()) return true;
        if (watch->request.until.passed()) {
            watch->exchange->finish();
            return true;
        }
        if (watch->next_bookmark.passed()) {
            watch->next_bookmark = Deadline::after(bookmark_interval);
            watch->exchange->write(watch_line("BOOKMARK", watch->request.bookmark(std::max(position_, watch->seen))));
        }
        again = again.sooner(watch->request.until).sooner(watch->next_bookmark);
        return false;
    });
    return again;
}

void WatchHub::stop() {
    follower_.stop();
    const MutexLock lock(mutex_);
    for (const auto &watch : watches_)
        if (!watch->closed->load()) watch->exchange->finish();
    watches_.clear();
}

std::size_t WatchHub::open() const {
    const MutexLock lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(watches_.begin(), watches_.end(), [](const auto &watch) { return !watch->closed->load(); }));
}

} // namespace xtn::sandbox
