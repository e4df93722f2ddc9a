// Opening a log's folder for writing, and holding what the database holds against what the anchor says was acknowledged. Internal
// to core/log.
#pragma once

#include "core/log/anchor.hpp"
#include "core/log/folder.hpp"
#include "core/log/log.hpp"
#include "core/log/store.hpp"

namespace xtn {

struct Recovered {
    std::optional<FolderLock> lock;
    std::unique_ptr<AnchorFile> anchor;
    std::unique_ptr<Store> store;
    AnchorState state; // where the log goes on: the database's heads, the newest term that anything tells of
    Damage damage;     // of a repair: what was accepted. The anchor file is moved with the event that records it
};

// Errors: as Log::open(). The anchor file is moved to the state.
Result<Recovered> recover_folder(const LogFolder &folder, Store::Options store_options);

// The stored identity of the log. Where there is none, `otherwise` or a new one is stored. Errors: unavailable.
Result<std::string> log_id_of(Store &store, const std::string &otherwise = {});
// As it is stored; nothing: a new database.
Result<std::optional<std::string>> stored_log_id(const Store &store);

} // namespace xtn
