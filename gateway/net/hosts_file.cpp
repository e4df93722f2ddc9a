#include "gateway/net/hosts_file.hpp"

#include <sys/stat.h>

#include <fstream>
#include <sstream>

namespace xtn::gateway {

namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    for (char &c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    }
    return out;
}

} // namespace

void HostsFile::reload_if_changed() {
    struct stat info{};
    if (stat(path_.c_str(), &info) != 0) return; // being replaced: what was read last stays
    const auto nanos = static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1000000000 + info.st_mtim.tv_nsec;
    const auto size = static_cast<std::uint64_t>(info.st_size);
    if (nanos == seen_nanos_ && size == seen_size_ && info.st_ino == seen_inode_) return;
    std::ifstream in(path_);
    std::map<std::string, std::string, std::less<>> addresses;
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string address, name;
        words >> address;
        while (words >> name)
            addresses.try_emplace(lower(name), address);
    }
    addresses_ = std::move(addresses);
    seen_nanos_ = nanos;
    seen_size_ = size;
    seen_inode_ = info.st_ino;
}

std::optional<std::string> HostsFile::find(std::string_view name) {
    if (path_.empty()) return std::nullopt;
    const std::lock_guard lock(mutex_);
    reload_if_changed();
    const auto found = addresses_.find(lower(name));
    if (found == addresses_.end()) return std::nullopt;
    return found->second;
}

} // namespace xtn::gateway
