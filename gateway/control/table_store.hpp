// Takes offered route tables, never one older than what is in use, and hands them to every thread; keeps the last one from the
// control plane on disk, so that a restarted gateway serves on while the control plane is away.
#pragma once

#include "core/base/result.hpp"
#include "core/model/route_table.hpp"
#include "gateway/net/shared.hpp"

#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

namespace xtn::gateway {

class TableStore {
  public:
    enum class Keep : std::uint8_t { in_memory, on_disk };

    // `installed` brings a new table to the threads; called under the store's lock, in order.
    TableStore(Shared &shared, std::function<void(std::shared_ptr<const RoutingTable>)> installed);

    // A table's JSON text. Stricter than RouteTable::from_json: a document that lacks its version or its routes is refused, since
    // taken for an empty table it would cut everybody off. Errors: data_corrupted, invalid_argument.
    static Result<RouteTable> parse(std::string_view json);
    // False: one at least as new is in use. `where` names the source for the log.
    bool offer(const RouteTable &table, std::string_view where, Keep keep);
    // The table that was kept on disk, if there is a readable one.
    void load_last_good();
    // For sources without versions of their own (a file): one above what is in use.
    bool offer_next(RouteTable table, std::string_view where);
    // Takes nothing any more: the threads that a table would be brought to are ending.
    void close();

  private:
    bool install(const RouteTable &table, std::string_view where);
    Status write(const RouteTable &table) const;
    std::filesystem::path path() const;

    Shared &shared_;
    std::function<void(std::shared_ptr<const RoutingTable>)> installed_;
    std::mutex mutex_;
    bool any_ = false;
    bool closed_ = false;
    std::uint64_t epoch_ = 0, version_ = 0;
    std::pair<std::uint64_t, std::uint64_t> refused_; // the older table that was last told of
};

} // namespace xtn::gateway
