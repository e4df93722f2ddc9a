#include "adapters/clock/deadline_watch.hpp"

#include "core/event/catalogue.hpp"

#include <algorithm>

namespace xtn {
using namespace std::chrono_literals;

namespace {

// The wall clock may be set while we wait on the monotonic one: look at it again at least this often.
constexpr std::chrono::nanoseconds longest_wait = 1s;
// When the engine refused a draft (queue full), or a deadline is still due although it was announced.
constexpr std::chrono::milliseconds tell_again_after = 200ms;

EventDraft deadline_draft(Timestamp due, std::chrono::nanoseconds lag) {
    EventDraft draft;
    draft.type = type_of("clock.deadline");
    draft.subject = Subject::cluster();
    draft.source = "clock";
    draft.payload["due"] = due.rfc3339();
    draft.payload["lag_ms"] = std::chrono::duration_cast<std::chrono::milliseconds>(lag).count();
    return draft;
}

} // namespace

DeadlineWatch::Step DeadlineWatch::look(Timestamp now) const {
    Step step;
    if (!due_) return step;
    const auto left = due_->since(now);
    if (left > 0ns)
        step.pause = std::min(left, longest_wait);
    else if (due_ == told_ && !not_before_.passed())
        step.pause = not_before_.left();
    else
        step.announce = deadline_draft(*due_, -left);
    return step;
}

void DeadlineWatch::told() {
    told_ = due_;
    not_before_ = Deadline::after(tell_again_after);
}

} // namespace xtn
