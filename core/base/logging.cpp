#include "core/base/logging.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <utility>

namespace xtn {

namespace {

struct LevelName {
    std::string_view name;
    LogLevel level;
    spdlog::level::level_enum spd;
};
constexpr std::array<LevelName, 5> levels{{
    {"debug", LogLevel::debug, spdlog::level::debug},
    {"info", LogLevel::info, spdlog::level::info},
    {"warn", LogLevel::warn, spdlog::level::warn},
    {"error", LogLevel::error, spdlog::level::err},
    {"off", LogLevel::off, spdlog::level::off},
}};

spdlog::level::level_enum to_spd(LogLevel level) {
    return levels.at(static_cast<std::size_t>(level)).spd;
}

std::shared_ptr<spdlog::logger> find_or_make(const std::string &name) {
    if (auto known = spdlog::get(name)) return known;
    try {
        auto made = spdlog::stderr_color_mt(name);
        made->set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%-5l%$ %n: %v");
        made->flush_on(spdlog::level::info);
        return made;
    } catch (const spdlog::spdlog_ex &) {
        return spdlog::get(name); // another thread made it in between
    }
}

} // namespace

Result<LogLevel> parse_log_level(std::string_view text) {
    for (const auto &known : levels)
        if (known.name == text) return known.level;
    return make_error(Code::invalid_argument, fmt::format("log level '{}' is none of debug, info, warn, error, off", text));
}

void set_log_level(LogLevel level) {
    spdlog::set_level(to_spd(level));
}

Logger::Logger(std::string_view name) : sink_(find_or_make(std::string(name))) {}

void Logger::write(LogLevel level, fmt::string_view text, fmt::format_args args) const {
    auto *sink = static_cast<spdlog::logger *>(sink_.get());
    const auto spd = to_spd(level);
    if (!sink->should_log(spd)) return;
    sink->log(spd, fmt::vformat(text, args));
}

} // namespace xtn
