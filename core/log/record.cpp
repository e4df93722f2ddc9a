#include "core/log/record.hpp"

#include "core/event/catalogue.hpp"
#include "core/event/event_json.hpp"
#include "core/event/payload_text.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <array>
#include <cstring>
#include <memory>
#include <utility>

namespace xtn {

namespace json = boost::json;

namespace {

std::size_t body_bytes(const RecordHeader &h) {
    return sizeof(RecordHeader) + h.type_bytes + h.subject_bytes + h.source_bytes + h.actor_bytes + h.correlation_bytes +
           h.payload_bytes;
}

Error corrupt(std::string_view what) {
    return make_error(Code::data_corrupted, fmt::format("stored record: {}", what));
}

// Returns the text of the payload. Errors: data_corrupted, unsupported.
Result<std::string_view> decode_all_but_payload(std::string_view record, Event &event) {
    const auto decoded = decode_header(record);
    if (!decoded) return decoded.error();
    const RecordHeader &header = *decoded;
    std::size_t at = sizeof header;
    const auto next = [&](std::size_t length) {
        const auto part = record.substr(at, length);
        at += length;
        return part;
    };
    event.seq = Seq{header.seq};
    event.time = Timestamp{header.time};
    event.epoch = Epoch{header.epoch};
    event.cause.reset();
    if (header.cause != 0) event.cause = Seq{header.cause};
    event.type = next(header.type_bytes);
    event.stored_type.clear();
    event.subject.text = next(header.subject_bytes);
    event.source = next(header.source_bytes);
    event.actor = next(header.actor_bytes);
    event.correlation = next(header.correlation_bytes);
    if ((header.flags & RecordHeader::flag_must_understand) != 0 && !understood(event))
        return make_error(Code::unsupported,
                          fmt::format("event #{} is of type {}, which this binary does not know and must not skip; use the "
                                      "newer binary that wrote it",
                                      header.seq, event.type));
    return next(header.payload_bytes);
}

} // namespace

Result<std::string> encode_draft(Stream stream, const EventDraft &draft) {
    constexpr std::size_t usual_payload_bytes = 400;
    std::string record;
    record.reserve(sizeof(RecordHeader) + draft.type.size() + draft.subject.text.size() + draft.source.size() +
                   draft.actor.size() + draft.correlation.size() + usual_payload_bytes + sha256_bytes);
    record.resize(sizeof(RecordHeader));
    record += draft.type;
    record += draft.subject.text;
    record += draft.source;
    record += draft.actor;
    record += draft.correlation;
    const std::size_t before_payload = record.size();
    if (auto checked = append_checked_payload(record, draft); !checked) return std::move(checked).error();
    const EventTypeInfo *info = find_event_type(std::string_view(draft.type).substr(0, draft.type.rfind('/')));
    if (info->stream != stream)
        return make_error(Code::invalid_argument, fmt::format("{} belongs into stream {}, not {}", draft.type,
                                                              stream_name(info->stream), stream_name(stream)));
    RecordHeader header;
    header.flags = info->must_understand ? RecordHeader::flag_must_understand : 0;
    header.stream = static_cast<std::uint8_t>(stream);
    header.type_bytes = static_cast<std::uint16_t>(draft.type.size());
    header.subject_bytes = static_cast<std::uint16_t>(draft.subject.text.size());
    header.source_bytes = static_cast<std::uint16_t>(draft.source.size());
    header.actor_bytes = static_cast<std::uint16_t>(draft.actor.size());
    header.correlation_bytes = static_cast<std::uint8_t>(draft.correlation.size());
    header.payload_bytes = static_cast<std::uint32_t>(record.size() - before_payload);
    std::memcpy(record.data(), &header, sizeof header);
    record.append(sha256_bytes, '\0');
    return record;
}

Sha256 seal_record(std::string &record, const RecordNumbers &numbers, const Sha256 &previous_chain) {
    RecordHeader header;
    std::memcpy(&header, record.data(), sizeof header);
    header.seq = numbers.seq.value;
    header.time = numbers.time.nanos;
    header.epoch = numbers.epoch.value;
    header.cause = numbers.cause ? numbers.cause->value : 0;
    std::memcpy(record.data(), &header, sizeof header);
    const Sha256 chain = sha256(view(previous_chain), record_body(record));
    std::memcpy(record.data() + record.size() - sha256_bytes, chain.data(), sha256_bytes);
    return chain;
}

Result<RecordHeader> decode_header(std::string_view record) {
    if (record.size() < sizeof(RecordHeader) + sha256_bytes) return corrupt(fmt::format("only {} bytes long", record.size()));
    RecordHeader header;
    std::memcpy(&header, record.data(), sizeof header);
    if (header.version != record_version)
        return corrupt(fmt::format("version {}, this binary reads version {}", header.version, record_version));
    if (body_bytes(header) + sha256_bytes != record.size())
        return corrupt(fmt::format("{} bytes long, its header says {}", record.size(), body_bytes(header) + sha256_bytes));
    return header;
}

Result<Event> decode_record(std::string_view record, std::span<const Upcaster> steps) {
    Event event;
    const auto text = decode_all_but_payload(record, event);
    if (!text) return text.error();
    auto payload = parse_json(*text);
    if (!payload) return corrupt(fmt::format("event #{}: payload: {}", event.seq.value, payload.error().message));
    if (!payload->is_object()) return corrupt(fmt::format("event #{}: payload is not an object", event.seq.value));
    event.payload = std::move(payload->get_object());
    if (!steps.empty()) upcast(event, steps);
    return event;
}

Result<std::vector<BlobReference>> blobs_named_by(std::string_view record) {
    const auto header = decode_header(record);
    if (!header) return header.error();
    const auto type = record.substr(sizeof(RecordHeader), header->type_bytes);
    if (!names_blobs(type.substr(0, type.rfind('/')))) return std::vector<BlobReference>();
    const auto event = decode_record(record);
    if (!event) return event.error();
    return blob_references(*event);
}

struct LentEvent::Impl {
    // Usual payloads find room in it; for others more is taken from the heap and given back at the next event.
    std::array<unsigned char, std::size_t{16} << 10> room{};
    json::monotonic_resource memory{room.data(), room.size()};
    json::parser parser{json::storage_ptr(), event_parse_options()};
    Event event; // the payload lies in `memory`

    // Assignment would copy the payload out of its memory.
    void set_payload(json::object payload) {
        std::destroy_at(&event.payload);
        std::construct_at(&event.payload, std::move(payload));
    }
};
LentEvent::LentEvent() : impl_(std::make_unique<Impl>()) {}
LentEvent::~LentEvent() = default;

const Event &LentEvent::event() const {
    return impl_->event;
}

Status LentEvent::read(std::string_view record, std::span<const Upcaster> steps) {
    Event &event = impl_->event;
    impl_->set_payload({});
    impl_->memory.release();
    const auto text = decode_all_but_payload(record, event);
    if (!text) return text.error();
    // Kept from one event to the next: its stack has the room it needs by then.
    json::parser &parser = impl_->parser;
    parser.reset(&impl_->memory);
    json::error_code error;
    parser.write(text->data(), text->size(), error);
    if (error) return corrupt(fmt::format("event #{}: payload: not JSON: {}", event.seq.value, error.message()));
    auto payload = parser.release();
    if (!payload.is_object()) return corrupt(fmt::format("event #{}: payload is not an object", event.seq.value));
    impl_->set_payload(std::move(payload.get_object()));
    if (!steps.empty()) upcast(event, steps);
    return ok();
}

Sha256 record_chain(std::string_view record) {
    Sha256 chain;
    std::memcpy(chain.data(), record.data() + record.size() - sha256_bytes, sha256_bytes);
    return chain;
}

std::string_view record_body(std::string_view record) {
    return record.substr(0, record.size() - sha256_bytes);
}

} // namespace xtn
