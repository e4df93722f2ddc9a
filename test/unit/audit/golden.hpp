// Answers compared with files in test/fixtures/audit; XTN_REFRESH_FIXTURES=1 writes them anew.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace xtn::audittest {

inline void check_golden(const std::string &name, const std::string &answer) {
    const char *root = std::getenv("XTN_SOURCE_ROOT");
    const auto file = std::filesystem::path(root != nullptr ? root : ".") / "test" / "fixtures" / "audit" / name;
    if (std::getenv("XTN_REFRESH_FIXTURES") != nullptr) std::ofstream(file, std::ios::trunc) << answer;
    std::ifstream in(file);
    std::ostringstream pinned;
    pinned << in.rdbuf();
    DOCTEST_INFO(file.string());
    DOCTEST_CHECK(!pinned.str().empty());
    DOCTEST_CHECK(answer == pinned.str());
}

} // namespace xtn::audittest
