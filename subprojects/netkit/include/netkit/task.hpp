// Small helpers around Asio coroutines that keep their traps in one place.
#pragma once

#include "netkit/deadline.hpp"
#include "netkit/result.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace netkit {

// Starts `work` on `executor`. An exception that leaves it is reported through `on_failure` (default: printed to stderr, then
// std::terminate, since an exception is a broken invariant here). Never use asio::detached: it swallows them.
void spawn(boost::asio::any_io_executor executor, std::string name, boost::asio::awaitable<void> work,
           std::function<void(const std::string &name, const std::string &what)> on_failure = {});

// Waits until the deadline or until cancelled. Returns false when cancelled.
boost::asio::awaitable<bool> sleep_until(Deadline deadline);
boost::asio::awaitable<bool> sleep_for(std::chrono::milliseconds duration);

} // namespace netkit
