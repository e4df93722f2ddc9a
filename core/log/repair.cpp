#include "core/log/repair.hpp"

#include "core/log/chain_check.hpp"
#include "core/log/records.hpp"
#include "core/log/rewrite.hpp"
#include "core/log/torn_manifest.hpp"
#include "core/log/verify_content.hpp"

#include <array>

namespace xtn {

namespace {

namespace fs = std::filesystem;

constexpr std::array streams{Stream::control, Stream::queries};

Error file_error(const fs::path &file, const std::error_code &error) {
    return make_error(Code::unavailable, fmt::format("{}: {}", file.string(), error.message()));
}

// RocksDB never changes a table or blob file once it is written: a link to it is as good as a copy and costs nothing. All else is
// copied.
Status copy_database(const fs::path &from, const fs::path &to) {
    std::error_code error;
    fs::remove_all(to, error);
    fs::create_directories(to, error);
    if (error) return file_error(to, error);
    for (const auto &entry : fs::directory_iterator(from, error)) {
        if (!entry.is_regular_file() || entry.path().filename() == "LOCK") continue;
        const auto target = to / entry.path().filename();
        const auto extension = entry.path().extension();
        if (extension == ".sst" || extension == ".blob") {
            fs::create_hard_link(entry.path(), target, error);
            if (!error) continue;
            error.clear(); // a file system without links
        }
        fs::copy_file(entry.path(), target, error);
        if (error) return file_error(target, error);
    }
    return error ? Status(file_error(from, error)) : ok();
}

// A name that no earlier repair took.
fs::path kept_name(const LogFolder &folder) {
    for (int i = 1;; ++i) {
        auto name = folder.root / fmt::format("db.damaged-{}", i);
        if (!fs::exists(name)) return name;
    }
}

struct Soundness {
    Head database; // newest record held
    Head sound;
    std::string why; // nothing: all records up to the newest are right
};

// Walks one stream from its first event. A record that the disk does not give ends it like one that is wrong.
Result<Soundness> walk(const Store &store, Stream stream) {
    Soundness out{empty_head(), empty_head(), {}};
    ChainCheck check(stream, empty_head());
    auto cursor = store.cursor(Family::events);
    for (cursor.seek(keys::event(stream, Seq{1})); cursor.valid() && cursor.key().front() == static_cast<char>(stream);
         cursor.next()) {
        if (auto right = check.step(cursor.key(), cursor.value()); !right) {
            out.why = right.error().message;
            break;
        }
    }
    if (auto status = cursor.status(); !status) {
        if (status.error().code != Code::data_corrupted) return status.error();
        out.why = fmt::format("{} event #{} cannot be read: {}", stream_name(stream), check.head().seq.value + 1,
                              status.error().message);
    }
    out.sound = check.head();
    out.database = out.sound;
    if (out.why.empty()) return out;
    cursor.seek_for_prev(keys::event(stream, Seq{~std::uint64_t{0}}));
    const auto last = cursor.valid() ? keys::event_seq(cursor.key()) : std::nullopt;
    if (last && cursor.key().front() == static_cast<char>(stream) && *last > out.sound.seq) {
        out.database = {*last, {}, {}, std::string(2 * sha256_bytes, '0')};
        if (const auto header = decode_header(cursor.value()); header) out.database = head_at(*header, cursor.value());
        out.database.seq = *last; // whatever the record calls itself
    }
    return out;
}

Head head_of(const AnchorPosition &at) {
    return {at.seq, at.epoch, at.time, at.chain};
}

// What the stored records and the anchor say about one stream; nothing: they agree. `cut`: records are held that must go.
Result<std::optional<StreamDamage>> examine(const Store &store, Stream stream, const std::optional<AnchorState> &anchored,
                                            bool same_log, Head &sound, bool &cut) {
    const auto walked = walk(store, stream);
    if (!walked) return walked.error();
    sound = walked->sound;
    cut = cut || !walked->why.empty();
    StreamDamage damage{stream, walked->database, std::nullopt, walked->sound, walked->why};
    if (!anchored) {
        if (damage.why.empty() && walked->database.seq.value > 0) damage.why = "there is no anchor to say what was acknowledged";
    } else {
        damage.anchored = head_of(anchored->of(stream));
        const Head &at = *damage.anchored;
        if (damage.why.empty() && at.seq > walked->sound.seq)
            damage.why = "the events in between are missing";
        else if (damage.why.empty() && at.seq.value > 0) {
            auto record = store.get(Family::events, keys::event(stream, at.seq));
            if (!record) return std::move(record).error();
            if (!record->has_value() || to_hex(view(record_chain(**record))) != at.chain)
                damage.why = fmt::format("event #{} is not the one that was acknowledged under this number (another history)",
                                         at.seq.value);
            else if (!same_log)
                damage.why = "the anchor belongs to another log";
        } else if (damage.why.empty() && !same_log && stream == Stream::control) {
            damage.why = "the anchor belongs to another log";
        }
    }
    if (damage.why.empty()) return std::optional<StreamDamage>();
    return std::optional<StreamDamage>(std::move(damage));
}

struct Examined {
    Damage damage;
    std::array<Head, 2> sound; // control, queries
    Epoch newest;              // of any record held
    bool cut = false;          // records are held behind the sound ones
    bool stale_index = false;  // it names events that are not held
    bool empty = false;        // there is no database at all
    bool rewrite() const {
        return cut || stale_index || !damage.database.empty() || !damage.manifests.empty() || !damage.index.empty();
    }
    bool whole() const { return damage.streams.empty() && !rewrite(); }
    std::array<Seq, 2> ends() const { return {sound[0].seq, sound[1].seq}; }
};

Result<Examined> examine(const Store &store, const std::optional<AnchorState> &anchored) {
    Examined out;
    auto log_id = stored_log_id(store);
    if (!log_id && log_id.error().code != Code::data_corrupted) return std::move(log_id).error();
    if (!log_id) {
        out.damage.database = log_id.error().message;
        log_id = std::optional<std::string>(); // the anchor has it, too
    }
    const bool nothing_anchored = !anchored || (anchored->control.seq.value == 0 && anchored->queries.seq.value == 0);
    const bool same_log = nothing_anchored || !log_id->has_value() || **log_id == anchored->log_id;
    for (std::size_t i = 0; i < streams.size(); ++i) {
        auto damage = examine(store, streams[i], anchored, same_log, out.sound[i], out.cut);
        if (!damage) return std::move(damage).error();
        out.newest = std::max(out.newest, out.sound[i].epoch);
        if (!damage->has_value()) continue;
        out.newest = std::max(out.newest, (*damage)->database.epoch);
        out.damage.streams.push_back(std::move(**damage));
    }
    return out;
}

// The database as it is or, when it does not open, what RocksDB can make of a copy. `damaged`: why it does not open.
Result<std::unique_ptr<Store>> open_what_there_is(const LogFolder &folder, const Store::Options &options,
                                                  const fs::path &salvaged, std::string &damaged) {
    // A look writes nothing into the database.
    auto look = Store::open_to_look(options);
    if (look || look.error().code != Code::data_corrupted) return look;
    damaged = look.error().message;
    if (auto copied = copy_database(folder.database(), salvaged); !copied) return std::move(copied).error();
    const auto cut = mend_torn_manifest(*folder.files, {salvaged, options.env, {}, 0});
    if (!cut) return cut.error();
    if (cut->has_value()) return Store::open_skipping_damage(salvaged);
    // Each way needs a copy of its own: an attempt that fails leaves its copy changed.
    for (const auto way : {&Store::open_skipping_damage, &Store::open_rebuilt, &Store::open_tables}) {
        if (auto copied = copy_database(folder.database(), salvaged); !copied) return std::move(copied).error();
        look = way(salvaged);
        if (look) break;
    }
    return look;
}

Result<Examined> examine_all(const Store &store, const std::optional<AnchorState> &anchored) {
    auto out = examine(store, anchored);
    if (!out) return out;
    const auto blobs = check_blobs(store, out->ends());
    if (!blobs) return blobs.error();
    for (const auto &lost : blobs->damaged)
        out->damage.manifests.push_back({lost.digest, lost.event, lost.subject, lost.object, lost.text()});
    const auto index = check_index(store, out->ends());
    if (!index) return index.error();
    out->damage.index = index->damage;
    out->stale_index = index->behind > 0;
    if (!blobs->unreadable.empty()) out->damage.database = blobs->unreadable;
    return out;
}

// Without a database: all that was acknowledged is lost.
Examined nothing_left(const std::optional<AnchorState> &anchored) {
    Examined out;
    out.empty = true;
    out.sound = {empty_head(), empty_head()};
    for (const Stream stream : streams)
        if (anchored && anchored->of(stream).seq.value > 0)
            out.damage.streams.push_back(
                {stream, empty_head(), head_of(anchored->of(stream)), empty_head(), "there is no database"});
    return out;
}

// A database of what is sound in the place of the damaged one, which is kept beside it. Closes `look`.
Status replace_database(const LogFolder &folder, const Store::Options &options, std::unique_ptr<Store> look,
                        const Examined &examined) {
    const auto fresh = folder.root / "db.repaired";
    std::error_code error;
    fs::remove_all(fresh, error); // of a repair that did not end
    if (error) return file_error(fresh, error);
    {
        auto to = Store::open({fresh, options.env, {}, 0});
        if (!to) return std::move(to).error();
        if (auto copied = copy_sound(*look, **to, examined.ends()); !copied) return copied;
    }
    look.reset();
    return swap_in(*folder.files, fresh, folder.database(), examined.damage.kept);
}

} // namespace

Result<Recovered> repair_folder(const LogFolder &folder, Store::Options store_options,
                                const std::function<Status(const Damage &)> &accept) {
    if (auto known = folder.check_format(); !known) return std::move(known).error();
    auto lock = FolderLock::take(folder);
    if (!lock) return std::move(lock).error();
    auto read = read_anchor(folder.anchor(), *folder.files);
    if (!read && read.error().code != Code::data_corrupted) return std::move(read).error();
    const bool anchor_damaged = !read;
    const auto anchored = read ? *read : std::optional<AnchorState>();

    const auto salvaged = folder.root / "db.salvaged";
    std::string unopened;
    auto look = open_what_there_is(folder, store_options, salvaged, unopened);
    if (!look && look.error().code != Code::not_found) return std::move(look).error();
    auto examined = look ? examine_all(**look, anchored) : Result<Examined>(nothing_left(anchored));
    if (!examined) return std::move(examined).error();
    Damage &damage = examined->damage;
    if (!unopened.empty()) damage.database = unopened;
    damage.kept = kept_name(folder);
    std::error_code error;
    if (!examined->whole())
        if (auto accepted = accept(damage); !accepted) {
            look = make_error(Code::cancelled, "not accepted"); // closes it
            fs::remove_all(salvaged, error);                    // at most leaves a copy behind, which the next repair makes anew
            return std::move(accepted).error();
        }

    if (examined->empty && fs::exists(folder.database()) && folder.files->rename(folder.database(), damage.kept) != 0)
        return plain_file_error(folder.database(), "put aside");
    if (look && examined->rewrite()) {
        if (auto replaced = replace_database(folder, store_options, std::move(*look), *examined); !replaced)
            return std::move(replaced).error();
    } else if (look) {
        look->reset();
    }
    fs::remove_all(salvaged, error);
    if (anchor_damaged) fs::rename(folder.anchor(), fs::path(folder.anchor()).concat(".damaged"), error);

    auto store = Store::open(std::move(store_options));
    if (!store) return std::move(store).error();
    // What was salvaged may lack its name.
    auto log_id = log_id_of(**store, !examined->empty && anchored ? anchored->log_id : std::string());
    if (!log_id) return std::move(log_id).error();
    Recovered out;
    out.state.log_id = std::move(*log_id);
    out.state.epoch = std::max(examined->newest, anchored ? anchored->epoch : Epoch{0});
    for (std::size_t i = 0; i < streams.size(); ++i) {
        const Head &sound = examined->sound[i];
        out.state.of(streams[i]) = {sound.seq, sound.time, sound.epoch, sound.chain};
    }
    auto anchor = AnchorFile::open(folder.anchor(), *folder.files);
    if (!anchor) return std::move(anchor).error();
    if (damage.streams.empty() && damage.manifests.empty())
        if (auto moved = (*anchor)->write_through(out.state); !moved) return std::move(moved).error();
    out.lock.emplace(std::move(*lock));
    out.anchor = std::move(*anchor);
    out.store = std::move(*store);
    out.damage = std::move(damage);
    return out;
}

} // namespace xtn
