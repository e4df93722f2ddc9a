// The World as the log makes it.
#pragma once

#include "cli/audit/output.hpp"
#include "core/log/log.hpp"
#include "projections/world.hpp"

#include <memory>

namespace xtn::audit {

// Folds the control stream up to and including `to` into a new World. Decisions are folded as recorded, never taken again. Shows
// a progress bar under the name `doing`. Errors: as LogReader::scan().
enum class Begin { first_event, snapshot }; // snapshot: the newest usable one, as a start of the control plane does
Result<std::unique_ptr<World>> rebuild(const LogReader &log, Seq to, const Output &output, const std::string &doing,
                                       Begin begin = Begin::first_event);

} // namespace xtn::audit
