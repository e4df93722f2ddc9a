// A database made anew from what another one still gives: how a repair takes away what must go without asking a damaged database
// to change itself. Internal to core/log.
#pragma once

#include "core/log/plain_files.hpp"
#include "core/log/store.hpp"

#include "core/event/event.hpp"

#include <array>

namespace xtn {

// Copies the events of control and queries up to `last`, which must be readable, every blob that is readable and right, and what
// the store says about itself; the index by subject is made from the events; snapshots are left out. Errors: unavailable,
// data_corrupted.
Status copy_sound(const Store &from, Store &to, std::array<Seq, 2> last);

// Puts the folder `fresh` in the place of `name`, durably, and what was there in the place of `kept`. Where the file system can,
// at no moment is there nothing under `name`. Errors: unavailable.
Status swap_in(PlainFiles &files, const std::filesystem::path &fresh, const std::filesystem::path &name,
               const std::filesystem::path &kept);

} // namespace xtn
