#include "netkit/task.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdio>
#include <exception>

namespace netkit {
namespace asio = boost::asio;

void spawn(asio::any_io_executor executor, std::string name, asio::awaitable<void> work,
           std::function<void(const std::string &, const std::string &)> on_failure) {
    auto done = [name = std::move(name), on_failure = std::move(on_failure)](std::exception_ptr failure) {
        if (!failure) return;
        std::string what = "unknown exception";
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception &e) {
            what = e.what();
        } catch (...) { // NOLINT(bugprone-empty-catch): the text above says it
        }
        if (on_failure) {
            on_failure(name, what);
        } else {
            std::fprintf(stderr, "task %s ended by an exception: %s\n", name.c_str(), what.c_str());
            std::terminate();
        }
    };
    asio::co_spawn(executor, std::move(work), std::move(done));
}

asio::awaitable<bool> sleep_until(Deadline deadline) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_at(deadline.at());
    auto [ec] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return !ec;
}

asio::awaitable<bool> sleep_for(std::chrono::milliseconds duration) {
    co_return co_await sleep_until(Deadline::after(duration));
}

} // namespace netkit
