// The yardstick of replay: what reading a log costs at the very least.
#pragma once

#include <cstddef>
#include <filesystem>

namespace xtn::bench {

// Iterates over the control records of a closed log with a bare RocksDB iterator and parses each payload with Boost.JSON. Returns
// the seconds it took; `records` is how many there were.
double read_and_parse(const std::filesystem::path &log, std::size_t &records);

} // namespace xtn::bench
