// A log's folder opened for reading beside its writer, as it is at this moment. Internal to core/log.
#pragma once

#include "core/log/anchor.hpp"
#include "core/log/folder.hpp"
#include "core/log/store.hpp"

namespace xtn {

struct Side {
    LogFolder folder;
    std::unique_ptr<Store> store;
    AnchorState state; // what was acknowledged; the store holds at least that
};
// Errors: as Log::open_reader(). `env`: of a test (rocksdb::Env*).
Result<Side> open_side(const std::filesystem::path &directory, void *env = nullptr);

} // namespace xtn
