// SIGINT and SIGTERM as an ordinary condition to wait for. Create it before any thread exists, so that all inherit the mask.
#pragma once

#include "core/base/result.hpp"

#include <functional>
#include <memory>
#include <string>

namespace xtn::cli {

class StopSignal {
  public:
    StopSignal();
    ~StopSignal();
    StopSignal(const StopSignal &) = delete;
    StopSignal &operator=(const StopSignal &) = delete;

    // Blocks until a signal or a call of trigger(); returns why ("SIGINT", or trigger's text). A second SIGINT or SIGTERM after
    // that ends the process at once with status 1, as users of ^C^C expect.
    std::string wait();
    // From any thread: makes wait() return; the first reason wins. `failure` makes failed() true.
    void trigger(std::string reason, bool failure);
    bool failed() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace xtn::cli
