#include "core/log/keys.hpp"

namespace xtn::keys {

namespace {

constexpr std::size_t seq_bytes = 8;

void put_seq(std::string &out, Seq seq) {
    for (int shift = 56; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(seq.value >> shift & 0xff));
}

Seq get_seq(std::string_view bytes) {
    Seq seq;
    for (const char c : bytes)
        seq.value = seq.value << 8 | static_cast<unsigned char>(c);
    return seq;
}

} // namespace

std::string event(Stream stream, Seq seq) {
    std::string key(1, static_cast<char>(stream));
    put_seq(key, seq);
    return key;
}

std::optional<Seq> event_seq(std::string_view key) {
    if (key.size() != 1 + seq_bytes) return std::nullopt;
    return get_seq(key.substr(1));
}

std::string subject(Stream stream, std::string_view subject, Seq seq) {
    std::string key;
    key.reserve(1 + subject.size() + 1 + seq_bytes);
    key.push_back(static_cast<char>(stream));
    key += subject;
    key.push_back('\0');
    put_seq(key, seq);
    return key;
}

void set_seq(std::string &key, Seq seq) {
    for (std::size_t at = key.size(); at > key.size() - seq_bytes; seq.value >>= 8)
        key[--at] = static_cast<char>(seq.value & 0xff);
}

std::string subject_prefix(Stream stream, std::string_view subject_beginning) {
    std::string key(1, static_cast<char>(stream));
    key += subject_beginning;
    return key;
}

std::optional<SubjectKey> parse_subject(std::string_view key) {
    if (key.size() < 1 + 1 + 1 + seq_bytes || key[key.size() - seq_bytes - 1] != '\0') return std::nullopt;
    return SubjectKey{key.substr(1, key.size() - seq_bytes - 2), get_seq(key.substr(key.size() - seq_bytes))};
}

std::string snapshot(Seq seq, std::uint32_t piece, std::string_view of) {
    std::string key;
    put_seq(key, seq);
    for (int shift = 24; shift >= 0; shift -= 8)
        key.push_back(static_cast<char>(piece >> shift & 0xff));
    key += of;
    return key;
}

std::optional<SnapshotKey> parse_snapshot(std::string_view key) {
    constexpr std::size_t piece_bytes = 4;
    if (key.size() < seq_bytes + piece_bytes) return std::nullopt;
    return SnapshotKey{get_seq(key.substr(0, seq_bytes)),
                       static_cast<std::uint32_t>(get_seq(key.substr(seq_bytes, piece_bytes)).value),
                       key.substr(seq_bytes + piece_bytes)};
}

} // namespace xtn::keys
