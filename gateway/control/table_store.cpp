#include "gateway/control/table_store.hpp"

#include "core/base/ids.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <tuple>

namespace xtn::gateway {

namespace {

constexpr std::string_view file_name = "routes.last-good.json";

Error system_error(std::string_view what, const std::filesystem::path &path) {
    return make_error(Code::unavailable, std::string(what) + " " + path.string() + ": " + std::strerror(errno));
}

// Written whole or not at all: a temporary file, synced, then renamed over the old one.
Status replace_file(const std::filesystem::path &path, std::string_view text) {
    const auto temporary = path.string() + ".new";
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return system_error("cannot create", temporary);
    bool good = true;
    while (good && !text.empty()) {
        const auto n = ::write(fd, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        good = n > 0;
        if (good) text.remove_prefix(static_cast<std::size_t>(n));
    }
    good = good && ::fsync(fd) == 0;
    const bool closed = ::close(fd) == 0;
    if (!good || !closed) return system_error("cannot write", temporary);
    if (::rename(temporary.c_str(), path.c_str()) != 0) return system_error("cannot replace", path);
    // The new name is only as lasting as its folder.
    const int folder = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return system_error("cannot open", path.parent_path());
    const bool lasting = ::fsync(folder) == 0;
    ::close(folder);
    return lasting ? ok() : system_error("cannot sync", path.parent_path());
}

// The file: the document in one line, and in a second one its digest, since a flipped byte in an address is JSON as before.
std::string sealed(std::string document) {
    const auto digest = Digest::of(document).hex;
    return std::move(document) + "\n" + digest + "\n";
}

Result<std::string_view> unsealed(std::string_view text) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return text; // kept by a release that wrote no digest
    const auto document = text.substr(0, end);
    auto digest = text.substr(end + 1);
    while (digest.ends_with('\n'))
        digest.remove_suffix(1);
    if (digest != Digest::of(document).hex) return make_error(Code::data_corrupted, "its digest does not match");
    return document;
}

} // namespace

TableStore::TableStore(Shared &shared, std::function<void(std::shared_ptr<const RoutingTable>)> installed)
    : shared_(shared), installed_(std::move(installed)) {}

std::filesystem::path TableStore::path() const {
    return shared_.options.state_dir / file_name;
}

bool TableStore::install(const RouteTable &table, std::string_view where) {
    std::vector<std::string> dropped;
    auto built = RoutingTable::build(table, shared_.registry, shared_.metrics, dropped);
    for (const auto &line : dropped)
        shared_.log.warn("{}: left out {}", where, line);
    any_ = true;
    epoch_ = table.epoch;
    version_ = table.version;
    shared_.set_table(built);
    installed_(std::move(built));
    shared_.table_loaded.store(true);
    shared_.log.info("{}: serving route table {}.{} with {} route(s)", where, table.epoch, table.version, table.routes.size());
    return true;
}

bool TableStore::offer(const RouteTable &table, std::string_view where, Keep keep) {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    if (any_ && std::tie(table.epoch, table.version) <= std::tie(epoch_, version_)) {
        const auto refused = std::make_pair(table.epoch, table.version);
        if (refused != std::make_pair(epoch_, version_) && refused != refused_) {
            shared_.log.warn("{}: route table {}.{} is older than {}.{} in use and is not taken", where, table.epoch,
                             table.version, epoch_, version_);
            refused_ = refused;
        }
        return false;
    }
    install(table, where);
    if (keep == Keep::on_disk && !shared_.options.state_dir.empty()) {
        if (auto written = write(table); !written)
            shared_.log.error("the route table is served but not kept: {}", written.error().message);
    }
    return true;
}

bool TableStore::offer_next(RouteTable table, std::string_view where) {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    table.epoch = epoch_;
    table.version = version_ + 1;
    return install(table, where);
}

void TableStore::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
}

Status TableStore::write(const RouteTable &table) const {
    std::error_code ec;
    std::filesystem::create_directories(shared_.options.state_dir, ec);
    if (ec) return make_error(Code::unavailable, "cannot create " + shared_.options.state_dir.string() + ": " + ec.message());
    return replace_file(path(), sealed(boost::json::serialize(table.to_json())));
}

Result<RouteTable> TableStore::parse(std::string_view json) {
    boost::system::error_code ec;
    const auto value = boost::json::parse(boost::json::string_view(json.data(), json.size()), ec);
    if (ec) return make_error(Code::data_corrupted, "not JSON: " + ec.message());
    if (!value.is_object()) return make_error(Code::data_corrupted, "no JSON object");
    for (const auto *member : {"epoch", "version", "routes"}) {
        if (!value.as_object().contains(member)) return make_error(Code::data_corrupted, std::string("has no ") + member);
    }
    return RouteTable::from_json(value);
}

void TableStore::load_last_good() {
    if (shared_.options.state_dir.empty()) return;
    std::ifstream in(path(), std::ios::binary);
    if (!in) {
        shared_.log.info("no route table is kept in {} yet", shared_.options.state_dir.string());
        return;
    }
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const auto document = unsealed(text);
    auto table = document ? parse(*document) : Result<RouteTable>(document.error());
    if (!table) {
        shared_.log.error(
            "{} cannot be used: {}. Nothing is served before the control plane sends a table, which then replaces the file",
            path().string(), table.error().message);
        return;
    }
    offer(*table, path().string(), Keep::in_memory);
}

} // namespace xtn::gateway
