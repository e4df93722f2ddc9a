// The yardstick of the log's figures: RocksDB without anything of ours around it, given the very bytes that a log stored.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace xtn::bench {

// Lets the file system finish what was left to it (new files, deleted ones), so that it does not weigh on what is measured next.
void settle(const std::filesystem::path &folder);

// What one group of the log's writer put into the database.
struct StoredGroup {
    std::vector<std::pair<std::string, std::string>> events;
    std::vector<std::string> index; // keys; their values are empty
};

// The groups that a closed log consists of. The writer stamps a group with one time, which tells its records from the next.
std::vector<StoredGroup> stored_groups(const std::filesystem::path &log);

enum class Index { with, without };
// Writes the groups into a new database with the families and options of ours, one batch and one sync to a group, on one thread.
// Returns the seconds that each group took.
std::vector<double> write_bare(const std::filesystem::path &database, const std::vector<StoredGroup> &groups, Index index);
// As many threads as groups are given to, each putting and syncing one record at a time: RocksDB groups them by itself. Returns
// the seconds it took.
double write_bare_threads(const std::filesystem::path &database, const std::vector<std::vector<StoredGroup>> &threads);

// Iterates over the records of a closed log and hashes each, chained as the log chains them. Returns the seconds it took;
// `records` is how many there were.
double read_and_hash(const std::filesystem::path &log, std::size_t &records);

} // namespace xtn::bench
