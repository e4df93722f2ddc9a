// A small machine for tests of the engine: it counts pod observations per subject and decides by rules that a test turns on.
#pragma once

#include "core/engine/engine.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <set>
#include <string>

namespace xtn::logtest {

class TallyMachine : public Machine {
  public:
    // Rules; set before the engine starts.
    bool ready_after_pod = false; // decides runtime.ready upon the first pod of a runtime
    bool endless = false;         // answers each of its own decisions with another one
    bool plan_with_blob = false;  // with ready_after_pod: brings the blob "plan of <subject>"
    bool decides_nonsense = false;

    void apply(const Event &event) override {
        ++events;
        last = event.seq;
        if (event.name() == "pod.observed") {
            auto &tally = pods[event.subject.text];
            ++tally.count;
            tally.restarts = event.payload.at("restarts").as_int64();
            // The order of members as seen by the fold, to notice a live payload that differs from a replayed one.
            for (const auto &member : event.payload)
                tally.members.append(member.key()).push_back(' ');
        } else if (event.name() == "runtime.ready") {
            ready.insert(event.subject.text);
        } else if (event.name() == "policy.cascade.stopped") {
            stopped.insert(event.subject.text);
        } else if (event.name() == "clock.skewed") {
            ++skews;
        }
    }

    Decisions decide(const Event &event) const override {
        Decisions out;
        const bool first_pod = event.name() == "pod.observed" && ready_after_pod && !ready.contains(event.subject.text);
        if (first_pod || (endless && (event.name() == "pod.observed" || event.name() == "runtime.ready"))) {
            EventDraft draft;
            draft.type = decides_nonsense ? "runtime.dreaming/1" : "runtime.ready/1";
            draft.subject = event.subject;
            draft.source = "policy/tally/1";
            draft.payload["reason"] = "PodSeen"; // not in canonical order, on purpose
            draft.payload["from"] = "Provisioning";
            draft.payload["policy"] = "tally/1";
            draft.payload["message"] = "a pod was seen";
            out.drafts.push_back(std::move(draft));
            const std::string plan = "plan of " + event.subject.text;
            if (plan_with_blob) out.blobs.push_back({Digest::of(plan), plan});
        }
        return out;
    }

    std::optional<Timestamp> next_deadline() const override { return std::nullopt; }

    boost::json::value serialize() const override {
        boost::json::object tallies;
        for (const auto &[subject, tally] : pods)
            tallies[subject] =
                boost::json::object{{"count", tally.count}, {"restarts", tally.restarts}, {"members", tally.members}};
        boost::json::object out;
        out["events"] = events;
        out["last"] = last.value;
        out["pods"] = std::move(tallies);
        out["ready"] = static_cast<std::int64_t>(ready.size());
        out["stopped"] = static_cast<std::int64_t>(stopped.size());
        return out;
    }

    struct Tally {
        std::int64_t count = 0;
        std::int64_t restarts = 0;
        std::string members;
    };
    std::map<std::string, Tally> pods;
    std::set<std::string> ready;
    std::set<std::string> stopped;
    std::int64_t events = 0;
    std::int64_t skews = 0;
    Seq last;
};

} // namespace xtn::logtest
