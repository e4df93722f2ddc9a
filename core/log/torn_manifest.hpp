// What a power loss may leave of RocksDB's manifest: its last record begun, and zeros up to the length that the file system had
// noted already. RocksDB takes that for damage and opens nothing, although the record was never synced, so that nothing was built
// upon it: every table and write-ahead log that the records before it name is still there. Internal to core/log.
#pragma once

#include "core/log/plain_files.hpp"
#include "core/log/store.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace xtn {

// Where the last record of a manifest begins when the file ends in zeros; nothing: it does not, or is no manifest. The bytes do
// not tell whether that record is torn: see mend_torn_manifest().
std::optional<std::uint64_t> last_record_before_zeros(std::string_view manifest);

// What was cut off a manifest.
struct ManifestCut {
    std::filesystem::path manifest;
    std::uint64_t at = 0;
    std::string torn;
    // The manifest as it was. Errors: unavailable.
    Status undo(PlainFiles &files) const;
};
// Cuts that record off and opens the database for reading; when that does not open it either, the manifest is as it was, and
// nothing is returned. Whether what opens now holds all that was acknowledged is for the anchor and the whole chain to tell. What
// was cut off is kept in the file "manifest.torn" beside the database. Errors: unavailable.
Result<std::optional<ManifestCut>> mend_torn_manifest(PlainFiles &files, const Store::Options &options);

} // namespace xtn
