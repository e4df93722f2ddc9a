#include "core/log/space.hpp"

#include "core/base/logging.hpp"
#include "core/event/catalogue.hpp"
#include "core/log/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <utility>

namespace xtn {

namespace {

constexpr std::array<std::string_view, 4> level_names{"ok", "low", "scarce", "critical"};

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
struct DefaultLimit {
    std::uint64_t SpaceLimits::*limit;
    std::uint64_t most;    // bytes
    std::uint64_t percent; // of the disk
};
// Critical leaves RocksDB room for a flush of everything in memory; the reserve pays for about a hundred thousand decisions.
constexpr DefaultLimit default_limits[] = {
    {&SpaceLimits::low, 2048 * mebibyte, 20},
    {&SpaceLimits::scarce, 1024 * mebibyte, 10},
    {&SpaceLimits::critical, 256 * mebibyte, 5},
    {&SpaceLimits::reserve, 64 * mebibyte, 2},
};

constexpr std::chrono::minutes tell_every{1};
constexpr std::string_view about_the_log = "log";

std::string in_mib(std::uint64_t bytes) {
    return fmt::format("{}.{} MiB", bytes / mebibyte, bytes % mebibyte * 10 / mebibyte);
}

DiskLevel level_at(std::uint64_t free, std::uint64_t low, std::uint64_t scarce, std::uint64_t critical) {
    if (free < critical) return DiskLevel::critical;
    if (free < scarce) return DiskLevel::scarce;
    return free < low ? DiskLevel::low : DiskLevel::ok;
}

std::uint64_t with_margin(std::uint64_t bound, std::uint64_t owed) {
    return bound + bound / 10 + owed;
}

EventDraft space_changed(DiskLevel from, DiskLevel to, const DiskRoom &room, std::uint64_t reserve_held) {
    EventDraft draft;
    draft.type = type_of("log.space.changed");
    draft.subject = Subject{std::string(about_the_log)};
    draft.source = "log";
    draft.payload["from"] = disk_level_name(from);
    draft.payload["to"] = disk_level_name(to);
    draft.payload["free_bytes"] = static_cast<std::int64_t>(room.free_bytes);
    draft.payload["total_bytes"] = static_cast<std::int64_t>(room.total_bytes);
    draft.payload["reserve_bytes"] = static_cast<std::int64_t>(reserve_held);
    return draft;
}

EventDraft dropped_records(const std::string &type, std::uint64_t count) {
    EventDraft draft;
    draft.type = type_of("observation.coalesced");
    draft.subject = Subject{std::string(about_the_log)};
    draft.source = "log";
    draft.payload["type"] = type;
    draft.payload["count"] = static_cast<std::int64_t>(count);
    return draft;
}

const Logger &logger() {
    static const Logger log("disk");
    return log;
}

} // namespace

std::string_view disk_level_name(DiskLevel level) {
    return level_names.at(static_cast<std::size_t>(level));
}

Result<SpaceLimits> space_limits_for(SpaceLimits wanted, std::uint64_t total_bytes) {
    for (const auto &known : default_limits)
        if (wanted.*known.limit == 0) wanted.*known.limit = std::min(known.most, total_bytes / 100 * known.percent);
    if (wanted.critical > wanted.scarce || wanted.scarce > wanted.low)
        return make_error(Code::invalid_argument,
                          fmt::format("disk watermarks must fall: low {}, scarce {}, critical {} bytes free", wanted.low,
                                      wanted.scarce, wanted.critical));
    return wanted;
}

DiskLevel next_disk_level(DiskLevel now, std::uint64_t free_bytes, const SpaceLimits &limits, std::uint64_t owed) {
    const auto worse = level_at(free_bytes, limits.low, limits.scarce, limits.critical);
    const auto better =
        level_at(free_bytes, with_margin(limits.low, owed), with_margin(limits.scarce, owed), with_margin(limits.critical, owed));
    return worse > now ? worse : std::min(now, better);
}

Result<std::unique_ptr<DiskSpace>> DiskSpace::open(Options options) {
    auto space = std::unique_ptr<DiskSpace>(new DiskSpace(std::move(options)));
    if (auto made = make_folders(space->files(), space->options_.directory); !made) return std::move(made).error();
    DiskRoom room;
    if (space->files().room(space->options_.directory, room) != 0)
        return plain_file_error(space->options_.directory, "measure the disk of");
    auto limits = space_limits_for(space->options_.limits, room.total_bytes);
    if (!limits) return std::move(limits).error();
    space->limits_ = *limits;
    struct stat there{};
    const bool held = ::stat(space->reserve_file().c_str(), &there) == 0 && there.st_blocks > 0;
    {
        const MutexLock lock(space->mutex_);
        space->reserve_held_ = held ? static_cast<std::uint64_t>(there.st_size) : 0;
    }
    space->look();
    return space;
}

DiskSpace::~DiskSpace() {
    stop();
}

Status DiskSpace::measure() {
    DiskRoom room;
    if (files().room(options_.directory, room) != 0) return plain_file_error(options_.directory, "measure the disk of");
    const MutexLock lock(mutex_);
    room_ = room;
    const auto owed = limits_.reserve > reserve_held_ ? limits_.reserve - reserve_held_ : 0;
    level_ = next_disk_level(level_, room.free_bytes, limits_, owed);
    return ok();
}

void DiskSpace::look() {
    // A disk that cannot be measured: the level stands. If it cannot be written either, the log will tell.
    if (auto measured = measure(); !measured) return logger().warn("{}", measured.error().message);
    const auto now = figures();
    if (now.level == DiskLevel::critical && now.reserve_bytes > 0) give_reserve();
    const bool roomy = now.level <= DiskLevel::low && now.room.free_bytes >= limits_.scarce + limits_.reserve;
    if (roomy && now.reserve_bytes < limits_.reserve) take_reserve();
    tell(false);
}

void DiskSpace::take_reserve() {
    const auto file = reserve_file();
    const auto give_up = [&](const std::string &why) {
        if (!std::exchange(reserve_failed_, true)) logger().warn("{}", why);
        files().unlink(file);
    };
    const int fd = files().open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return give_up(plain_file_error(file, "open").message);
    const int error = files().posix_fallocate(fd, 0, static_cast<off_t>(limits_.reserve));
    const bool synced = error == 0 && files().fsync(fd) == 0;
    files().close(fd);
    if (!synced)
        return give_up(fmt::format("{}: cannot set {} aside: {}", file.string(), in_mib(limits_.reserve),
                                   std::strerror(error != 0 ? error : errno)));
    reserve_failed_ = false;
    const MutexLock lock(mutex_);
    reserve_held_ = limits_.reserve;
}

void DiskSpace::give_reserve() {
    const auto file = reserve_file();
    if (files().unlink(file) != 0 && errno != ENOENT) return logger().warn("{}", plain_file_error(file, "remove").message);
    // Some file systems hand freed blocks out only once the removal is on the disk.
    static_cast<void>(sync_folder(files(), options_.directory).ok());
    const MutexLock lock(mutex_);
    reserve_held_ = 0;
}

void DiskSpace::tell(bool last) {
    if (!record_) return;
    const auto seen = figures();
    std::vector<EventDraft> drafts;
    if (seen.level != recorded_) drafts.push_back(space_changed(recorded_, seen.level, seen.room, seen.reserve_bytes));
    // While every byte counts, one event per type must do until room is back.
    const bool due = seen.level < DiskLevel::scarce || (seen.level == DiskLevel::scarce && now() - told_at_ >= tell_every);
    std::map<std::string, std::uint64_t> news;
    if (due || last) {
        const MutexLock lock(mutex_);
        for (const auto &[type, count] : seen.dropped)
            if (count > told_[type]) news[type] = count - told_[type];
    }
    for (const auto &[type, count] : news)
        drafts.push_back(dropped_records(type, count));
    if (drafts.empty() || !record_(std::move(drafts))) return;
    if (seen.level != recorded_) {
        const auto text =
            fmt::format("disk space of {}: {} -> {}, {} of {} free", options_.directory.string(), disk_level_name(recorded_),
                        disk_level_name(seen.level), in_mib(seen.room.free_bytes), in_mib(seen.room.total_bytes));
        seen.level > recorded_ ? logger().warn("{}", text) : logger().info("{}", text);
        recorded_ = seen.level;
    }
    if (news.empty()) return;
    told_at_ = now();
    const MutexLock lock(mutex_);
    for (const auto &[type, count] : news)
        told_[type] += count;
}

void DiskSpace::shed(std::vector<EventDraft> &drafts) {
    const MutexLock lock(mutex_);
    if (level_ < DiskLevel::scarce) return;
    std::erase_if(drafts, [this](const EventDraft &draft) XTN_REQUIRES(mutex_) {
        const auto *info = find_event_type(std::string_view(draft.type).substr(0, draft.type.rfind('/')));
        if (info == nullptr || !info->sheddable) return false;
        ++dropped_[std::string(info->name)];
        return true;
    });
}

std::string DiskSpace::refusal() const {
    const auto now = figures();
    if (now.level != DiskLevel::critical) return {};
    return fmt::format(
        "the disk of the event log is nearly full ({} of {} free): only lifecycle decisions are taken until there is "
        "room again in {}",
        in_mib(now.room.free_bytes), in_mib(now.room.total_bytes), options_.directory.string());
}

std::string DiskSpace::words() const {
    const auto now = figures();
    if (now.level == DiskLevel::ok) return {};
    std::string text = fmt::format("disk of the event log {}: {} of {} free in {}", disk_level_name(now.level),
                                   in_mib(now.room.free_bytes), in_mib(now.room.total_bytes), options_.directory.string());
    std::uint64_t dropped = 0;
    for (const auto &[type, count] : now.dropped)
        dropped += count;
    if (dropped > 0) text += fmt::format("; {} query records dropped", dropped);
    if (now.level == DiskLevel::critical) text += "; API writes are refused";
    return text;
}

DiskSpace::Figures DiskSpace::figures() const {
    const MutexLock lock(mutex_);
    return {level_, room_, limits_, reserve_held_, dropped_};
}

void DiskSpace::record_with(Record record, DiskLevel recorded) {
    record_ = std::move(record);
    recorded_ = recorded;
    told_at_ = now();
}

void DiskSpace::start(Record record, DiskLevel recorded) {
    record_with(std::move(record), recorded);
    thread_ = std::thread([this] { run(); });
}

void DiskSpace::run() {
    while (true) {
        look();
        MutexLock lock(mutex_);
        const auto next = Deadline::after(options_.interval);
        while (!stopping_ && !next.passed())
            changed_.wait_until(mutex_, next);
        if (stopping_) break;
    }
    tell(true);
}

void DiskSpace::stop() {
    {
        const MutexLock lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

DiskLevel recorded_disk_level(const LogReader &log) {
    const auto told = log.by_subject(Stream::control, Subject{std::string(about_the_log)});
    if (!told) return DiskLevel::ok;
    for (auto seq = told->rbegin(); seq != told->rend(); ++seq) {
        const auto event = log.get(Stream::control, *seq);
        if (!event || event->name() != "log.space.changed") continue;
        const auto *to = event->payload.if_contains("to");
        for (std::size_t i = 0; to != nullptr && to->is_string() && i < level_names.size(); ++i)
            if (std::string_view(to->get_string()) == level_names[i]) return static_cast<DiskLevel>(i);
        break;
    }
    return DiskLevel::ok;
}

} // namespace xtn
