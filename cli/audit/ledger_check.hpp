// Whether the Kubernetes adapter would begin with what the log says: it begins with a snapshot of its ledger, too.
#pragma once

#include "core/log/log.hpp"

#include <optional>

namespace xtn::audit {

// Where the newest usable snapshot of the ledger at or before `to` stands, once it and the events behind it were found to be what
// the log up to `to` says; nothing: there is none. Errors: data_corrupted (they differ, with the place), as LogReader::scan.
Result<std::optional<Seq>> check_ledger(const LogReader &log, Seq to);

} // namespace xtn::audit
