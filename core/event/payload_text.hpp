// Canonical text put straight behind what a buffer holds already: for who makes a record of it.
#pragma once

#include "core/event/event.hpp"

namespace xtn {

// As canonical_json(). After an error `out` ends in a part of it.
Status append_canonical_json(std::string &out, const boost::json::object &object);
// As checked_payload(). After an error `out` may end in a part of it.
Status append_checked_payload(std::string &out, const EventDraft &draft);

} // namespace xtn
