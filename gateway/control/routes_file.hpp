// --routes FILE: the contract's routes.yaml, read at start and whenever it changes. A file that cannot be read or parsed keeps
// the last good table in use; the reason is logged once for each state of the file.
#pragma once

#include "gateway/control/table_store.hpp"

#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <string>

namespace xtn::gateway {

class RoutesFile {
  public:
    static constexpr std::chrono::milliseconds poll_interval{500}; // the contract's gateway polls every 2 s (spec 50 §5.2)

    RoutesFile(Shared &shared, TableStore &store, std::filesystem::path path);

    // Reads it now. Errors: as RouteTable::from_yaml, or unavailable.
    Status load();
    // Polls for ever, on the control thread.
    boost::asio::awaitable<void> watch();

  private:
    // Kubernetes swaps a symlink: only the state of what it leads to says that the file changed.
    std::string fingerprint() const;

    Shared &shared_;
    TableStore &store_;
    std::filesystem::path path_;
    std::string seen_;
    std::string text_; // of the table in use
};

} // namespace xtn::gateway
