// The project's names for the shared result type; see netkit/result.hpp for what they promise.
#pragma once

#include "netkit/deadline.hpp"
#include "netkit/result.hpp"

namespace xtn {

using netkit::Code;
using netkit::code_name;
using netkit::Deadline;
using netkit::Error;
using netkit::make_error;
using netkit::ok;
using netkit::Result;
using netkit::Status;
using netkit::Unit;

} // namespace xtn
