#include "core/log/anchor.hpp"

#include "core/base/hex.hpp"
#include "core/base/mutex.hpp"
#include "core/base/sha256.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

namespace xtn {

namespace {

// On the disk, little-endian.
struct PositionBytes {
    std::uint64_t seq = 0;
    std::int64_t time = 0;
    std::uint64_t epoch = 0;
    std::array<char, sha256_bytes> chain{};
};
struct SlotBytes {
    std::array<char, 8> magic{};
    std::uint8_t version = 1;
    std::array<std::uint8_t, 7> reserved{};
    std::uint64_t counter = 0; // the slot with the larger one counts
    std::uint64_t epoch = 0;
    std::array<char, 16> log_id{};
    PositionBytes control;
    PositionBytes queries;
    std::array<char, sha256_bytes> checksum{}; // SHA-256 of everything above
};
static_assert(sizeof(SlotBytes) == 192, "the anchor slot is part of the on-disk format");

constexpr std::array<char, 8> magic{'X', 'T', 'N', 'A', 'N', 'C', 'H', 'R'};
constexpr off_t slot_distance = 4096; // a page each: a torn write touches one slot only
constexpr off_t file_bytes = 2 * slot_distance;
// Under load the disk is asked at most this often; the first move after a rest is synced at once.
constexpr std::chrono::milliseconds least_sync_distance(10);

std::string_view covered(const SlotBytes &slot) {
    return {reinterpret_cast<const char *>(&slot), sizeof slot - sizeof slot.checksum};
}

PositionBytes to_bytes(const AnchorPosition &p) {
    PositionBytes out{p.seq.value, p.time.nanos, p.epoch.value, {}};
    const auto chain = from_hex(p.chain);
    if (chain && chain->size() == out.chain.size()) std::memcpy(out.chain.data(), chain->data(), out.chain.size());
    return out;
}

AnchorPosition from_bytes(const PositionBytes &p) {
    return {Seq{p.seq}, Timestamp{p.time}, Epoch{p.epoch}, to_hex({p.chain.data(), p.chain.size()})};
}

SlotBytes to_slot(const AnchorState &state, std::uint64_t counter) {
    SlotBytes slot;
    slot.magic = magic;
    slot.counter = counter;
    slot.epoch = state.epoch.value;
    const auto id = from_hex(state.log_id);
    if (id && id->size() == slot.log_id.size()) std::memcpy(slot.log_id.data(), id->data(), slot.log_id.size());
    slot.control = to_bytes(state.control);
    slot.queries = to_bytes(state.queries);
    slot.checksum = sha256(covered(slot));
    return slot;
}

struct Found {
    AnchorState state;
    std::uint64_t counter = 0;
};

// All of it, unless the file ends before; -1 and errno as pread().
ssize_t read_whole(PlainFiles &files, int fd, SlotBytes &slot, off_t at) {
    std::size_t have = 0;
    while (have < sizeof slot) {
        const ssize_t got =
            files.pread(fd, reinterpret_cast<char *>(&slot) + have, sizeof slot - have, at + static_cast<off_t>(have));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return got;
        if (got == 0) break;
        have += static_cast<std::size_t>(got);
    }
    return static_cast<ssize_t>(have);
}

Result<std::optional<Found>> read_slots(PlainFiles &files, int fd, const std::filesystem::path &file) {
    std::optional<Found> newest;
    int written = 0; // slots that hold anything
    for (const off_t at : {off_t{0}, slot_distance}) {
        SlotBytes slot;
        const ssize_t got = read_whole(files, fd, slot, at);
        if (got < 0) return plain_file_error(file, "read");
        if (got != static_cast<ssize_t>(sizeof slot)) continue;
        if (slot.counter != 0 || slot.magic != std::array<char, 8>{}) ++written;
        if (slot.magic != magic || slot.version != 1 || slot.checksum != sha256(covered(slot))) continue;
        if (newest && newest->counter >= slot.counter) continue;
        newest = Found{{to_hex({slot.log_id.data(), slot.log_id.size()}), Epoch{slot.epoch}, from_bytes(slot.control),
                        from_bytes(slot.queries)},
                       slot.counter};
    }
    // One torn slot beside one that was never written: the very first move was cut short, before anything was acknowledged.
    if (!newest && written == 2)
        return make_error(Code::data_corrupted, fmt::format("{}: neither of its two slots is whole", file.string()));
    return newest;
}

} // namespace

Result<std::optional<AnchorState>> read_anchor(const std::filesystem::path &file, PlainFiles &files) {
    const int fd = files.open(file, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) {
        if (errno == ENOENT) return std::optional<AnchorState>();
        return plain_file_error(file, "open");
    }
    auto found = read_slots(files, fd, file);
    files.close(fd);
    if (!found) return std::move(found).error();
    if (!found->has_value()) return std::optional<AnchorState>();
    return std::optional<AnchorState>((*found)->state);
}

struct AnchorFile::Impl {
    PlainFiles *files = nullptr;
    std::filesystem::path file;
    int fd = -1;
    std::uint64_t counter = 0;
    std::optional<AnchorState> found;

    Mutex mutex;
    CondVar changed;
    bool dirty XTN_GUARDED_BY(mutex) = false;
    bool stopping XTN_GUARDED_BY(mutex) = false;
    int sync_errno XTN_GUARDED_BY(mutex) = 0; // a failed sync is final: the page may be gone from the cache
    std::thread syncer;

    ~Impl() {
        if (syncer.joinable()) {
            {
                const MutexLock lock(mutex);
                stopping = true;
            }
            changed.notify_all();
            syncer.join();
        }
        if (fd >= 0) files->close(fd);
    }

    void run() {
        MutexLock lock(mutex);
        while (true) {
            while (!dirty && !stopping)
                changed.wait(mutex);
            if (!dirty) return;
            dirty = false;
            lock.unlock();
            const int failed = files->fdatasync(fd) == 0 ? 0 : errno;
            lock.lock();
            if (failed != 0) sync_errno = failed;
            const auto rest = Deadline::after(least_sync_distance);
            while (!stopping && !rest.passed())
                changed.wait_until(mutex, rest);
        }
    }

    Status put(const AnchorState &state) {
        const SlotBytes slot = to_slot(state, ++counter);
        const off_t at = counter % 2 == 0 ? 0 : slot_distance;
        const ssize_t put = files->pwrite(fd, &slot, sizeof slot, at);
        if (put == static_cast<ssize_t>(sizeof slot)) return ok();
        if (put >= 0) errno = ENOSPC; // a part was taken: the rest found no room
        return plain_file_error(file, "write");
    }

    Status synced_so_far() {
        const MutexLock lock(mutex);
        if (sync_errno == 0) return ok();
        return make_error(Code::unavailable,
                          fmt::format("{}: an earlier sync failed: {}", file.string(), std::strerror(sync_errno)));
    }
};

AnchorFile::AnchorFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AnchorFile::~AnchorFile() = default;

Result<std::unique_ptr<AnchorFile>> AnchorFile::open(const std::filesystem::path &file, PlainFiles &files) {
    auto impl = std::make_unique<Impl>();
    impl->files = &files;
    impl->file = file;
    impl->fd = files.open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (impl->fd < 0) return plain_file_error(file, "open");
    auto found = read_slots(files, impl->fd, file);
    if (!found) return std::move(found).error();
    if (found->has_value()) {
        impl->found = (*found)->state;
        impl->counter = (*found)->counter;
    } else {
        // Every block is written once now, so that later writes change data only and fdatasync has no metadata to carry.
        const std::string zeros(static_cast<std::size_t>(file_bytes), '\0');
        const ssize_t put = files.pwrite(impl->fd, zeros.data(), zeros.size(), 0);
        if (put >= 0 && put != file_bytes) errno = ENOSPC;
        if (put != file_bytes) return plain_file_error(file, "write");
        if (files.fsync(impl->fd) != 0) return plain_file_error(file, "sync");
        if (auto named = sync_folder(files, file.parent_path()); !named) return std::move(named).error();
    }
    impl->syncer = std::thread([raw = impl.get()] { raw->run(); });
    return std::unique_ptr<AnchorFile>(new AnchorFile(std::move(impl)));
}

const std::optional<AnchorState> &AnchorFile::found() const {
    return impl_->found;
}

Status AnchorFile::write(const AnchorState &state) {
    if (auto synced = impl_->synced_so_far(); !synced) return synced;
    if (auto done = impl_->put(state); !done) return done;
    bool was_dirty = false;
    {
        const MutexLock lock(impl_->mutex);
        was_dirty = impl_->dirty;
        impl_->dirty = true;
    }
    if (!was_dirty) impl_->changed.notify_all();
    return ok();
}

Status AnchorFile::write_through(const AnchorState &state) {
    // The kernel tells of a failed write-back once: to the thread that synced then, not to us now.
    if (auto synced = impl_->synced_so_far(); !synced) return synced;
    if (auto done = impl_->put(state); !done) return done;
    if (impl_->files->fdatasync(impl_->fd) != 0) return plain_file_error(impl_->file, "sync");
    return ok();
}

} // namespace xtn
