#include "test/faultdisk/fault_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace xtn::faultdisk {

namespace {

constexpr std::array<std::string_view, operations> operation_names{"write",  "sync",   "read",        "create",
                                                                   "rename", "remove", "folder_sync", "allocate"};
constexpr std::array<std::string_view, file_kinds> kind_names{"any",    "wal",  "table",   "blob",   "manifest", "anchor",
                                                              "format", "lock", "reserve", "folder", "other"};

struct Named {
    std::string_view begins;
    std::string_view ends;
    FileKind kind;
};
// The first that fits. The lock and the text log of RocksDB itself hold nothing that is ours.
constexpr Named names[] = {
    {"", ".log", FileKind::wal},          {"", ".sst", FileKind::table},       {"", ".blob", FileKind::blob},
    {"MANIFEST", "", FileKind::manifest}, {"CURRENT", "", FileKind::manifest}, {"OPTIONS", "", FileKind::manifest},
    {"IDENTITY", "", FileKind::manifest}, {"", ".dbtmp", FileKind::manifest},  {"anchor", "", FileKind::anchor},
    {"FORMAT", "", FileKind::format},     {"LOCK", "", FileKind::lock},        {"reserve", "", FileKind::reserve},
};

bool changes_the_disk(Operation operation) {
    return operation != Operation::read && operation != Operation::sync && operation != Operation::folder_sync;
}

} // namespace

FileKind kind_of(std::string_view file_name) {
    for (const auto &named : names)
        if (file_name.starts_with(named.begins) && file_name.ends_with(named.ends)) return named.kind;
    return FileKind::other;
}
std::string_view name_of(Operation operation) {
    return operation_names.at(static_cast<std::size_t>(operation));
}
std::string_view name_of(FileKind kind) {
    return kind_names.at(static_cast<std::size_t>(kind));
}

void FaultPlan::add(Rule rule) {
    const MutexLock lock(mutex_);
    rules_.push_back({rule, 0});
}
void FaultPlan::room_for(std::uint64_t bytes) {
    const MutexLock lock(mutex_);
    room_ = bytes;
}
void FaultPlan::read_only() {
    const MutexLock lock(mutex_);
    read_only_ = true;
}
void FaultPlan::clear() {
    const MutexLock lock(mutex_);
    rules_.clear();
    room_.reset();
    read_only_ = false;
    ++clears_;
    cleared_.notify_all();
}
void FaultPlan::wait_for_clear(std::uint64_t clears) {
    const MutexLock lock(mutex_);
    while (clears_ <= clears)
        cleared_.wait(mutex_);
}
void FaultPlan::give_back(std::uint64_t bytes) {
    const MutexLock lock(mutex_);
    if (room_) *room_ += bytes;
}
std::optional<std::uint64_t> FaultPlan::room() const {
    const MutexLock lock(mutex_);
    return room_;
}

Verdict FaultPlan::next(Operation operation, FileKind kind, std::uint64_t bytes) {
    const MutexLock lock(mutex_);
    auto &of_operation = seen_.at(static_cast<std::size_t>(operation));
    const auto number = ++of_operation.at(static_cast<std::size_t>(kind));
    if (kind != FileKind::any) ++of_operation.at(static_cast<std::size_t>(FileKind::any));
    Verdict verdict;
    verdict.bytes = bytes;
    verdict.clears = clears_;
    const auto told = [&](std::string_view what) {
        fired_.push_back(fmt::format("{} {} #{}: {}", name_of(operation), name_of(kind), number, what));
    };
    for (auto &armed : rules_) {
        const auto &rule = armed.rule;
        if (rule.operation != operation || (rule.kind != FileKind::any && rule.kind != kind)) continue;
        ++armed.met;
        if (armed.met != rule.nth && !(rule.from_then_on && armed.met > rule.nth)) continue;
        switch (rule.effect) {
        case Effect::fail:
            verdict.error = rule.error;
            verdict.bytes = 0;
            told(std::strerror(rule.error));
            break;
        case Effect::part:
            verdict.bytes = bytes / 2;
            if (operation != Operation::read) verdict.error = rule.error;
            told("half of it");
            break;
        case Effect::flip:
            verdict.flip = true;
            told("a bit flips");
            break;
        case Effect::delay:
            verdict.delay = rule.delay;
            told("slow");
            break;
        case Effect::hold:
            verdict.hold = true;
            told("held");
            break;
        }
    }
    if (read_only_ && changes_the_disk(operation) && verdict.error == 0) {
        verdict.error = EROFS;
        verdict.bytes = 0;
        told("read-only");
    }
    const bool takes_room = operation == Operation::write || operation == Operation::allocate;
    if (room_ && takes_room && verdict.bytes > 0) {
        if (verdict.bytes > *room_) {
            // An allocation is all or nothing, a write takes what there is.
            verdict.bytes = operation == Operation::write ? *room_ : 0;
            verdict.error = ENOSPC;
            told("no space left");
        }
        *room_ -= verdict.bytes;
    }
    return verdict;
}

std::uint64_t FaultPlan::seen(Operation operation, FileKind kind) const {
    const MutexLock lock(mutex_);
    return seen_.at(static_cast<std::size_t>(operation)).at(static_cast<std::size_t>(kind));
}
std::vector<std::string> FaultPlan::fired() const {
    const MutexLock lock(mutex_);
    return fired_;
}

} // namespace xtn::faultdisk
