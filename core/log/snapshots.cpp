#include "core/log/snapshots.hpp"

#include "core/base/hex.hpp"
#include "core/event/canonical.hpp"
#include "core/event/event_json.hpp"
#include "core/log/keys.hpp"
#include "core/log/record.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <variant>
#include <vector>

namespace xtn {

namespace json = boost::json;

namespace {

std::string text_of(const json::object &from, std::string_view name) {
    const auto *value = from.if_contains(json::string_view(name.data(), name.size()));
    return value != nullptr && value->is_string() ? std::string(value->get_string().data(), value->get_string().size()) : "";
}
std::uint64_t number_of(const json::object &from, std::string_view name) {
    const auto *value = from.if_contains(json::string_view(name.data(), name.size()));
    return value != nullptr && value->is_int64() && value->get_int64() >= 0 ? static_cast<std::uint64_t>(value->get_int64()) : 0;
}

// The chain value of a control event; empty: there is none.
Result<std::string> chain_at(const Store &store, Seq seq) {
    auto record = store.get(Family::events, keys::event(Stream::control, seq));
    if (!record) return std::move(record).error();
    if (!record->has_value() || !decode_header(**record)) return std::string();
    return to_hex(view(record_chain(**record)));
}

// Numbers of the snapshots of a kind that have a header, newest first.
Result<std::vector<Seq>> with_header(const Store &store, std::string_view of) {
    std::vector<Seq> found;
    auto cursor = store.cursor(Family::snapshots);
    for (cursor.seek(""); cursor.valid(); cursor.next())
        if (const auto key = keys::parse_snapshot(cursor.key()); key && key->piece == 0 && key->of == of)
            found.push_back(key->seq);
    if (auto status = cursor.status(); !status) return std::move(status).error();
    std::reverse(found.begin(), found.end());
    return found;
}

struct Refused {
    std::string why;
};

// The snapshot at `seq`, or why it does not count.
Result<std::variant<Snapshot, Refused>> read(const Store &store, Seq seq, const KeptAs &as) {
    using Answer = std::variant<Snapshot, Refused>;
    auto header_text = store.get(Family::snapshots, keys::snapshot(seq, 0, as.of));
    if (!header_text) return std::move(header_text).error();
    const auto parsed = parse_json(header_text->value_or(""));
    const auto *header = parsed ? parsed->if_object() : nullptr;
    if (header == nullptr) return Answer(Refused{"its header is damaged"});
    if (const auto format = number_of(*header, "format"); format != static_cast<std::uint64_t>(snapshot_format))
        return Answer(Refused{fmt::format("it has format {}, this binary reads {}", format, snapshot_format)});
    if (const auto said = text_of(*header, "version"); said != as.version)
        return Answer(Refused{fmt::format("its state is of version '{}', this binary's of '{}'", said, as.version)});
    const auto chain = chain_at(store, seq);
    if (!chain) return chain.error();
    if (chain->empty() || text_of(*header, "chain") != *chain) return Answer(Refused{"it belongs to another history"});
    Snapshot snapshot{seq, as, {}};
    const auto pieces = number_of(*header, "pieces");
    for (std::uint64_t piece = 1; piece <= pieces; ++piece) {
        auto bytes = store.get(Family::snapshots, keys::snapshot(seq, static_cast<std::uint32_t>(piece), as.of));
        if (!bytes && bytes.error().code != Code::data_corrupted) return std::move(bytes).error();
        if (!bytes || !bytes->has_value()) return Answer(Refused{fmt::format("piece {} of {} cannot be read", piece, pieces)});
        snapshot.state += **bytes;
    }
    if (snapshot.state.size() != number_of(*header, "bytes") || Digest::of(snapshot.state).hex != text_of(*header, "sha256"))
        return Answer(Refused{"its bytes are not those that were written"});
    return Answer(std::move(snapshot));
}

} // namespace

Result<SnapshotLookup> Snapshots::newest(const KeptAs &as, Seq at_most) const {
    const auto all = with_header(*store_, as.of);
    if (!all) return all.error();
    SnapshotLookup lookup;
    for (const auto seq : *all) {
        if (seq > at_most) continue;
        auto answer = read(*store_, seq, as);
        if (!answer) return std::move(answer).error();
        if (auto *found = std::get_if<Snapshot>(&*answer)) {
            lookup.found = std::move(*found);
            return lookup;
        }
        lookup.passed_over.push_back(
            fmt::format("snapshot{} at #{}: {}", as.of.empty() ? "" : " of " + as.of, seq.value, std::get<Refused>(*answer).why));
    }
    return lookup;
}

Status Snapshots::keep(const Snapshot &snapshot) {
    const auto chain = chain_at(*store_, snapshot.seq);
    if (!chain) return chain.error();
    if (chain->empty()) return make_error(Code::not_found, fmt::format("there is no event #{}", snapshot.seq.value));
    const auto &of = snapshot.as.of;
    const auto before = with_header(*store_, of);
    if (!before) return before.error();

    std::uint32_t pieces = 0;
    for (std::size_t from = 0; from < snapshot.state.size(); from += snapshot_piece) {
        Store::Batch batch;
        store_->put(batch, Family::snapshots, keys::snapshot(snapshot.seq, ++pieces, of),
                    std::string_view(snapshot.state).substr(from, snapshot_piece));
        if (auto written = store_->write_cache(batch); !written) return written;
    }
    const json::object header{{"format", snapshot_format},
                              {"version", snapshot.as.version},
                              {"chain", *chain},
                              {"pieces", std::int64_t{pieces}},
                              {"bytes", static_cast<std::int64_t>(snapshot.state.size())},
                              {"sha256", Digest::of(snapshot.state).hex}};
    Store::Batch batch;
    store_->put(batch, Family::snapshots, keys::snapshot(snapshot.seq, 0, of), canonical_json_or_throw(header));
    // Of this kind everything but the newest ones goes: older ones, and pieces that lost their header, or never got one, to a
    // crash.
    std::vector<Seq> keep{snapshot.seq};
    for (const auto seq : *before)
        if (seq < snapshot.seq && keep.size() < kept_snapshots) keep.push_back(seq);
    auto cursor = store_->cursor(Family::snapshots);
    for (cursor.seek(""); cursor.valid(); cursor.next()) {
        const auto key = keys::parse_snapshot(cursor.key());
        if (key && key->of != of) continue;
        const bool stays = key && std::find(keep.begin(), keep.end(), key->seq) != keep.end() &&
                           (key->seq != snapshot.seq || key->piece <= pieces);
        if (!stays) store_->erase(batch, Family::snapshots, cursor.key());
    }
    if (auto status = cursor.status(); !status) return status;
    if (auto written = store_->write_cache(batch); !written) return written;
    return store_->settle_cache();
}

} // namespace xtn
