// Where a body ends, whatever its framing: fed with the raw bytes as they come.
#pragma once

#include "gateway/http/chunk_scanner.hpp"
#include "gateway/http/header_pass.hpp"

namespace xtn::gateway {

class BodyProgress {
  public:
    void begin(const MessageHead &head) {
        kind_ = head.body;
        left_ = head.body == BodyKind::length ? head.content_length : 0;
        chunks_.reset();
        done_ = kind_ == BodyKind::none;
        malformed_ = false;
    }

    // How many of the bytes belong to the body; each(piece) gets its payload. Sets done() or malformed().
    template <class Each> std::size_t feed(std::string_view raw, Each each) {
        if (done_ || malformed_) return 0;
        std::size_t used = raw.size();
        switch (kind_) {
        case BodyKind::none:
            return 0;
        case BodyKind::length:
            if (left_ <= raw.size()) {
                used = static_cast<std::size_t>(left_);
                done_ = true;
            }
            left_ -= used;
            each(raw.substr(0, used));
            break;
        case BodyKind::chunked:
            switch (chunks_.feed(raw, used, each)) {
            case ChunkScanner::Progress::more:
                break;
            case ChunkScanner::Progress::done:
                done_ = true;
                break;
            case ChunkScanner::Progress::malformed:
                malformed_ = true;
                break;
            }
            break;
        case BodyKind::until_close:
            each(raw);
            break;
        }
        return used;
    }
    std::size_t feed(std::string_view raw) {
        return feed(raw, [](std::string_view) {});
    }

    // The sender closed its side: the end of a body without framing, a broken one otherwise.
    void ended() {
        if (kind_ == BodyKind::until_close) done_ = true;
        malformed_ = malformed_ || !done_;
    }
    bool done() const { return done_; }
    bool malformed() const { return malformed_; }

  private:
    BodyKind kind_ = BodyKind::none;
    std::uint64_t left_ = 0;
    ChunkScanner chunks_;
    bool done_ = true;
    bool malformed_ = false;
};

} // namespace xtn::gateway
