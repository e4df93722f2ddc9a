#include "adapters/sandbox/api/protobuf_body.hpp"

#include "adapters/sandbox/api/protobuf_tables.hpp"
#include "core/base/ids.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;
using protobuf::Field;
using protobuf::Form;
using protobuf::MessageType;

Error broken() {
    return make_error(Code::invalid_argument, "the body is no well-formed protobuf");
}

// One field as it stands in the bytes: a number (wire types 0, 1, 5) or a length-delimited piece (2).
struct Piece {
    int field = 0;
    std::uint64_t number = 0;
    std::string_view bytes;
};

class Wire {
  public:
    explicit Wire(std::string_view bytes) : rest_(bytes) {}
    bool done() const { return rest_.empty(); }
    std::optional<Piece> next() {
        const auto tag = varint();
        if (!tag || (*tag >> 3) == 0 || (*tag >> 3) > 1'000'000) return {};
        Piece piece{.field = static_cast<int>(*tag >> 3), .number = 0, .bytes = {}};
        switch (*tag & 7) {
        case 0: {
            const auto n = varint();
            if (!n) return {};
            piece.number = *n;
            return piece;
        }
        case 2: {
            const auto size = varint();
            if (!size || *size > rest_.size()) return {};
            piece.bytes = rest_.substr(0, *size);
            rest_.remove_prefix(*size);
            return piece;
        }
        default:
            return {}; // fixed-size fields occur in none of our messages
        }
    }

  private:
    std::optional<std::uint64_t> varint() {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (rest_.empty()) return {};
            const auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if ((byte & 0x80) == 0) return value;
        }
        return {};
    }
    std::string_view rest_;
};

std::string base64(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j)
            group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0);
        for (std::size_t j = 0; j < 4; ++j)
            out += i + j <= bytes.size() ? alphabet[group >> (18 - 6 * j) & 0x3f] : '=';
    }
    return out;
}

// The pieces of a message of at most `count` numbered fields; nothing if it is broken.
std::optional<std::vector<Piece>> pieces_of(std::string_view bytes) {
    std::vector<Piece> out;
    Wire wire(bytes);
    while (!wire.done()) {
        const auto piece = wire.next();
        if (!piece) return {};
        out.push_back(*piece);
    }
    return out;
}

const Piece *last(const std::vector<Piece> &pieces, int field) {
    const auto found = std::find_if(pieces.rbegin(), pieces.rend(), [&](const Piece &p) { return p.field == field; });
    return found == pieces.rend() ? nullptr : &*found;
}
std::string_view bytes_at(const std::vector<Piece> &pieces, int field) {
    const auto *piece = last(pieces, field);
    return piece ? piece->bytes : std::string_view();
}
std::int64_t number_at(const std::vector<Piece> &pieces, int field) {
    const auto *piece = last(pieces, field);
    return piece ? static_cast<std::int64_t>(piece->number) : 0;
}

Result<json::object> message(std::string_view name, std::string_view bytes);

// Null: nothing to say (a zero time, an unset port).
Result<json::value> value_of(const Field &field, const Piece &piece) {
    switch (field.form) {
    case Form::text:
        return json::value(json::string(piece.bytes));
    case Form::bytes:
        return json::value(json::string(base64(piece.bytes)));
    case Form::integer:
        return json::value(static_cast<std::int64_t>(piece.number));
    case Form::boolean:
        return json::value(piece.number != 0);
    case Form::message: {
        auto inner = message(field.message, piece.bytes);
        if (!inner.ok()) return std::move(inner).error();
        return json::value(std::move(*inner));
    }
    default:
        break;
    }
    const auto pieces = pieces_of(piece.bytes);
    if (!pieces) return broken();
    switch (field.form) {
    case Form::time:
        if (pieces->empty()) return json::value();
        return json::value(json::string(Timestamp{number_at(*pieces, 1) * 1'000'000'000}.rfc3339_seconds()));
    case Form::int_or_string:
        if (number_at(*pieces, 1) == 1) return json::value(json::string(bytes_at(*pieces, 3)));
        return number_at(*pieces, 2) == 0 ? json::value() : json::value(number_at(*pieces, 2));
    default:
        return json::value(json::string(bytes_at(*pieces, 1))); // a quantity
    }
}

Status put(json::object &out, const Field &field, const Piece &piece) {
    if (field.form == Form::text_map || field.form == Form::bytes_map || field.form == Form::quantities) {
        const auto entry = pieces_of(piece.bytes);
        if (!entry) return broken();
        auto &map = out[field.member];
        if (!map.is_object()) map.emplace_object();
        const Piece value{.field = 2, .number = 0, .bytes = bytes_at(*entry, 2)};
        const Field as{2, "",
                       field.form == Form::text_map    ? Form::text
                       : field.form == Form::bytes_map ? Form::bytes
                                                       : Form::quantity};
        auto made = value_of(as, value);
        if (!made.ok()) return std::move(made).error();
        map.get_object()[bytes_at(*entry, 1)] = std::move(*made);
        return ok();
    }
    auto made = value_of(field, piece);
    if (!made.ok()) return std::move(made).error();
    if (made->is_null()) return ok();
    if (!field.repeated) {
        out[field.member] = std::move(*made);
        return ok();
    }
    auto &list = out[field.member];
    if (!list.is_array()) list.emplace_array();
    list.get_array().push_back(std::move(*made));
    return ok();
}

Result<json::object> message(std::string_view name, std::string_view bytes) {
    const auto type = std::find_if(std::begin(protobuf::messages), std::end(protobuf::messages),
                                   [&](const MessageType &m) { return m.name == name; });
    if (type == std::end(protobuf::messages))
        return make_error(Code::internal, fmt::format("no table for protobuf message {}", name));
    const auto pieces = pieces_of(bytes);
    if (!pieces) return broken();
    json::object out;
    for (const auto &piece : *pieces) {
        const auto field =
            std::find_if(type->fields.begin(), type->fields.end(), [&](const Field &f) { return f.number == piece.field; });
        if (field == type->fields.end()) {
            if (piece.bytes.empty() && piece.number == 0) continue; // an unset field, written out as Go writes it
            return make_error(Code::unsupported, fmt::format("field {} of {} in protobuf: send JSON or YAML", piece.field, name));
        }
        if (auto done = put(out, *field, piece); !done.ok()) return std::move(done).error();
    }
    return out;
}

} // namespace

Result<json::object> read_protobuf(std::string_view bytes) {
    constexpr std::string_view magic("k8s\0", 4);
    if (!bytes.starts_with(magic)) return broken();
    const auto envelope = pieces_of(bytes.substr(magic.size()));
    const auto type = envelope ? pieces_of(bytes_at(*envelope, 1)) : std::nullopt;
    if (!type) return broken();
    const auto api_version = bytes_at(*type, 1);
    const auto kind = bytes_at(*type, 2);
    if (std::find(std::begin(protobuf::top_level), std::end(protobuf::top_level), kind) == std::end(protobuf::top_level))
        return make_error(Code::unsupported, fmt::format("{} in protobuf: send JSON or YAML", kind));
    auto out = message(kind, bytes_at(*envelope, 2));
    if (!out.ok()) return std::move(out).error();
    json::object named{{"apiVersion", api_version}, {"kind", kind}};
    for (auto &member : *out)
        named[member.key()] = std::move(member.value());
    return named;
}

} // namespace xtn::sandbox
