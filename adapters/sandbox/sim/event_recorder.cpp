#include "adapters/sandbox/sim/event_recorder.hpp"

#include "core/base/hex.hpp"
#include "core/base/sha256.hpp"

#include <fmt/format.h>

namespace xtn::sandbox::sim {

namespace json = boost::json;

namespace {
constexpr std::size_t max_kept = 500;
} // namespace

void EventRecorder::record(const json::object &about, std::string_view kind, std::string_view type, std::string_view reason,
                           const std::string &message, std::string_view component, const std::string &now) {
    const auto same = fmt::format("{}\n{}\n{}", uid_of(about), reason, message);
    if (const auto known = kept_.find(same); known != kept_.end()) {
        ++known->second.count;
        json::object patch = {{"count", known->second.count}, {"lastTimestamp", now}};
        writer_.merge_patch(events, known->second.key, std::move(patch), component);
        return;
    }
    // A name of its own that a repeated start does not collide with: object, a dot, sixteen digits.
    const auto name = fmt::format("{}.{}", name_of(about), to_hex(view(sha256(same, now))).substr(0, 16));
    json::object involved = {{"kind", kind},
                             {"namespace", namespace_of(about)},
                             {"name", name_of(about)},
                             {"uid", uid_of(about)},
                             {"apiVersion", kind == "Pod" ? "v1" : "apps/v1"},
                             {"resourceVersion", text_at(about, "metadata.resourceVersion")}};
    json::object event = {{"apiVersion", "v1"},
                          {"kind", "Event"},
                          {"metadata", json::object{{"name", name}, {"namespace", namespace_of(about)}}},
                          {"involvedObject", std::move(involved)},
                          {"reason", reason},
                          {"message", message},
                          {"type", type},
                          {"source", json::object{{"component", component}}},
                          {"reportingComponent", component},
                          {"reportingInstance", ""},
                          {"firstTimestamp", now},
                          {"lastTimestamp", now},
                          {"count", 1}};
    if (!writer_.create(events, std::move(event), component)) return;
    kept_[same] = {{namespace_of(about), name}, 1};
    order_.push_back(same);
    if (order_.size() <= max_kept) return;
    const auto oldest = kept_.find(order_.front());
    order_.pop_front();
    if (const auto *event_object = writer_.view().get(events, oldest->second.key)) {
        const json::object copy = *event_object;
        writer_.remove(events, copy);
    }
    kept_.erase(oldest);
}

} // namespace xtn::sandbox::sim
