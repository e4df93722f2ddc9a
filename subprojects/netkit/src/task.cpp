#include "netkit/task.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdio>
#include <exception>
#include <memory>

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

namespace {

// The timer never fires by itself here: whoever owns this thread's time cancels it when the moment has come.
asio::awaitable<bool> sleep_in_other_time(TimeSource &source, Deadline deadline) {
    auto timer = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    auto over = std::make_shared<bool>(false);
    auto wake = [weak = std::weak_ptr(timer), over] {
        const auto alive = weak.lock();
        if (!alive) return;
        *over = true;
        alive->cancel();
    };
    if (deadline.reachable()) source.call_at(deadline.at(), std::move(wake));
    co_await timer->async_wait(asio::as_tuple(asio::use_awaitable)); // ends cancelled, either way
    co_return *over;
}

} // namespace

asio::awaitable<bool> sleep_until(Deadline deadline) {
    if (auto *source = TimeSource::current()) co_return co_await sleep_in_other_time(*source, deadline);
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_at(deadline.at());
    auto [ec] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return !ec;
}

asio::awaitable<bool> sleep_for(std::chrono::milliseconds duration) {
    co_return co_await sleep_until(Deadline::after(duration));
}

} // namespace netkit
