#include "kubeclient/list_watch.hpp"

#include <algorithm>
#include <stdexcept>

namespace kube {

namespace {

template <class... F> struct Overloaded : F... {
    using F::operator()...;
};
template <class... F> Overloaded(F...) -> Overloaded<F...>;

// One step being worked out. Each on() is one arm of the machine.
class Stepper {
  public:
    Stepper(ListWatchState state, const Backoff &backoff, const Random &random) : backoff_(backoff), random_(random) {
        out_.state = std::move(state);
    }

    Step run(Input input) && {
        auto phase = std::move(out_.state.phase);
        std::visit([this](auto &&at, auto &&what) { on(std::forward<decltype(at)>(at), std::forward<decltype(what)>(what)); },
                   std::move(phase), std::move(input));
        return std::move(out_);
    }

  private:
    // ---- Idle ----
    void on(Idle, Begin) { start_list(); }

    // ---- Listing ----
    void on(Listing at, PageArrived what) {
        for (auto &item : what.page.items) {
            if (item.uid().empty() || item.name().empty()) return on(std::move(at), CallFailed{unusable()});
        }
        for (auto &item : what.page.items) {
            at.seen.insert(std::string(item.uid()));
            at.gone += present(std::move(item));
        }
        if (!what.page.continue_token.empty()) {
            at.continue_token = what.page.continue_token;
            out_.command = DoList{at.continue_token};
            out_.state.phase = std::move(at);
            return;
        }
        for (auto &[uid, key] : what.learned)
            if (!at.seen.contains(uid)) out_.state.known.add(uid, key); // and so it is gone
        finish_list(std::move(at), std::move(what.page.resource_version));
    }
    void on(Listing at, CallFailed what) {
        ++out_.state.failures;
        if (what.error.gone()) {
            // The pages so far belong to a version that is no longer to be had: from the beginning. Usual for long lists.
            Listing again;
            again.gone = at.gone;
            if (out_.state.failures > 1) report(what.error);
            return wait(what.error, std::move(again));
        }
        report(what.error);
        wait(what.error, std::move(at));
    }

    // ---- Watching ----
    void on(Watching at, WatchOpened) {
        at.open = true;
        at.delivered = false;
        read(std::move(at));
    }
    void on(Watching at, WatchDelivered what) {
        if (what.event.type == WatchType::error) return broken(std::move(at), std::move(what.event.error));
        auto &object = what.event.object;
        std::string version(object.resource_version());
        const bool bookmark = what.event.type == WatchType::bookmark;
        if (version.empty() || (!bookmark && (object.uid().empty() || object.name().empty())))
            return broken(std::move(at), unusable());
        works();
        if (what.event.type == WatchType::deleted)
            gone(std::string(object.uid()), ObjectKey{std::string(object.ns()), std::string(object.name())}, version);
        else if (!bookmark)
            present(std::move(object));
        at.resource_version = std::move(version);
        at.delivered = true;
        read(std::move(at));
    }
    void on(Watching at, WatchEnded) {
        if (at.delivered) return open(std::move(at.resource_version));
        // A server that ends watches at once must not be asked in a tight loop.
        ++out_.state.failures;
        Watching again;
        again.resource_version = std::move(at.resource_version);
        wait(ApiError(), std::move(again));
    }
    void on(Watching at, WatchIdle) { open(std::move(at.resource_version)); }
    void on(Watching at, CallFailed what) { broken(std::move(at), std::move(what.error)); }

    // ---- Waiting ----
    void on(Waiting at, WaitOver) {
        std::visit(Overloaded{[this](Listing listing) {
                                  if (listing.continue_token.empty()) return start_list(listing.gone);
                                  out_.command = DoList{listing.continue_token};
                                  out_.state.phase = std::move(listing);
                              },
                              [this](Watching watching) { open(std::move(watching.resource_version)); }},
                   std::move(at.then));
    }

    template <class Phase, class What> void on(Phase, What) {
        throw std::logic_error("list+watch: an input that does not follow the last command");
    }

    // ---- what the arms share ----
    static ApiError unusable() {
        return ApiError::make(netkit::Code::data_corrupted, "the API server sent an object without uid, name or resourceVersion");
    }
    // `gone`: deletions already told in this bracket.
    void start_list(int gone = 0) {
        if (!out_.state.announced) out_.notices.emplace_back(ListStarted{});
        out_.state.announced = true;
        Listing at;
        at.gone = gone;
        out_.state.phase = std::move(at);
        out_.command = DoList{};
    }
    void finish_list(Listing at, std::string version) {
        auto &known = out_.state.known;
        for (auto &[uid, key] : known.take_unseen(at.seen)) {
            out_.notices.emplace_back(Gone{uid, key, ""});
            ++at.gone;
        }
        out_.state.failures = 0;
        out_.state.reported = false;
        out_.state.announced = false;
        out_.notices.emplace_back(Synced{version, static_cast<int>(known.size()), at.gone});
        open(std::move(version));
    }
    // Returns how many objects went because this one took their name.
    int present(Object object) {
        auto &known = out_.state.known;
        const std::string uid(object.uid());
        int replaced = 0;
        if (!known.contains(uid)) {
            ObjectKey key{std::string(object.ns()), std::string(object.name())};
            if (auto before = known.holder(key); !before.empty()) {
                known.erase(before);
                out_.notices.emplace_back(Gone{std::move(before), key, ""});
                ++replaced;
            }
            known.add(uid, key);
        }
        out_.notices.emplace_back(Present{std::move(object)});
        return replaced;
    }
    void gone(std::string uid, ObjectKey key, std::string version) {
        out_.state.known.erase(uid);
        out_.notices.emplace_back(Gone{std::move(uid), std::move(key), std::move(version)});
    }
    void open(std::string version) {
        out_.command = DoOpenWatch{version};
        Watching at;
        at.resource_version = std::move(version);
        out_.state.phase = std::move(at);
    }
    void read(Watching at) {
        out_.command = DoRead{};
        out_.state.phase = std::move(at);
    }
    void works() {
        out_.state.failures = 0;
        out_.state.expired = 0;
        out_.state.reported = false;
    }
    void broken(Watching at, ApiError error) {
        ++out_.state.failures;
        if (error.gone()) {
            // Usual after a long break: list again at once. Not in a tight loop, though: a list resets `failures`, so a server
            // that refuses every watch is counted on its own.
            if (++out_.state.expired == 1 && out_.state.failures == 1) return start_list();
            out_.state.failures = std::max(out_.state.failures, out_.state.expired);
            return wait(error, Listing{});
        }
        // A connection that breaks once is daily life; the second failure in a row is news.
        if (!at.open || out_.state.failures > 1) report(error);
        Watching again;
        again.resource_version = std::move(at.resource_version);
        wait(error, std::move(again));
    }
    void report(const ApiError &error) {
        if (out_.state.reported) return;
        out_.state.reported = true;
        out_.notices.emplace_back(Failing{error, out_.state.failures});
    }
    void wait(const ApiError &error, std::variant<Listing, Watching> then) {
        auto duration = backoff_.delay(out_.state.failures, random_());
        if (error.retry_after) duration = std::max<std::chrono::milliseconds>(duration, *error.retry_after);
        out_.command = DoWait{duration};
        out_.state.phase = Waiting{std::move(then)};
    }

    const Backoff &backoff_;
    const Random &random_;
    Step out_;
};

} // namespace

KnownObjects::KnownObjects(Known known) : by_uid_(std::move(known)) {
    for (const auto &[uid, key] : by_uid_)
        by_key_.emplace(key, uid);
}

std::string KnownObjects::holder(const ObjectKey &key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? std::string() : found->second;
}

void KnownObjects::add(const std::string &uid, const ObjectKey &key) {
    by_uid_[uid] = key;
    by_key_[key] = uid;
}

void KnownObjects::erase(const std::string &uid) {
    const auto found = by_uid_.find(uid);
    if (found == by_uid_.end()) return;
    const auto name = by_key_.find(found->second);
    if (name != by_key_.end() && name->second == uid) by_key_.erase(name);
    by_uid_.erase(found);
}

Known KnownObjects::take_unseen(const std::set<std::string> &seen) {
    Known out;
    for (const auto &[uid, key] : by_uid_)
        if (!seen.contains(uid)) out.emplace(uid, key);
    for (const auto &[uid, key] : out)
        erase(uid);
    return out;
}

Step step(ListWatchState state, Input input, const Backoff &backoff, const Random &random) {
    return Stepper(std::move(state), backoff, random).run(std::move(input));
}

} // namespace kube
