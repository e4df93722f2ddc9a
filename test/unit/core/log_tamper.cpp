// What somebody does who changes a stopped control plane's log behind its back; for test/integration/test_tampering.py.
//
//   log_tamper FOLDER remove STREAM SEQ        takes a record away
//   log_tamper FOLDER flip STREAM SEQ          changes a byte of a record's payload
//   log_tamper FOLDER swap-blob DIGEST         puts another content in the place of a manifest
//   log_tamper FOLDER append TYPE must|may     appends an event as a newer binary would: sound, but of a type or version of its
//   own
#include "core/base/hex.hpp"
#include "core/log/keys.hpp"
#include "core/log/record.hpp"
#include "core/log/records.hpp"
#include "core/log/store.hpp"
#include "raw_database.hpp"

#include <charconv>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace xtn;

namespace {

std::string key_of(std::string_view stream, std::string_view digits) {
    const auto parsed = parse_stream(stream);
    Seq seq;
    if (!parsed || std::from_chars(digits.data(), digits.data() + digits.size(), seq.value).ec != std::errc())
        throw std::runtime_error("no event");
    return keys::event(*parsed, seq);
}

// Returns its number.
Seq append(const std::filesystem::path &folder, const std::string &type, bool must_understand) {
    EventDraft draft;
    draft.type = "log.genesis/1"; // passes the catalogue, then gives way to `type`
    draft.subject = Subject::cluster();
    draft.source = "newer";
    draft.payload = {{"format", 1}, {"log_id", "of a newer binary"}};
    auto encoded = encode_draft(Stream::control, draft);
    if (!encoded) throw std::runtime_error(encoded.error().message);
    std::string record = std::move(*encoded);
    RecordHeader header;
    const auto put_header = [&] { record.replace(0, sizeof header, reinterpret_cast<const char *>(&header), sizeof header); };
    header = decode_header(record).value();
    record.replace(sizeof header, header.type_bytes, type);
    header.type_bytes = static_cast<std::uint16_t>(type.size());
    header.flags = must_understand ? RecordHeader::flag_must_understand : 0;
    put_header();

    auto store = Store::open({folder / "db", nullptr, {}, 0});
    if (!store) throw std::runtime_error(store.error().message);
    const auto head = Records(**store).newest(Stream::control);
    if (!head) throw std::runtime_error(head.error().message);
    Sha256 chain{};
    const auto bytes = from_hex(head->chain);
    std::copy(bytes->begin(), bytes->end(), chain.begin());
    const Seq seq = head->seq.next();
    seal_record(record, {seq, head->time, head->epoch, {}}, chain);
    Store::Batch batch;
    (*store)->put(batch, Family::events, keys::event(Stream::control, seq), record);
    (*store)->put(batch, Family::by_subject, keys::subject(Stream::control, "cluster", seq), {});
    if (auto written = (*store)->write(batch); !written) throw std::runtime_error(written.error().message);
    return seq;
}

int run(const std::vector<std::string> &arguments) {
    const std::filesystem::path folder = arguments.at(0);
    const auto &operation = arguments.at(1);
    if (operation == "remove") {
        logtest::remove_value(folder, "events", key_of(arguments.at(2), arguments.at(3)));
    } else if (operation == "flip") {
        logtest::change_value(folder, "events", key_of(arguments.at(2), arguments.at(3)), [](std::string record) {
            const auto at = record.size() - sha256_bytes - 2;
            record[at] = static_cast<char>(record[at] ^ 1);
            return record;
        });
    } else if (operation == "swap-blob") {
        logtest::change_value(folder, "blobs", from_hex(arguments.at(2)).value(),
                              [](const std::string &) { return std::string("somebody else's"); });
    } else if (operation == "append") {
        std::printf("%llu\n", static_cast<unsigned long long>(append(folder, arguments.at(2), arguments.at(3) == "must").value));
    } else {
        throw std::runtime_error("there is no operation " + operation);
    }
    return 0;
}

} // namespace

int main(int count, char **arguments) {
    try {
        return run({arguments + 1, arguments + count});
    } catch (const std::exception &e) {
        std::fprintf(stderr, "log_tamper: %s\n", e.what());
        return 1;
    }
}
