#include "gateway/net/task.hpp"

#include <array>
#include <vector>

namespace xtn::gateway::detail {

namespace {

constexpr std::size_t step = 128; // bytes between two sizes that are kept apart
constexpr std::size_t sizes = 32; // up to 4 KiB; larger frames are not kept
constexpr std::size_t kept = 64;  // idle frames of each size, per thread

struct Idle {
    std::array<std::vector<void *>, sizes> by_size;
    ~Idle() {
        for (auto &frames : by_size) {
            for (void *frame : frames)
                ::operator delete(frame);
            frames.clear();
        }
    }
};

Idle &idle() {
    thread_local Idle mine;
    return mine;
}

constexpr std::size_t size_class(std::size_t bytes) {
    return (bytes + step - 1) / step;
}

} // namespace

// Under AddressSanitizer nothing is kept, so that it sees a frame used after its end.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define XTN_KEEP_FRAMES 0
#endif
#endif
#if !defined(XTN_KEEP_FRAMES) && defined(__SANITIZE_ADDRESS__)
#define XTN_KEEP_FRAMES 0
#elif !defined(XTN_KEEP_FRAMES)
#define XTN_KEEP_FRAMES 1
#endif

void *FrameMemory::take(std::size_t bytes) {
    const auto size = size_class(bytes);
    if (!XTN_KEEP_FRAMES || size >= sizes) return ::operator new(bytes);
    auto &frames = idle().by_size[size];
    if (frames.empty()) return ::operator new(size * step);
    void *frame = frames.back();
    frames.pop_back();
    return frame;
}

void FrameMemory::give_back(void *frame, std::size_t bytes) noexcept {
    const auto size = size_class(bytes);
    if (XTN_KEEP_FRAMES && size < sizes) {
        auto &frames = idle().by_size[size];
        if (frames.capacity() == 0) frames.reserve(kept);
        if (frames.size() < kept) {
            frames.push_back(frame);
            return;
        }
    }
    ::operator delete(frame);
}

} // namespace xtn::gateway::detail
