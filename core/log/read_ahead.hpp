// Records become events in a thread of their own, while the caller deals with those before them: a replay takes as long as the
// longer of the two, where there are two processors. Internal to core/log.
#pragma once

#include "core/base/result.hpp"
#include "core/event/event.hpp"

#include <functional>
#include <string_view>

namespace xtn {

// What is to be done with a record: false: no more of them; its errors end the walk and are returned by it.
using EachRecord = std::function<Result<bool>(std::string_view record)>;

// `walk` goes through the records in the other thread, and has ended when this returns; `each` is called here, in their order,
// and ends it with false. The event is lent, see LogReader::scan_lent. Events before an error are told before it is returned.
// What `each` or `walk` throws is thrown here. Errors: those of `walk`, and of LentEvent::read().
Status read_ahead(const std::function<Status(const EachRecord &)> &walk, const std::function<bool(const Event &)> &each);

} // namespace xtn
