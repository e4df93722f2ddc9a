// Log output for people who operate the processes: named loggers with levels, to standard error. (The record of what happened is
// the event log; this is only what is going on inside.) spdlog stays behind this header.
#pragma once

#include "core/base/result.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>

namespace xtn {

enum class LogLevel { debug, info, warn, error, off };

// "debug", "info", "warn", "error", "off": the values of --log-level. Errors: invalid_argument naming them.
Result<LogLevel> parse_log_level(std::string_view text);
// Sets the level of every logger, those made later included. The default is info.
void set_log_level(LogLevel level);

// Cheap to copy; safe to use from any thread.
class Logger {
  public:
    // The logger of that name ("engine", "kube"), made at first use.
    explicit Logger(std::string_view name);

    template <class... A> void debug(fmt::format_string<A...> text, A &&...args) const {
        write(LogLevel::debug, text, fmt::make_format_args(args...));
    }
    template <class... A> void info(fmt::format_string<A...> text, A &&...args) const {
        write(LogLevel::info, text, fmt::make_format_args(args...));
    }
    template <class... A> void warn(fmt::format_string<A...> text, A &&...args) const {
        write(LogLevel::warn, text, fmt::make_format_args(args...));
    }
    template <class... A> void error(fmt::format_string<A...> text, A &&...args) const {
        write(LogLevel::error, text, fmt::make_format_args(args...));
    }

  private:
    void write(LogLevel level, fmt::string_view text, fmt::format_args args) const;
    std::shared_ptr<void> sink_; // a spdlog logger
};

} // namespace xtn
