#include "kubeclient/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <list>

namespace kube {
namespace asio = boost::asio;

struct TaskGroup::State {
    std::list<asio::cancellation_signal> signals; // one per running task
    bool cancelled = false;
    OnFailure on_failure;
};

TaskGroup::TaskGroup(asio::any_io_executor executor, OnFailure on_failure)
    : executor_(std::move(executor)), state_(std::make_shared<State>()) {
    state_->on_failure = std::move(on_failure);
}
TaskGroup::~TaskGroup() = default;

void TaskGroup::spawn(std::string name, asio::awaitable<void> task) {
    if (state_->cancelled) return;
    const auto signal = state_->signals.emplace(state_->signals.end());
    auto done = [state = state_, signal, name = std::move(name)](std::exception_ptr failure) {
        state->signals.erase(signal);
        if (!failure) return;
        try {
            std::rethrow_exception(failure);
        } catch (const boost::system::system_error &e) {
            if (e.code() != asio::error::operation_aborted) state->on_failure(name, e.what());
        } catch (const std::exception &e) {
            state->on_failure(name, e.what());
        } catch (...) {
            state->on_failure(name, "unknown exception");
        }
    };
    asio::co_spawn(executor_, std::move(task), asio::bind_cancellation_slot(signal->slot(), std::move(done)));
}

void TaskGroup::cancel() {
    state_->cancelled = true;
    // A task may end inside emit(), which takes its signal out of the list: step on first.
    for (auto it = state_->signals.begin(); it != state_->signals.end();) {
        auto &signal = *it++;
        signal.emit(asio::cancellation_type::terminal);
    }
}

std::size_t TaskGroup::running() const {
    return state_->signals.size();
}

} // namespace kube
