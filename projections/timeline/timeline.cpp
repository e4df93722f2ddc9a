#include "projections/timeline/timeline.hpp"

#include "projections/json_read.hpp"
#include "projections/state_fields.hpp"

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

bool is_milestone(std::string_view name) {
    return std::find(milestones.begin(), milestones.end(), name) != milestones.end();
}
bool begins_story(std::string_view name) {
    return name == "runtime.spec.applied" || name == "runtime.spec.rejected";
}

void lengthen(Timeline::Story &story, const Event &event) {
    if (story.events == 0) {
        story.first = event.seq;
        story.began = event.time;
    }
    ++story.events;
    story.last = event.seq;
    story.last_at = event.time;
}

} // namespace

bool Timeline::listens_to(std::string_view name) {
    return begins_story(name) || is_milestone(name);
}

void Timeline::count(const Event &event, const HashedId &id) {
    if (auto *story = stories_.find(id)) lengthen(*story, event);
}

void Timeline::apply(const Event &event, const HashedId &id) {
    const auto name = event.name();
    const bool begins = begins_story(name);
    // Only an XTrinode begins a story: a late observation of a forgotten one does not bring it back.
    auto *known = stories_.find(id);
    if (known == nullptr && !begins) return;
    auto &story = known == nullptr ? stories_[id.id] : *known;
    lengthen(story, event);
    if (is_milestone(name)) {
        story.changes.push_back({event.seq, event.time, std::string(name), read::text(event.payload, "message")});
        if (story.changes.size() > kept_changes) story.changes.pop_front();
    }
    if (name == "runtime.spec.deleted" && !story.gone) {
        story.gone = true;
        gone_.push_back(id.id);
        if (gone_.size() > kept_gone_runtimes) {
            stories_.erase(gone_.front());
            gone_.pop_front();
        }
    } else if (story.gone && begins) {
        story.gone = false;
        gone_.erase(std::find(gone_.begin(), gone_.end(), id.id));
    }
}

template <class Archive, state::Either<Timeline::Change> Self> void state_fields(Archive &archive, Self &change) {
    archive("seq", change.seq);
    archive("time", change.time);
    archive("what", change.what);
    archive("message", change.message);
}

template <class Archive, state::Either<Timeline::Story> Self> void state_fields(Archive &archive, Self &story) {
    archive("first", story.first);
    archive("last", story.last);
    archive("began", story.began);
    archive("lastAt", story.last_at);
    archive("events", story.events);
    archive("gone", story.gone);
    archive("changes", story.changes);
}

template <class Archive, state::Either<Timeline> Self> void state_fields(Archive &archive, Self &timeline) {
    archive("runtimes", timeline.stories_);
    archive("gone", timeline.gone_);
}

json::object Timeline::of(const RuntimeId &id) const {
    const auto *story = stories_.find(id);
    return story == nullptr ? json::object() : state::to_object(*story);
}

json::object Timeline::to_json() const {
    return state::to_object(*this);
}

Status Timeline::restore(const json::value &from) {
    if (auto read = state::from_value(from, *this); !read) return read;
    for (const auto &id : gone_)
        if (const auto *story = stories_.find(id); story == nullptr || !story->gone)
            return make_error(Code::data_corrupted, "state:/gone names " + id.text() + ", which is not gone");
    return ok();
}

} // namespace xtn
