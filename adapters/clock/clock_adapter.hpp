// Time as events: waits for the machine's next deadline and appends `clock.deadline` when it has come.
//
// Guarantees: one event per deadline as long as the machine moves on; a deadline that stays due after its event was folded is
// announced again, a few times a second at most. Assumption: the engine stamps with the same clock.
#pragma once

#include "core/engine/engine.hpp"

#include <functional>
#include <memory>

namespace xtn {

class ClockAdapter {
  public:
    struct Options {
        Engine *engine = nullptr;       // must outlive the adapter
        std::function<Timestamp()> now; // the wall clock that deadlines are compared with; empty: Timestamp::now
    };
    // Subscribes to the engine for changes of the next deadline and starts its thread.
    static std::unique_ptr<ClockAdapter> start(Options options);
    ~ClockAdapter(); // stop()
    void stop();     // idempotent

  private:
    struct Impl;
    explicit ClockAdapter(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_; // the engine's subscription looks at it, too
};

} // namespace xtn
