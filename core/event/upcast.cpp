#include "core/event/upcast.hpp"

#include "core/event/catalogue.hpp"

#include <algorithm>

namespace xtn {

namespace {

// No type has a second version yet. A row looks like this:
//   {"pod.observed", 1, [](boost::json::object &payload) { payload["zone"] = ""; }},
// and version 1 then stays in test/fixtures/logs for ever.
constexpr std::span<const Upcaster> table{};

} // namespace

std::span<const Upcaster> upcasters() {
    return table;
}

void upcast(Event &event, std::span<const Upcaster> steps) {
    while (true) {
        const auto name = event.name();
        const int version = event.version();
        const auto step =
            std::find_if(steps.begin(), steps.end(), [&](const Upcaster &u) { return u.name == name && u.from == version; });
        if (step == steps.end()) return;
        step->lift(event.payload);
        if (event.stored_type.empty()) event.stored_type = event.type;
        event.type = std::string(step->name) + "/" + std::to_string(version + 1);
    }
}

bool understood(const Event &event) {
    return understood(event.name(), event.version());
}

bool understood(std::string_view name, int version) {
    const auto *info = find_event_type(name);
    return info != nullptr && version >= 1 && version <= info->version;
}

} // namespace xtn
