#include "gateway/response/gunzip.hpp"

#include <zlib.h>

#include <array>

namespace xtn::gateway {

struct Gunzip::State {
    z_stream stream{};
};

Gunzip::Gunzip() : state_(std::make_unique<State>()) {
    constexpr int gzip_window = 15 + 16; // zlib's way to say: the largest window, and a gzip header
    over_ = inflateInit2(&state_->stream, gzip_window) != Z_OK;
}

Gunzip::~Gunzip() {
    inflateEnd(&state_->stream);
}

void Gunzip::feed(std::string_view piece, const Take &take) {
    auto &stream = state_->stream;
    std::array<char, 4096> unpacked;
    // zlib does not write through it.
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(piece.data()));
    stream.avail_in = static_cast<uInt>(piece.size());
    while (!over_ && (stream.avail_in > 0 || stream.avail_out == 0)) {
        stream.next_out = reinterpret_cast<Bytef *>(unpacked.data());
        stream.avail_out = static_cast<uInt>(unpacked.size());
        const int result = inflate(&stream, Z_NO_FLUSH);
        const std::size_t produced = unpacked.size() - stream.avail_out;
        if (produced > 0 && !take(std::string_view(unpacked.data(), produced))) over_ = true;
        if (result == Z_BUF_ERROR && produced == 0) break; // needs more input
        if (result != Z_OK && result != Z_BUF_ERROR) over_ = true;
    }
}

} // namespace xtn::gateway
