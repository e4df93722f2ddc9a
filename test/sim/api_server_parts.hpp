// The control plane's ends of a call and of a watch. For api_server.cpp and api_watches.cpp alone.
#pragma once

#include "test/sim/api_server.hpp"

#include "adapters/sandbox/api/options.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace xtn::simulation {

struct ApiServer::Waiter {
    boost::asio::steady_timer done; // cancelled when there is an answer
    std::optional<netkit::Result<netkit::Response>> answer;
    std::unique_ptr<netkit::BodyReader> body; // of a watch that was opened
    explicit Waiter(const boost::asio::any_io_executor &executor)
        : done(executor, boost::asio::steady_timer::time_point::max()) {}
};

struct ApiServer::Watch : std::enable_shared_from_this<ApiServer::Watch> {
    boost::asio::steady_timer woken; // cancelled when there is something to read
    sandbox::KindPtr kind;
    std::string storage;
    std::string ns;
    sandbox::ListQuery query;
    bool bookmarks = false;
    std::uint64_t seen = 0; // revision
    Duration last_delivery{0};
    bool silent = false; // nothing comes through any more, and nobody says so
    std::string buffer;
    bool ended = false;  // in good order
    bool broken = false; // cut off
    explicit Watch(const boost::asio::any_io_executor &executor)
        : woken(executor, boost::asio::steady_timer::time_point::max()) {}
    void wake() { woken.cancel(); }
};

// What a reader of a watch holds.
class MemoryBody final : public netkit::BodyReader {
  public:
    MemoryBody(ApiServer &server, std::shared_ptr<ApiServer::Watch> watch) : server_(server), watch_(std::move(watch)) {}

    boost::asio::awaitable<netkit::Result<std::string>> read(Deadline deadline) override {
        const auto watch = watch_;
        while (true) {
            if (!watch->buffer.empty()) {
                // In pieces, as it comes over a network: not always a whole line.
                const auto most = 1 + server_.context_.choices->pick("watch: piece", 8000);
                std::string piece = watch->buffer.substr(0, most);
                watch->buffer.erase(0, most);
                co_return piece;
            }
            if (watch->broken) co_return make_error(Code::unavailable, "connection reset by peer");
            if (watch->ended) co_return std::string();
            if (deadline.passed()) co_return make_error(Code::deadline_exceeded, "nothing came in time");
            auto wake = [weak = std::weak_ptr(watch)] {
                if (const auto alive = weak.lock()) alive->wake();
            };
            if (deadline.reachable()) server_.context_.loop->call_at(deadline.at(), std::move(wake));
            co_await watch->woken.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        }
    }

  private:
    ApiServer &server_;
    std::shared_ptr<ApiServer::Watch> watch_;
};

} // namespace xtn::simulation
