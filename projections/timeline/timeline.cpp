#include "projections/timeline/timeline.hpp"

#include "projections/json_read.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace xtn {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 14> milestones = {
    "runtime.spec.deleted", "runtime.provisioning", "runtime.ready",  "runtime.unready",        "runtime.suspending",
    "runtime.suspended",    "runtime.resuming",     "runtime.failed", "runtime.draining",       "runtime.drained",
    "topology.planned",     "topology.rejected",    "route.rejected", "policy.cascade.stopped",
};

} // namespace

void Timeline::apply(const Event &event) {
    const auto id = event.subject.as_runtime();
    if (!id.ok()) return;
    const auto name = event.name();
    const bool begins = name == "runtime.spec.applied" || name == "runtime.spec.rejected";
    // Only an XTrinode begins a story: a late observation of a forgotten one does not bring it back.
    if (!begins && !stories_.contains(id.value())) return;
    auto &story = stories_[id.value()];
    if (story.events == 0) {
        story.first = event.seq;
        story.began = event.time;
    }
    ++story.events;
    story.last = event.seq;
    story.last_at = event.time;
    if (std::find(milestones.begin(), milestones.end(), name) != milestones.end()) {
        story.changes.push_back({event.seq, event.time, std::string(name), read::text(event.payload, "message")});
        if (story.changes.size() > kept_changes) story.changes.pop_front();
    }
    if (name == "runtime.spec.deleted" && !story.gone) {
        story.gone = true;
        gone_.push_back(id.value());
        if (gone_.size() > kept_gone_runtimes) {
            stories_.erase(gone_.front());
            gone_.pop_front();
        }
    } else if (story.gone && begins) {
        story.gone = false;
        gone_.erase(std::find(gone_.begin(), gone_.end(), id.value()));
    }
}

json::object Timeline::story_json(const Story &story) {
    json::array changes;
    for (const auto &change : story.changes)
        changes.emplace_back(json::object{
            {"seq", change.seq.value}, {"time", read::stamp(change.time)}, {"what", change.what}, {"message", change.message}});
    return {{"first", story.first.value},           {"last", story.last.value}, {"began", read::stamp(story.began)},
            {"lastAt", read::stamp(story.last_at)}, {"events", story.events},   {"gone", story.gone},
            {"changes", std::move(changes)}};
}

json::object Timeline::of(const RuntimeId &id) const {
    const auto found = stories_.find(id);
    return found == stories_.end() ? json::object() : story_json(found->second);
}

json::object Timeline::to_json() const {
    json::object out;
    for (const auto &[id, story] : stories_)
        out[id.text()] = story_json(story);
    json::array gone;
    for (const auto &id : gone_)
        gone.emplace_back(id.text());
    return {{"runtimes", std::move(out)}, {"gone", std::move(gone)}};
}

} // namespace xtn
