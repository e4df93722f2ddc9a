#include "cli/controller_settings.hpp"

#include "core/model/xtrinode.hpp"

namespace xtn::cli {

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    auto parsed = parse_go_duration(text);
    if (!parsed.ok()) return std::move(parsed).error();
    if (parsed->count() < 0) return make_error(Code::invalid_argument, "duration " + std::string(text) + " is negative");
    return std::chrono::duration_cast<std::chrono::milliseconds>(*parsed);
}

} // namespace xtn::cli
