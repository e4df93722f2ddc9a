// Opening a log's folder for writing, and holding what the database holds against what the anchor says was acknowledged. Internal
// to core/log.
#pragma once

#include "core/log/anchor.hpp"
#include "core/log/folder.hpp"
#include "core/log/log.hpp"
#include "core/log/store.hpp"

namespace xtn {

// One stream whose database and anchor tell different stories.
struct Loss {
    Stream stream = Stream::control;
    Seq found;               // newest event that the database holds
    AnchorPosition anchored; // what was acknowledged
    std::string why;
};

struct Recovered {
    std::optional<FolderLock> lock;
    std::unique_ptr<AnchorFile> anchor;
    std::unique_ptr<Store> store;
    AnchorState state;        // where the log goes on: the database's heads, the newest term that anything tells of
    std::vector<Loss> losses; // empty unless they were to be accepted
};

// Errors: as Log::open(). With `accept_loss`, what the anchor finds missing is listed instead of refused. The anchor file is
// moved to `state` unless there are losses.
Result<Recovered> recover_folder(const LogFolder &folder, Store::Options store_options, bool accept_loss);

// The stored identity of the log; nothing: a new database.
Result<std::optional<std::string>> stored_log_id(const Store &store);

} // namespace xtn
