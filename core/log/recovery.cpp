#include "core/log/recovery.hpp"

#include "core/base/hex.hpp"
#include "core/log/records.hpp"

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

Result<std::string> log_id_of(Store &store) {
    auto stored = stored_log_id(store);
    if (!stored) return std::move(stored).error();
    if (stored->has_value()) return std::move(**stored);
    auto id = make_log_id();
    if (!id) return id;
    Store::Batch batch;
    store.put(batch, Family::meta, log_id_key, *id);
    if (auto written = store.write(batch); !written) return std::move(written).error();
    return id;
}

// What is wrong with one stream, given what the anchor says.
std::optional<Loss> compare(const Records &records, Stream stream, const Head &found, const AnchorPosition &anchored) {
    if (found.seq < anchored.seq) return Loss{stream, found.seq, anchored, "the events in between are missing"};
    const Head at{anchored.seq, anchored.epoch, anchored.time, anchored.chain};
    if (auto same = records.continues(stream, at); !same) return Loss{stream, found.seq, anchored, same.error().message};
    return std::nullopt;
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

} // namespace

Result<std::optional<std::string>> stored_log_id(const Store &store) {
    return store.get(Family::meta, log_id_key);
}

Result<Recovered> recover_folder(const LogFolder &folder, Store::Options store_options, bool accept_loss) {
    if (auto prepared = folder.prepare(); !prepared) return std::move(prepared).error();
    auto lock = FolderLock::take(folder);
    if (!lock) return std::move(lock).error();
    // An anchor that cannot be read counts as lost: only a repair makes a new one.
    auto anchored = read_anchor(folder.anchor());
    if (!anchored) {
        if (!accept_loss)
            return std::move(anchored).error().with("restore it from a backup, or accept that it is lost with xtn-audit repair");
        std::error_code ignored;
        std::filesystem::rename(folder.anchor(), std::filesystem::path(folder.anchor()).concat(".damaged"), ignored);
        anchored = std::optional<AnchorState>();
    }
    auto store = Store::open(std::move(store_options));
    if (!store) return std::move(store).error();
    auto log_id = log_id_of(**store);
    if (!log_id) return std::move(log_id).error();

    AnchorState state{*log_id, Epoch{0}, {}, {}};
    std::vector<Loss> losses;
    const Records records(**store);
    const bool had_anchor = anchored->has_value();
    for (const Stream stream : {Stream::control, Stream::queries}) {
        auto found = records.newest(stream);
        if (!found) return std::move(found).error();
        state.of(stream) = position(*found);
        state.epoch = std::max(state.epoch, found->epoch);
        if (had_anchor) {
            if (auto loss = compare(records, stream, *found, (*anchored)->of(stream))) losses.push_back(std::move(*loss));
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
    if (!losses.empty() && !accept_loss) return refusal(folder, losses);

    auto anchor = AnchorFile::open(folder.anchor());
    if (!anchor) return std::move(anchor).error();
    if (losses.empty())
        if (auto moved = (*anchor)->write_through(state); !moved) return std::move(moved).error();
    return Recovered{std::move(*lock), std::move(*anchor), std::move(*store), std::move(state), std::move(losses)};
}

} // namespace xtn
