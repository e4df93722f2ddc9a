// The bearer token: given once, or read from a file that is rotated.
#pragma once

#include "kubeclient/config.hpp"

#include <filesystem>
#include <string>

namespace kube {

class Token {
  public:
    Token(std::string token, std::filesystem::path file) : token_(std::move(token)), file_(std::move(file)) {}

    // The current token; empty when there is none. The file is looked at once a second at most and read when its time changed; a
    // file that cannot be read leaves the last token in use.
    const std::string &current();
    // The server refused the token: read the file again. True when that gave another one.
    bool refresh();

  private:
    bool read();
    std::string token_;
    std::filesystem::path file_;
    std::filesystem::file_time_type read_at_{};
    netkit::Deadline look_again_{netkit::Deadline::Clock::time_point::min()};
};

// Whole file, or what is wrong with it.
netkit::Result<std::string> read_file(const std::filesystem::path &file);

} // namespace kube
