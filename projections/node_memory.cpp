#include "projections/node_memory.hpp"

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace xtn {

namespace {

constexpr std::size_t large_page = std::size_t{2} << 20;

// The address sanitizer: only of what comes from the heap.
#if defined(__SANITIZE_ADDRESS__) // gcc
constexpr bool finds_use_after_end = true;
#elif defined(__has_feature) // clang
constexpr bool finds_use_after_end = __has_feature(address_sanitizer);
#else
constexpr bool finds_use_after_end = false;
#endif

// Asks the kernel for large pages where a piece is as large as one.
class Pieces final : public std::pmr::memory_resource {
    void *do_allocate(std::size_t bytes, std::size_t alignment) override {
        const bool large = bytes >= large_page;
        void *piece = ::operator new(bytes, std::align_val_t{large ? large_page : alignment});
        if (large) static_cast<void>(::madvise(piece, bytes / large_page * large_page, MADV_HUGEPAGE)); // a wish
        return piece;
    }
    void do_deallocate(void *piece, std::size_t bytes, std::size_t alignment) override {
        ::operator delete(piece, bytes, std::align_val_t{bytes >= large_page ? large_page : alignment});
    }
    bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override { return this == &other; }
};

} // namespace

std::pmr::memory_resource *NodeMemory::large() {
    static Pieces pieces;
    return &pieces;
}

std::pmr::memory_resource *NodeMemory::resource() {
    if constexpr (finds_use_after_end) return std::pmr::new_delete_resource();
    return &pool_;
}

} // namespace xtn
