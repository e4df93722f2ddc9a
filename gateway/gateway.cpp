#include "gateway/gateway.hpp"

#include "gateway/control/control_thread.hpp"
#include "gateway/net/worker.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace xtn {

namespace {

using gateway::ControlThread;
using gateway::Shared;
using gateway::Surface;
using tcp = boost::asio::ip::tcp;
using gateway::Worker;

Result<tcp::endpoint> parse_listen(std::string_view text) {
    const auto refuse = [&] {
        return make_error(Code::invalid_argument, "listen address \"" + std::string(text) + "\" is not ADDRESS:PORT");
    };
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return refuse();
    auto host = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    unsigned port = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (failed != std::errc() || end != digits.data() + digits.size() || port > 65535) return refuse();
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host.empty() || host == "*") host = "0.0.0.0";
    if (host == "localhost") host = "127.0.0.1";
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address(std::string(host), ec);
    if (ec) return refuse();
    return tcp::endpoint(address, static_cast<std::uint16_t>(port));
}

// Every thread binds the same address; the kernel spreads the connections. The first bind is without SO_REUSEPORT's blessing for
// others: a port that another process serves must be an error, not a silent half of its traffic.
Result<std::uint16_t> bind_all(std::vector<std::unique_ptr<Worker>> &workers, tcp::endpoint endpoint, Surface surface) {
    const auto fail = [&](int why) {
        return make_error(Code::unavailable, "cannot listen on " + endpoint.address().to_string() + ":" +
                                                 std::to_string(endpoint.port()) + ": " + std::strerror(why));
    };
    if (endpoint.port() != 0) {
        const int probe = gateway::listen_on(endpoint, false, 1);
        if (probe < 0) return fail(errno);
        ::close(probe);
    }
    for (auto &worker : workers) {
        const int fd = gateway::listen_on(endpoint, true, 1024);
        if (fd < 0) return fail(errno);
        socklen_t size = static_cast<socklen_t>(endpoint.capacity());
        if (::getsockname(fd, endpoint.data(), &size) != 0) {
            const int why = errno;
            ::close(fd);
            return fail(why);
        }
        worker->listen(fd, surface);
    }
    return endpoint.port();
}

} // namespace

struct Gateway::Impl {
    explicit Impl(Options options) : shared(std::move(options)) {}
    ~Impl() { stop(); }

    Status start() {
        auto listen = parse_listen(shared.options.listen);
        if (!listen) return std::move(listen).error();
        int threads = shared.options.threads;
        if (threads <= 0) threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
        for (int i = 0; i < threads; ++i)
            workers.push_back(std::make_unique<Worker>(shared));
        auto bound = bind_all(workers, *listen, Surface::proxy);
        if (!bound) return std::move(bound).error();
        port = *bound;
        if (!shared.options.admin_listen.empty()) {
            auto admin = parse_listen(shared.options.admin_listen);
            if (!admin) return std::move(admin).error();
            auto admin_bound = bind_all(workers, *admin, Surface::admin);
            if (!admin_bound) return std::move(admin_bound).error();
            admin_port = *admin_bound;
        }
        control = std::make_unique<ControlThread>(shared, [this](const std::shared_ptr<const gateway::RoutingTable> &table) {
            for (auto &worker : workers)
                worker->set_table(table);
        });
        // Tables are loaded before the workers run and come from the control thread after: a worker takes its table on its own
        // thread or before it has one.
        if (auto prepared = control->prepare(); !prepared) return std::move(prepared).error();
        for (auto &worker : workers)
            worker->start();
        control->start();
        return ok();
    }

    void stop() {
        const std::lock_guard lock(stopping);
        if (stopped) return;
        stopped = true;
        if (control != nullptr) control->tables().close();
        shared.stopping.store(true); // readiness first: whoever balances over us looks elsewhere
        for (auto &worker : workers)
            worker->begin_drain();
        const auto patience = shared.options.timeouts.drain;
        if (!wait_for_sessions(patience)) {
            for (auto &worker : workers)
                worker->abort_sessions();
            wait_for_sessions(std::chrono::milliseconds(500));
        }
        if (control != nullptr) control->stop();
        for (auto &worker : workers)
            worker->join();
    }

    bool wait_for_sessions(std::chrono::milliseconds patience) const {
        const auto until = std::chrono::steady_clock::now() + patience;
        while (shared.sessions.load() > 0) {
            if (std::chrono::steady_clock::now() >= until) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return true;
    }

    Shared shared;
    std::vector<std::unique_ptr<Worker>> workers;
    std::unique_ptr<ControlThread> control;
    std::uint16_t port = 0;
    std::uint16_t admin_port = 0;
    std::mutex stopping;
    bool stopped = false;
};

Gateway::Gateway(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Gateway::~Gateway() = default;

Result<std::unique_ptr<Gateway>> Gateway::start(Options options) {
    auto impl = std::make_unique<Impl>(std::move(options));
    if (auto started = impl->start(); !started) return std::move(started).error();
    return std::unique_ptr<Gateway>(new Gateway(std::move(impl)));
}

std::uint16_t Gateway::port() const {
    return impl_->port;
}
std::uint16_t Gateway::admin_port() const {
    return impl_->admin_port;
}

bool Gateway::set_routes(const RouteTable &table) {
    return impl_->control->tables().offer(table, "in process", gateway::TableStore::Keep::in_memory);
}

Gateway::Usage Gateway::usage() const {
    return impl_->shared.usage();
}
bool Gateway::ready() const {
    return impl_->shared.ready();
}
void Gateway::stop() {
    impl_->stop();
}

} // namespace xtn
