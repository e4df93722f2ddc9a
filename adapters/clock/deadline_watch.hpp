// When `clock.deadline` is due: the clock adapter without its thread. Pure but for what it is told: the machine's next deadline,
// and what time it is.
#pragma once

#include "core/engine/engine.hpp"

#include <chrono>
#include <optional>

namespace xtn {

class DeadlineWatch {
  public:
    // The machine's next deadline; nothing: none.
    void set_due(std::optional<Timestamp> next) { due_ = next; }

    struct Step {
        std::optional<EventDraft> announce;            // hand this to the engine now, then call told()
        std::optional<std::chrono::nanoseconds> pause; // else look again after this long, or when the deadline changed; nothing:
                                                       // only then
    };
    Step look(Timestamp now) const;
    // The announcement was handed over, whether or not the engine took it. The same deadline is not announced again at once: the
    // machine needs a moment to fold it, a full queue one to empty.
    void told();

  private:
    std::optional<Timestamp> due_;
    std::optional<Timestamp> told_; // the deadline last handed over: not again before `not_before_`
    Deadline not_before_;
};

} // namespace xtn
