// Child processes through posix_spawn: fork is no option beside RocksDB's threads.
#pragma once

#include "core/base/result.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace xtn::sandbox::trino {

class ChildProcess {
  public:
    // Starts `arguments` (the program first, as a path) in `folder`, output and errors appended to `log`, with the given
    // environment on top of this process's own. It leads a process group of its own, so that Ctrl-C in a terminal reaches only
    // its parent. Errors: not_found (no such program), internal.
    static Result<ChildProcess> start(const std::vector<std::string> &arguments, const std::filesystem::path &folder,
                                      const std::filesystem::path &log, const std::vector<std::string> &environment);
    ChildProcess(ChildProcess &&other) noexcept : pid_(std::exchange(other.pid_, 0)), ended_(std::move(other.ended_)) {}
    ChildProcess &operator=(ChildProcess &&) = delete;
    ~ChildProcess(); // kills what still runs

    int pid() const { return pid_; }
    // How it ended ("exit code 1", "signal 9"), or nothing while it runs.
    const std::optional<std::string> &ended();
    // SIGTERM, after `grace` SIGKILL; returns when it is gone.
    void stop(std::chrono::milliseconds grace);

  private:
    explicit ChildProcess(int pid) : pid_(pid) {}
    int pid_ = 0;
    std::optional<std::string> ended_;
};

// Runs a program to its end and returns what it wrote to output and errors together. Errors: not_found, internal (it failed; with
// its output), deadline_exceeded.
Result<std::string> run_program(const std::vector<std::string> &arguments, Deadline deadline);

} // namespace xtn::sandbox::trino
