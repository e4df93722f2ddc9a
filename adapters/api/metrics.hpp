// The control plane's metrics, in the names of spec 80 §11.2 plus the log's and engine's own. Fed by durable events only, so that
// a counter never tells of something that did not happen; series of a runtime go with it.
#pragma once

#include "core/engine/engine.hpp"
#include "core/log/space.hpp"
#include "projections/world.hpp"

#include <memory>
#include <span>
#include <string>

namespace xtn {

class ControlPlaneMetrics {
  public:
    // `space` may be missing.
    ControlPlaneMetrics(const Log &log, const World &world, const DiskSpace *space = nullptr);
    ~ControlPlaneMetrics();

    // Called on the engine thread after each durable batch; `events` empty means "everything may have changed".
    void observe(std::span<const Event> events);
    // Prometheus text exposition; any thread. Rendered at most once a second (rendering thousands of series costs milliseconds).
    std::string text() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace xtn
