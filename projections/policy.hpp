// What all policies share: their names and the shape of their drafts. A policy is a pure function from state and event to at most
// one decision about one runtime; the engine asks again after it folded that decision.
#pragma once

#include "core/event/catalogue.hpp"
#include "core/event/event.hpp"

#include <string>
#include <string_view>

namespace xtn {

inline constexpr std::string_view lifecycle_policy_name = "lifecycle/1";
inline constexpr std::string_view topology_policy_name = "topology/1";
inline constexpr std::string_view routes_policy_name = "routes/2";

inline EventDraft policy_draft(std::string_view policy, std::string_view type, const RuntimeId &id) {
    EventDraft draft;
    draft.type = type_of(type);
    draft.subject = Subject::runtime(id);
    draft.source = "policy/" + std::string(policy);
    return draft;
}

inline EventDraft lifecycle_draft(std::string_view type, const RuntimeId &id) {
    return policy_draft(lifecycle_policy_name, type, id);
}

} // namespace xtn
