// What the two halves of a FaultDisk share. Internal to test/faultdisk.
#pragma once

#include "test/faultdisk/fault_disk.hpp"

#include <atomic>
#include <cerrno>
#include <string>
#include <thread>

namespace xtn::faultdisk {

struct FaultDisk::Shared {
    explicit Shared(const std::filesystem::path &root) : model(root) {}

    FaultPlan plan;
    PowerModel model;
    std::atomic<bool> powered = true;

    // The plan's word on one operation, its delay served. Without power everything fails.
    Verdict ask(Operation operation, FileKind kind, std::uint64_t bytes = 0) {
        if (!powered) return {EIO, 0, false, {}};
        const auto verdict = plan.next(operation, kind, bytes);
        if (verdict.delay.count() > 0) std::this_thread::sleep_for(verdict.delay); // the fault itself, not a wait for something
        if (verdict.hold) plan.wait_for_clear(verdict.clears);
        return verdict;
    }
};

inline std::string flipped(std::string_view bytes) {
    std::string out(bytes);
    if (!out.empty()) out[out.size() / 2] = static_cast<char>(out[out.size() / 2] ^ 0x10);
    return out;
}

std::unique_ptr<PlainFiles> make_plain_half(std::shared_ptr<FaultDisk::Shared> shared);

} // namespace xtn::faultdisk
