#include "gateway/control/routes_file.hpp"

#include "netkit/task.hpp"

#include <sys/stat.h>

#include <fstream>
#include <iterator>

namespace xtn::gateway {

RoutesFile::RoutesFile(Shared &shared, TableStore &store, std::filesystem::path path)
    : shared_(shared), store_(store), path_(std::move(path)) {}

std::string RoutesFile::fingerprint() const {
    struct stat info{};
    if (stat(path_.c_str(), &info) != 0) return "missing";
    return fmt::format("{}:{}:{}:{}", info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

Status RoutesFile::load() {
    seen_ = fingerprint();
    std::ifstream in(path_, std::ios::binary);
    if (!in) return make_error(Code::unavailable, "routes file " + path_.string() + " cannot be opened");
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (text.size() > shared_.options.limits.max_table_bytes) {
        return make_error(Code::resource_exhausted, "routes file " + path_.string() + " is larger than allowed");
    }
    if (text == text_ && shared_.table_loaded.load()) return ok();
    auto parsed = RouteTable::from_yaml(text);
    if (!parsed) return std::move(parsed).error().with("routes file " + path_.string());
    for (const auto &line : parsed->dropped)
        shared_.log.warn("{}: left out {}", path_.string(), line);
    if (parsed->table.routes.empty() && !parsed->dropped.empty()) { // spec 50 §5.1, step 5
        return make_error(Code::invalid_argument, "routes file " + path_.string() + ": all parsed routes were invalid");
    }
    text_ = std::move(text);
    store_.offer_next(std::move(parsed->table), path_.string());
    return ok();
}

boost::asio::awaitable<void> RoutesFile::watch() {
    while (co_await netkit::sleep_for(poll_interval)) {
        if (fingerprint() == seen_) continue;
        if (auto loaded = load(); !loaded) shared_.log.error("{}; the last good table stays in use", loaded.error().message);
    }
}

} // namespace xtn::gateway
