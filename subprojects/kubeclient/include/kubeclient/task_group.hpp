// Coroutines that end together: cancel() stops them all, wait() (or idle()) tells when their frames are gone.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace kube {

// Use it from the executor's thread only; it must not be destroyed before idle() is true or the execution context is gone.
class TaskGroup {
  public:
    // `on_failure` hears of exceptions other than cancellation that leave a task: a broken invariant.
    using OnFailure = std::function<void(const std::string &name, const std::string &what)>;
    TaskGroup(boost::asio::any_io_executor executor, OnFailure on_failure);
    ~TaskGroup();
    TaskGroup(const TaskGroup &) = delete;
    TaskGroup &operator=(const TaskGroup &) = delete;

    void spawn(std::string name, boost::asio::awaitable<void> task);
    // Terminal cancellation of every task; tasks spawned later are not started.
    void cancel();
    std::size_t running() const;
    bool idle() const { return running() == 0; }

  private:
    struct State;
    boost::asio::any_io_executor executor_;
    std::shared_ptr<State> state_;
};

} // namespace kube
