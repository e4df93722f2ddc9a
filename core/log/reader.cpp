// A log as a process beside the writer sees it: as it was when opened. Nothing here writes into the log's folder.
#include "core/log/anchor.hpp"
#include "core/log/folder.hpp"
#include "core/log/log.hpp"
#include "core/log/records.hpp"
#include "core/log/recovery.hpp"
#include "core/log/side.hpp"
#include "core/log/snapshots.hpp"
#include "core/log/verify_content.hpp"

#include <fmt/format.h>

#include <thread>

namespace xtn {

namespace {

// How often a waiting reader looks at the anchor file: one small read from the page cache.
constexpr std::chrono::milliseconds anchor_poll(20);

class SideReader final : public LogReader {
  public:
    SideReader(LogFolder folder, std::unique_ptr<Store> store, AnchorState state)
        : folder_(std::move(folder)), store_(std::move(store)), records_(*store_), state_(std::move(state)) {}

    const std::string &log_id() const override { return state_.log_id; }
    Head head(Stream stream) const override {
        const auto &at = state_.of(stream);
        return {at.seq, at.epoch, at.time, at.chain};
    }
    Seq first(Stream /*stream*/) const override { return Seq{1}; }

    Result<Event> get(Stream stream, Seq seq) const override { return records_.get(stream, last(stream), seq); }
    Status scan(Stream stream, Seq from, const std::function<bool(const Event &)> &each) const override {
        return records_.scan(stream, last(stream), from, each);
    }
    Status scan_lent(Stream stream, Seq from, const std::function<bool(const Event &)> &each) const override {
        return records_.scan_lent(stream, last(stream), from, each);
    }
    Status replay(Stream stream, Seq from, const std::function<bool(const Event &)> &each) const override {
        return records_.replay(stream, last(stream), from, each);
    }
    Result<std::vector<Seq>> by_subject(Stream stream, const Subject &subject, std::optional<std::size_t> limit) const override {
        return records_.by_subject(stream, last(stream), subject, limit);
    }
    Result<std::vector<Subject>> subjects(Stream stream, std::string_view prefix) const override {
        return records_.subjects(stream, last(stream), prefix);
    }
    Result<Seq> seq_at(Stream stream, Timestamp time) const override { return records_.seq_at(stream, last(stream), time); }
    Result<std::string> blob(const Digest &digest) const override { return records_.blob(digest); }
    Result<VerifyReport> verify(Stream stream, const std::function<void(Seq)> &progress) const override {
        return records_.verify(stream, head(stream), progress);
    }
    Result<ContentReport> verify_content(const std::function<void(Seq)> &progress) const override {
        return xtn::verify_content(*store_, {last(Stream::control), last(Stream::queries)}, progress);
    }
    Result<SnapshotLookup> snapshot(const KeptAs &as, Seq at_most) const override {
        return Snapshots(*store_).newest(as, std::min(at_most, last(Stream::control)));
    }
    Seq wait_after(Stream stream, Seq after, Deadline deadline) const override {
        Seq newest = last(stream);
        while (newest <= after && !deadline.passed()) {
            // Another process moves the anchor: there is nothing to be woken by.
            std::this_thread::sleep_for(std::min<Deadline::Clock::duration>(anchor_poll, deadline.left()));
            const auto now = read_anchor(folder_.anchor());
            if (now && now->has_value()) newest = std::max(newest, (*now)->of(stream).seq);
        }
        return newest;
    }

  private:
    Seq last(Stream stream) const { return state_.of(stream).seq; }

    LogFolder folder_;
    std::unique_ptr<Store> store_;
    Records records_;
    AnchorState state_;
};

} // namespace

Result<Side> open_side(const std::filesystem::path &directory, void *env) {
    const LogFolder folder{directory};
    if (auto known = folder.check_format(); !known) return std::move(known).error();
    // The anchor first: whatever it names was in the database before. What is newer than the anchor was not acknowledged to
    // anybody.
    auto anchored = read_anchor(folder.anchor());
    if (!anchored) return std::move(anchored).error();
    if (!anchored->has_value())
        return make_error(Code::not_found,
                          fmt::format("{}: the log has no anchor file; it was never opened by a writer, or the file is lost "
                                      "(then: xtn-audit repair --data {})",
                                      directory.string(), directory.string()));
    auto store = Store::open_beside_writer(folder.database(), env);
    if (!store) return std::move(store).error();
    AnchorState &state = **anchored;
    const auto log_id = stored_log_id(**store);
    if (!log_id) return log_id.error();
    const Records records(**store);
    for (const Stream stream : {Stream::control, Stream::queries}) {
        const auto &at = state.of(stream);
        const auto newest = records.newest(stream);
        if (!newest) return newest.error();
        const auto lost = [&](const std::string &what) {
            return make_error(Code::data_corrupted,
                              fmt::format("{}: acknowledged events are lost. {}. Restore the folder from a backup, or accept the "
                                          "loss with: xtn-audit repair --data {}",
                                          directory.string(), what, directory.string()));
        };
        if (newest->seq < at.seq)
            return lost(fmt::format("Stream {}: the database ends at #{}, the anchor at #{} of {}", stream_name(stream),
                                    newest->seq.value, at.seq.value, at.time.rfc3339()));
        if (*log_id != state.log_id)
            return lost(fmt::format("The anchor belongs to log {}, the database to {}", state.log_id,
                                    log_id->value_or("one without a name")));
    }
    return Side{folder, std::move(*store), std::move(state)};
}

Result<std::unique_ptr<LogReader>> Log::open_reader(const std::filesystem::path &directory) {
    auto side = open_side(directory);
    if (!side) return std::move(side).error();
    return std::unique_ptr<LogReader>(
        std::make_unique<SideReader>(std::move(side->folder), std::move(side->store), std::move(side->state)));
}

} // namespace xtn
