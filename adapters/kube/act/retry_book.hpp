// When a failed write may be tried again, per object, and when an object that vanishes as often as it is made may be made again.
// Trouble with one object never holds up another.
#pragma once

#include "core/base/probe.hpp"
#include "kubeclient/api_error.hpp"
#include "kubeclient/backoff.hpp"
#include "netkit/deadline.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace xtn::act {

class RetryBook {
  public:
    // From this try on the projections call a failure lasting (projections/topology_state); they have to learn of it.
    static constexpr int lasting_attempts = 3;

    RetryBook(kube::Backoff backoff, kube::Random random) : backoff_(backoff), random_(std::move(random)) {}

    bool may_try(const std::string &what) {
        const auto found = entries_.find(what);
        if (found == entries_.end()) return true;
        found->second.asked = true;
        return found->second.not_before.passed();
    }
    // Whether the object may be made if it is not there; see made().
    bool may_make(const std::string &what) {
        const auto found = made_.find(what);
        if (found == made_.end() || found->second.not_before.passed()) return true;
        found->second.asked = true;
        return false;
    }
    // Between these two every try is asked for; what was not asked for is not wanted any more.
    void begin_pass() {
        for (auto &[what, entry] : entries_)
            entry.asked = false;
        for (auto &[what, made] : made_)
            made.asked = false;
    }
    void end_pass() {
        std::erase_if(entries_, [](const auto &item) { return !item.second.asked; });
        std::erase_if(made_, [](const auto &item) { return item.second.forget_at.passed(); });
    }
    struct Noted {
        int attempt = 1;
        bool news = true; // first failure, one of another kind than before, or the try that makes it lasting
    };
    // `about` makes failures of one code different: the digest of what was written. That somebody else was faster is daily life:
    // news only when it happens three times in a row.
    Noted failed(const std::string &what, const kube::ApiError &error, const std::string &about = {}) {
        auto &entry = entries_[what];
        ++entry.attempt;
        entry.asked = true;
        const auto kind = error.code_text() + " " + about;
        const bool daily = error.conflict() && error.conflicting_managers().empty() && entry.attempt < lasting_attempts;
        const bool news = !daily && (entry.kind != kind || entry.attempt == lasting_attempts);
        if (entry.attempt == lasting_attempts) reached(Probe::retry_became_lasting);
        if (news) entry.kind = kind;
        auto wait = backoff_.delay(entry.attempt, random_());
        if (error.retry_after) wait = std::max<std::chrono::milliseconds>(wait, *error.retry_after);
        entry.not_before = netkit::Deadline::after(wait);
        return {entry.attempt, news};
    }
    void worked(const std::string &what) { entries_.erase(what); }
    // The object was not there and is now. That happens once, and once more when somebody deletes it; made again and again within
    // a minute it is taken away by something that will not stop for us, and we become slower each time.
    void made(const std::string &what) {
        auto &made = made_[what];
        ++made.times;
        auto wait = std::chrono::milliseconds(0);
        if (made.times > free_makings) wait = backoff_.delay(made.times - free_makings, random_());
        made.not_before = netkit::Deadline::after(wait);
        made.forget_at = netkit::Deadline::after(wait + quiet_time);
    }
    // The earliest moment at which something that is wanted may be tried again; nothing when nothing waits.
    std::optional<netkit::Deadline> next() const {
        std::optional<netkit::Deadline> out;
        for (const auto &[what, entry] : entries_)
            out = out ? out->sooner(entry.not_before) : entry.not_before;
        for (const auto &[what, made] : made_)
            if (made.asked) out = out ? out->sooner(made.not_before) : made.not_before;
        return out;
    }

  private:
    struct Entry {
        int attempt = 0;
        std::string kind;
        netkit::Deadline not_before;
        bool asked = true;
    };
    struct Making {
        int times = 0;
        netkit::Deadline not_before; // of the next one
        netkit::Deadline forget_at;
        bool asked = false; // wanted before its time, in this pass
    };
    static constexpr int free_makings = 2;
    static constexpr std::chrono::minutes quiet_time{1};

    kube::Backoff backoff_;
    kube::Random random_;
    // Both bounded by the objects of one runtime, and of those before it that bore its name within the last minutes.
    std::map<std::string, Entry> entries_;
    std::map<std::string, Making> made_;
};

} // namespace xtn::act
