// When a failed write may be tried again, per object. A failure of one object never holds up another.
#pragma once

#include "core/base/probe.hpp"
#include "kubeclient/api_error.hpp"
#include "kubeclient/backoff.hpp"
#include "netkit/deadline.hpp"

#include <algorithm>
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
    // Between these two every try is asked for; what was not asked for is not wanted any more.
    void begin_pass() {
        for (auto &[what, entry] : entries_)
            entry.asked = false;
    }
    void end_pass() {
        std::erase_if(entries_, [](const auto &item) { return !item.second.asked; });
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
    // The earliest moment at which something may be tried again; nothing when nothing failed.
    std::optional<netkit::Deadline> next() const {
        std::optional<netkit::Deadline> out;
        for (const auto &[what, entry] : entries_)
            out = out ? out->sooner(entry.not_before) : entry.not_before;
        return out;
    }

  private:
    struct Entry {
        int attempt = 0;
        std::string kind;
        netkit::Deadline not_before;
        bool asked = true;
    };
    kube::Backoff backoff_;
    kube::Random random_;
    std::map<std::string, Entry> entries_; // bounded by the objects of one runtime
};

} // namespace xtn::act
