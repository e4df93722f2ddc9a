#include "core/base/crash_switch.hpp"

#include <fmt/format.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <memory>
#include <string>
#include <unistd.h>

namespace xtn {

namespace {

std::string every_point() {
    std::string out;
    for (const auto &info : pause_points())
        out += fmt::format("\n  {:<18} {}", info.name, info.meaning);
    return out;
}

} // namespace

Result<CrashSwitch> CrashSwitch::parse(std::string_view text) {
    const auto colon = text.find(':');
    const auto name = text.substr(0, colon);
    const auto point = find_pause_point(name);
    if (!point)
        return make_error(Code::invalid_argument, fmt::format("there is no point \"{}\"; points are{}", name, every_point()));
    CrashSwitch out{*point, 1};
    if (colon == std::string_view::npos) return out;
    const auto number = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), out.passage);
    if (error != std::errc() || end != number.data() + number.size() || out.passage == 0)
        return make_error(Code::invalid_argument,
                          fmt::format("\"{}\" is no passage of {}: a whole number from 1 on", number, name));
    return out;
}

PausePoints CrashSwitch::points(std::function<void()> end) const {
    if (!end) end = [] { ::kill(::getpid(), SIGKILL); };
    auto passed = std::make_shared<std::atomic<std::uint64_t>>(0);
    return PausePoints([at = point, last = passage, passed = std::move(passed), end = std::move(end)](PausePoint here) {
        if (here == at && passed->fetch_add(1) + 1 == last) end();
    });
}

} // namespace xtn
