// Where the nodes of a ById lie: side by side and in large pages, for they are touched at random. A map of ten thousand runtimes
// whose nodes stood among everything else on the heap would need an entry of the processor's address tables for each of them.
#pragma once

#include <memory_resource>
#include <vector>

namespace xtn {

class NodeMemory {
  public:
    std::pmr::memory_resource *resource();
    // For tables that are one large piece.
    static std::pmr::memory_resource *large();

  private:
    std::pmr::unsynchronized_pool_resource pool_{{.max_blocks_per_chunk = 4096, .largest_required_pool_block = 8192}, large()};
};

} // namespace xtn
