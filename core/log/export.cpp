#include "core/log/export.hpp"

#include "core/event/canonical.hpp"
#include "core/log/chain_check.hpp"
#include "core/log/export_frames.hpp"
#include "core/log/records.hpp"
#include "core/log/side.hpp"

#include <boost/json/array.hpp>

#include <ostream>
#include <set>

namespace xtn {

namespace json = boost::json;

namespace {

// Every piece that goes out is chained to the one before; the last 32 bytes are the sum of all.
class SummingOut {
  public:
    explicit SummingOut(std::ostream &out) : out_(out) {}
    void line(std::string_view text) {
        write(text);
        sum_ = sha256(view(sum_), text);
    }
    void frame(char kind, std::string_view content) {
        std::string head(1, kind);
        for (unsigned shift = 0; shift < 32; shift += 8)
            head.push_back(static_cast<char>(content.size() >> shift & 0xff));
        write(head);
        write(content);
        sum_ = sha256(std::string(view(sum_)) + head, content);
    }
    Status finish() {
        write(view(sum_));
        out_.flush();
        return out_ ? ok() : Status(make_error(Code::unavailable, "the export cannot be written: no more is taken"));
    }
    bool failed() const { return !out_; }

  private:
    void write(std::string_view bytes) { out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size())); }

    std::ostream &out_;
    Sha256 sum_{};
};

struct Range {
    Stream stream;
    Head before; // of `from`
    Seq from;
    Seq to;
};

Result<Range> resolve(const Side &side, const ExportRange &asked) {
    const Seq head = side.state.of(asked.stream).seq;
    Range range{asked.stream, empty_head(), std::max(asked.from, Seq{1}), asked.to.value == 0 ? head : asked.to};
    if (range.to > head || range.from > head.next())
        return make_error(Code::not_found, fmt::format("the {} stream holds #1 to #{}, not #{}", stream_name(asked.stream),
                                                       head.value, std::max(range.from, range.to).value));
    if (range.from > range.to.next())
        return make_error(Code::invalid_argument, fmt::format("#{} is behind #{}", range.from.value, range.to.value));
    auto before = Records(*side.store).at(asked.stream, Seq{range.from.value - 1});
    if (!before) return std::move(before).error();
    range.before = std::move(*before);
    return range;
}

json::object head_json(const Head &head) {
    return {{"chain", head.chain}, {"seq", head.seq.value}};
}

} // namespace

Result<std::string> chain_at(const std::filesystem::path &directory, Stream stream, Seq seq) {
    const auto side = open_side(directory);
    if (!side) return side.error();
    // It stands before the event behind.
    auto range = resolve(*side, {stream, seq.next(), side->state.of(stream).seq});
    if (!range) return std::move(range).error();
    return std::move(range->before.chain);
}

Result<Exported> export_log(const std::filesystem::path &directory, std::vector<ExportRange> ranges, std::string_view release,
                            std::ostream &stream, const std::function<void(std::uint64_t)> &progress) {
    const auto side = open_side(directory);
    if (!side) return side.error();
    if (ranges.empty()) ranges = {{Stream::control, {}, {}}, {Stream::queries, {}, {}}};
    std::vector<Range> resolved;
    json::array listed;
    for (const auto &asked : ranges) {
        auto range = resolve(*side, asked);
        if (!range) return std::move(range).error();
        listed.push_back(json::object{{"chain", range->before.chain},
                                      {"from", range->from.value},
                                      {"name", std::string(stream_name(range->stream))},
                                      {"to", range->to.value}});
        resolved.push_back(std::move(*range));
    }
    SummingOut out(stream);
    out.line(frames::magic);
    out.line(
        canonical_json_or_throw(json::object{
            {"log_format", log_format}, {"log_id", side->state.log_id}, {"release", release}, {"streams", std::move(listed)}}) +
        "\n");
    Exported done;
    json::object end;
    std::set<std::string> blobs_written;
    const Records records(*side->store);
    for (const auto &range : resolved) {
        ChainCheck check(range.stream, range.before);
        auto cursor = side->store->cursor(Family::events);
        for (cursor.seek(keys::event(range.stream, range.from)); cursor.valid() && check.head().seq < range.to; cursor.next()) {
            if (cursor.key().front() != static_cast<char>(range.stream)) break;
            if (auto right = check.step(cursor.key(), cursor.value()); !right) return std::move(right).error();
            const auto blobs = blobs_named_by(cursor.value());
            if (!blobs) return corrupt_event(range.stream, check.head().seq, blobs.error().message);
            for (const auto &named : *blobs) {
                if (!blobs_written.insert(named.digest.hex).second) continue;
                const auto content = records.blob(named.digest);
                if (!content)
                    return corrupt_event(range.stream, check.head().seq,
                                         fmt::format("the manifest of {}: {}", named.object, content.error().message));
                out.frame(frames::blob, *content);
                ++done.blobs;
            }
            out.frame(frames::record, cursor.value());
            if (out.failed()) return out.finish().error();
            ++done.records;
            if (progress) progress(done.records);
        }
        if (auto status = cursor.status(); !status) return std::move(status).error();
        if (check.head().seq < range.to) return corrupt_event(range.stream, check.head().seq.next(), "missing");
        end[stream_name(range.stream)] = head_json(check.head());
    }
    end["records"] = done.records;
    end["blobs"] = done.blobs;
    out.frame(frames::end, canonical_json_or_throw(end));
    if (auto finished = out.finish(); !finished) return std::move(finished).error();
    return done;
}

} // namespace xtn
