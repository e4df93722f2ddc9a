#include "core/log/recovery.hpp"

#include "core/base/hex.hpp"
#include "core/base/logging.hpp"
#include "core/log/last_word.hpp"
#include "core/log/records.hpp"
#include "core/log/torn_manifest.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>

namespace xtn {

namespace {

constexpr std::string_view log_id_key = "log_id";
constexpr std::size_t log_id_bytes = 16;

AnchorPosition position(const Head &head) {
    return {head.seq, head.time, head.epoch, head.chain};
}

Result<std::string> make_log_id() {
    std::string bytes(log_id_bytes, '\0');
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        return make_error(Code::unavailable, "no random bytes for the identity of a new log");
    return to_hex(bytes);
}

// One stream whose database and anchor tell different stories.
struct Loss {
    Stream stream = Stream::control;
    Seq found;               // newest event that the database holds
    AnchorPosition anchored; // what was acknowledged
    std::string why;
};

// What is wrong with one stream, given what the anchor says. Errors: unavailable (the disk does not let itself be read).
Result<std::optional<Loss>> compare(const Records &records, Stream stream, const Head &found, const AnchorPosition &anchored) {
    using Answer = std::optional<Loss>;
    if (found.seq < anchored.seq) return Answer(Loss{stream, found.seq, anchored, "the events in between are missing"});
    const Head at{anchored.seq, anchored.epoch, anchored.time, anchored.chain};
    auto same = records.continues(stream, at);
    if (same) return Answer();
    if (same.error().code != Code::data_corrupted) return std::move(same).error();
    return Answer(Loss{stream, found.seq, anchored, same.error().message});
}

Error refusal(const LogFolder &folder, const std::vector<Loss> &losses) {
    std::string text = fmt::format("{}: acknowledged events are lost.", folder.root.string());
    for (const auto &loss : losses)
        text += fmt::format(" Stream {}: the database ends at #{}, the anchor at #{} of {} ({}).", stream_name(loss.stream),
                            loss.found.value, loss.anchored.seq.value, loss.anchored.time.rfc3339(), loss.why);
    text += fmt::format(" Restore the folder from a backup, or accept the loss with: xtn-audit repair --data {}",
                        folder.root.string());
    return make_error(Code::data_corrupted, std::move(text));
}

// The database does not let itself be read.
Error damage(const LogFolder &folder, const Error &cause, const AnchorState &anchored) {
    if (cause.code == Code::unsupported) return cause;
    if (cause.code != Code::data_corrupted)
        return make_error(cause.code, fmt::format("{}. {}", cause.message, advice_on(cause.message, folder.root)));
    return make_error(
        cause.code,
        fmt::format("{}: the database is damaged: {}. Acknowledged are the events up to control #{} and queries #{}. Restore the "
                    "folder from a backup, or accept the loss of what cannot be read any more with: xtn-audit repair --data {}",
                    folder.root.string(), cause.message, anchored.control.seq.value, anchored.queries.seq.value,
                    folder.root.string()));
}

// A power loss may have torn the manifest. Without its last record the database must hold all that was acknowledged, each event
// of both streams checked, for that record may as well be one that was synced and damaged later.
Status look_past_torn_manifest(const LogFolder &folder, const Store::Options &store_options, const Error &cause,
                               const AnchorState &anchored) {
    const auto cut = mend_torn_manifest(*folder.files, store_options);
    if (!cut) return cut.error();
    if (!cut->has_value()) return damage(folder, cause, anchored);
    const auto whole = [&]() -> Status {
        auto store = Store::open_to_look(store_options);
        if (!store) return std::move(store).error();
        const Records records(**store);
        for (const Stream stream : {Stream::control, Stream::queries}) {
            const auto found = records.newest(stream);
            if (!found) return found.error();
            if (auto sound = records.continues(stream, empty_head()); !sound) return sound;
            const auto loss = compare(records, stream, *found, anchored.of(stream));
            if (!loss) return loss.error();
            if (loss->has_value()) return make_error(Code::data_corrupted, (*loss)->why);
        }
        return ok();
    }();
    if (whole) {
        Logger("log").warn(
            "{}: the last record of RocksDB's manifest was torn, as a power loss does; it is left out, and nothing "
            "that was acknowledged is missing",
            folder.root.string());
        return ok();
    }
    if (auto back = (*cut)->undo(*folder.files); !back) return back;
    return damage(folder, cause, anchored);
}

// Opening for writing moves what the WAL holds into tables and throws the WAL away, also when a file is missing or a read brought
// less than is there. So one looks first, and a folder that is refused is left as it was.
Status look_first(const LogFolder &folder, const Store::Options &store_options, const AnchorState &anchored) {
    std::vector<Loss> losses;
    auto store = Store::open_to_look(store_options);
    if (!store && store.error().code == Code::data_corrupted)
        return look_past_torn_manifest(folder, store_options, store.error(), anchored);
    if (!store && store.error().code != Code::not_found) return damage(folder, store.error(), anchored);
    for (const Stream stream : {Stream::control, Stream::queries}) {
        const auto &at = anchored.of(stream);
        if (!store) {
            if (at.seq.value > 0) losses.push_back({stream, Seq{0}, at, "there is no database"});
            continue;
        }
        const Records records(**store);
        const auto found = records.newest(stream);
        if (!found) return damage(folder, found.error(), anchored);
        auto loss = compare(records, stream, *found, at);
        if (!loss) return damage(folder, loss.error(), anchored);
        if (loss->has_value()) losses.push_back(std::move(**loss));
    }
    return losses.empty() ? ok() : Status(refusal(folder, losses));
}

} // namespace

Result<std::optional<std::string>> stored_log_id(const Store &store) {
    return store.get(Family::meta, log_id_key);
}

Result<std::string> log_id_of(Store &store, const std::string &otherwise) {
    auto stored = stored_log_id(store);
    if (!stored) return std::move(stored).error();
    if (stored->has_value()) return std::move(**stored);
    auto id = otherwise.empty() ? make_log_id() : Result<std::string>(otherwise);
    if (!id) return id;
    Store::Batch batch;
    store.put(batch, Family::meta, log_id_key, *id);
    if (auto written = store.write(batch); !written) return std::move(written).error();
    return id;
}

Result<Recovered> recover_folder(const LogFolder &folder, Store::Options store_options) {
    if (auto prepared = folder.prepare(); !prepared) return std::move(prepared).error();
    auto lock = FolderLock::take(folder);
    if (!lock) return std::move(lock).error();
    // An anchor that cannot be read counts as lost: only a repair makes a new one.
    auto anchored = read_anchor(folder.anchor(), *folder.files);
    if (!anchored)
        return std::move(anchored).error().with(fmt::format(
            "restore it from a backup, or accept that it is lost with: xtn-audit repair --data {}", folder.root.string()));
    if (anchored->has_value())
        if (auto looked = look_first(folder, store_options, **anchored); !looked) return std::move(looked).error();
    auto store = Store::open(std::move(store_options));
    if (!store) return damage(folder, store.error(), anchored->value_or(AnchorState()));
    const auto known = anchored->value_or(AnchorState());
    auto log_id = log_id_of(**store);
    if (!log_id) return damage(folder, log_id.error(), known);

    AnchorState state{*log_id, Epoch{0}, {}, {}};
    std::vector<Loss> losses;
    const Records records(**store);
    const bool had_anchor = anchored->has_value();
    for (const Stream stream : {Stream::control, Stream::queries}) {
        auto found = records.newest(stream);
        if (!found) return damage(folder, found.error(), known);
        state.of(stream) = position(*found);
        state.epoch = std::max(state.epoch, found->epoch);
        if (had_anchor) {
            auto loss = compare(records, stream, *found, (*anchored)->of(stream));
            if (!loss) return damage(folder, loss.error(), known);
            if (loss->has_value()) losses.push_back(std::move(**loss));
        } else if (found->seq.value > 0) {
            losses.push_back({stream, found->seq, position(*found), "the anchor file is missing"});
        }
    }
    if (had_anchor) {
        state.epoch = std::max(state.epoch, (*anchored)->epoch);
        const bool another =
            (*anchored)->log_id != *log_id && ((*anchored)->control.seq.value > 0 || (*anchored)->queries.seq.value > 0);
        if (another && losses.empty())
            losses.push_back({Stream::control, state.control.seq, (*anchored)->control,
                              fmt::format("the anchor belongs to log {}, the database to log {}", (*anchored)->log_id, *log_id)});
    }
    if (!losses.empty()) return refusal(folder, losses);

    auto anchor = AnchorFile::open(folder.anchor(), *folder.files);
    if (!anchor) return std::move(anchor).error();
    if (auto moved = (*anchor)->write_through(state); !moved) return std::move(moved).error();
    return Recovered{std::move(*lock), std::move(*anchor), std::move(*store), std::move(state), {}};
}

} // namespace xtn
