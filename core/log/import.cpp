// The way back: a log of an export.
#include "core/event/blob_references.hpp"
#include "core/event/event_json.hpp"
#include "core/log/anchor.hpp"
#include "core/log/chain_check.hpp"
#include "core/log/export.hpp"
#include "core/log/export_frames.hpp"
#include "core/log/folder.hpp"
#include "core/log/records.hpp"
#include "core/log/store.hpp"

#include <boost/json/array.hpp>

#include <array>
#include <istream>
#include <set>

namespace xtn {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t records_at_once = 1000; // in one batch

Error damaged(std::string_view what) {
    return make_error(Code::data_corrupted, fmt::format("this is not a whole export: {}", what));
}

class SummingIn {
  public:
    explicit SummingIn(std::istream &in) : in_(in) {}
    // Up to and including the line's end. False: the input ends before.
    bool line(std::string &to) {
        to.clear();
        for (int c = in_.get(); c != std::istream::traits_type::eof() && to.size() < max_line_bytes; c = in_.get()) {
            to.push_back(static_cast<char>(c));
            if (c != '\n') continue;
            sum_ = sha256(view(sum_), to);
            return true;
        }
        return false;
    }
    bool bytes(std::string &to, std::size_t count) {
        to.resize(count);
        in_.read(to.data(), static_cast<std::streamsize>(count));
        return in_.gcount() == static_cast<std::streamsize>(count);
    }
    void add_frame(const std::string &head, const std::string &content) {
        sum_ = sha256(std::string(view(sum_)) + head, content);
    }
    const Sha256 &sum() const { return sum_; }
    bool at_end() { return in_.peek() == std::istream::traits_type::eof(); }

  private:
    static constexpr std::size_t max_line_bytes = std::size_t{64} << 10;
    std::istream &in_;
    Sha256 sum_{};
};

std::string text(const json::value &from, std::string_view name) {
    const auto *object = from.if_object();
    const auto *value = object == nullptr ? nullptr : object->if_contains(json::string_view(name.data(), name.size()));
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number(const json::value &from, std::string_view name) {
    const auto *object = from.if_object();
    const auto *value = object == nullptr ? nullptr : object->if_contains(json::string_view(name.data(), name.size()));
    return value != nullptr && value->is_int64() ? value->get_int64() : -1;
}

// The log's identity; refuses what this binary cannot make a whole log of.
Result<std::string> read_head(SummingIn &in) {
    std::string line;
    if (!in.line(line) || !line.starts_with("xtrinode-export ")) return damaged("it does not begin like one");
    if (line != frames::magic)
        return make_error(Code::unsupported, fmt::format("an export of another version: {}", line.substr(0, line.size() - 1)));
    if (!in.line(line)) return damaged("its head has no end");
    const auto head = parse_json(std::string_view(line).substr(0, line.size() - 1));
    if (!head) return damaged(head.error().message);
    if (number(*head, "log_format") != log_format)
        return make_error(Code::unsupported, fmt::format("it comes from a log of format {}, this binary knows {}",
                                                         number(*head, "log_format"), log_format));
    const auto *streams = head->get_object().if_contains("streams");
    std::set<std::string> whole;
    if (streams != nullptr && streams->is_array())
        for (const auto &stream : streams->get_array())
            if (number(stream, "from") == 1) whole.insert(text(stream, "name"));
    if (whole != std::set<std::string>{"control", "queries"})
        return make_error(Code::unsupported, "it holds only a part of a log; a log can be made of a whole one only");
    auto log_id = text(*head, "log_id");
    const auto bytes = from_hex(log_id);
    if (!bytes || bytes->size() != 16) return damaged("log_id");
    return log_id;
}

class Importer {
  public:
    Importer(SummingIn &in, Store &store, std::string log_id) : in_(in), store_(store) {
        state.log_id = std::move(log_id);
        store_.put(batch(), Family::meta, "log_id", state.log_id);
    }

    AnchorState state;
    Exported done;

    Status run() {
        std::string head;
        std::string content;
        while (true) {
            if (!in_.bytes(head, frames::header_bytes)) return damaged(fmt::format("it ends {}", place()));
            std::size_t length = 0;
            for (std::size_t i = 4; i > 0; --i)
                length = length << 8U | static_cast<unsigned char>(head[i]);
            if (length > frames::max_content_bytes) return damaged(fmt::format("a frame {} is too long", place()));
            if (!in_.bytes(content, length)) return damaged(fmt::format("it ends in a frame {}", place()));
            in_.add_frame(head, content);
            Status taken = ok();
            switch (head[0]) {
            case frames::blob:
                taken = take_blob(content);
                break;
            case frames::record:
                taken = take_record(content);
                break;
            case frames::end:
                return finish(content);
            default:
                return damaged(fmt::format("a frame of unknown kind {}", place()));
            }
            if (!taken) return taken;
        }
    }

  private:
    // Where we are, for messages.
    std::string place() const {
        return fmt::format("behind control event #{} and queries event #{}", checks_[0].head().seq.value,
                           checks_[1].head().seq.value);
    }
    Store::Batch &batch() {
        if (!pending_) pending_ = std::make_unique<Store::Batch>();
        return *pending_;
    }
    Status flush() {
        if (!pending_) return ok();
        auto written = store_.write(*pending_);
        pending_.reset();
        in_batch_ = 0;
        return written;
    }

    Status take_blob(const std::string &content) {
        const auto digest = Digest::of(content).hex;
        if (!blobs_.insert(digest).second) return damaged(fmt::format("a manifest twice, {}", place()));
        unnamed_.insert(digest);
        store_.put(batch(), Family::blobs, *from_hex(digest), content);
        ++done.blobs;
        return ok();
    }

    Status take_record(const std::string &record) {
        const auto header = decode_header(record);
        if (!header || (header->stream != 1 && header->stream != 2))
            return damaged(fmt::format("the record {}: {}", place(), header ? "of an unknown stream" : header.error().message));
        const Stream stream{header->stream};
        ChainCheck &check = checks_[header->stream - 1U];
        const Seq seq = check.head().seq.next();
        if (auto right = check.step(keys::event(stream, Seq{header->seq}), record); !right) return right;
        const auto event = decode_record(record);
        if (!event) return Error(event.error()).with(stream_name(stream));
        for (const auto &named : blob_references(*event)) {
            unnamed_.erase(named.digest.hex);
            if (!blobs_.contains(named.digest.hex))
                return corrupt_event(stream, seq, fmt::format("the export does not hold the manifest of {}", named.object));
        }
        store_.put(batch(), Family::events, keys::event(stream, seq), record);
        store_.put(batch(), Family::by_subject, keys::subject(stream, event->subject.text, seq), {});
        state.epoch = std::max(state.epoch, event->epoch);
        state.of(stream) = {seq, event->time, event->epoch, to_hex(view(record_chain(record)))};
        ++done.records;
        return ++in_batch_ < records_at_once ? ok() : flush();
    }

    Status finish(const std::string &content) {
        const auto end = parse_json(content);
        if (!end) return damaged(end.error().message);
        for (const Stream stream : {Stream::control, Stream::queries}) {
            const Head head = checks_[stream == Stream::control ? 0 : 1].head();
            const auto *said = end->is_object() ? end->get_object().if_contains(stream_name(stream)) : nullptr;
            if (said == nullptr || number(*said, "seq") != static_cast<std::int64_t>(head.seq.value) ||
                text(*said, "chain") != head.chain)
                return damaged(fmt::format("its end does not agree with {} event #{}, the last one in it", stream_name(stream),
                                           head.seq.value));
        }
        if (!unnamed_.empty()) return damaged(fmt::format("no event names the manifest {}", *unnamed_.begin()));
        std::string sum;
        if (!in_.bytes(sum, sha256_bytes) || sum != view(in_.sum()) || !in_.at_end()) return damaged("its checksum is wrong");
        return flush();
    }

    SummingIn &in_;
    Store &store_;
    std::array<ChainCheck, 2> checks_{ChainCheck(Stream::control, empty_head()), ChainCheck(Stream::queries, empty_head())};
    std::set<std::string> blobs_;   // digests that came
    std::set<std::string> unnamed_; // of those, the ones that no record named yet
    std::unique_ptr<Store::Batch> pending_;
    std::size_t in_batch_ = 0;
};

Result<Exported> import_into(std::istream &stream, const LogFolder &folder) {
    SummingIn in(stream);
    auto log_id = read_head(in);
    if (!log_id) return std::move(log_id).error();
    if (auto prepared = folder.prepare(); !prepared) return std::move(prepared).error();
    auto lock = FolderLock::take(folder);
    if (!lock) return std::move(lock).error();
    auto store = Store::open({folder.database(), nullptr, {}, 0});
    if (!store) return std::move(store).error();
    Importer importer(in, **store, std::move(*log_id));
    if (auto run = importer.run(); !run) return std::move(run).error();
    auto anchor = AnchorFile::open(folder.anchor());
    if (!anchor) return std::move(anchor).error();
    if (auto moved = (*anchor)->write_through(importer.state); !moved) return std::move(moved).error();
    return importer.done;
}

} // namespace

Result<Exported> import_log(std::istream &in, const fs::path &directory) {
    std::error_code error;
    const bool existed = fs::exists(directory, error);
    if (existed && !fs::is_empty(directory, error))
        return make_error(Code::already_exists,
                          fmt::format("{}: not empty; a log is made in a folder of its own", directory.string()));
    auto done = import_into(in, LogFolder{directory});
    if (!done) {
        for (const auto *name : {"db", "anchor", "FORMAT", "LOCK"})
            fs::remove_all(directory / name, error);
        if (!existed) fs::remove(directory, error);
    }
    return done;
}

} // namespace xtn
