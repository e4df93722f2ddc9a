// The phases of a runtime's life (docs/lifecycle.md has the picture).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace xtn {

enum class Phase : std::uint8_t {
    pending,      // seen; our finalizer is not on it yet, nothing was created
    provisioning, // objects are being brought about, or the readiness gate is not passed
    ready,        // serves queries
    suspending,   // takes no new queries; running ones end, then pods go
    suspended,    // no pods
    resuming,     // woken; pods are asked for
    failed,       // cannot reach what is wanted without help
    draining,     // being deleted: takes no new queries, running ones end
    cleaning,     // being deleted: objects go, then the finalizer
};

// As status.phase says it (spec 40 §20.1); draining and cleaning have no name there and read "Draining" and "Deleting".
std::string_view phase_text(Phase phase);
// The phase of that name; nothing: there is none.
std::optional<Phase> phase_from(std::string_view text);

inline bool is_deleting(Phase phase) {
    return phase == Phase::draining || phase == Phase::cleaning;
}

} // namespace xtn
