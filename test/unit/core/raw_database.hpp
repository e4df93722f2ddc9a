// What somebody does who changes the database behind the log's back.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace xtn::logtest {

// Opens the database of a closed log, changes one value (an empty result removes it), and closes it again.
void change_value(const std::filesystem::path &folder, const std::string &family, const std::string &key,
                  const std::function<std::string(std::string)> &change);
void put_value(const std::filesystem::path &folder, const std::string &family, const std::string &key, const std::string &value);
void remove_value(const std::filesystem::path &folder, const std::string &family, const std::string &key);
// Adds a column family, as a newer binary might.
void add_family(const std::filesystem::path &folder, const std::string &family);

} // namespace xtn::logtest
