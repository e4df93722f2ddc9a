#include "test/bench/gateway/processes.hpp"

#include "gateway/gateway.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <thread>

extern char **environ;

namespace xtn::bench {

namespace {

std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(fd, reinterpret_cast<sockaddr *>(&address), size) != 0 ||
        ::getsockname(fd, reinterpret_cast<sockaddr *>(&address), &size) != 0)
        throw std::runtime_error("no free port");
    ::close(fd);
    return ntohs(address.sin_port);
}

bool answers(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool good = ::connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    ::close(fd);
    return good;
}

Backend backend(const std::string &name, const std::string &url) {
    Backend b;
    b.ns = "bench";
    b.name = name;
    b.coordinator_url = url;
    return b;
}

} // namespace

ChildProcess::ChildProcess(const std::vector<std::string> &command) {
    int in[2], out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    std::vector<char *> arguments;
    for (const auto &word : command)
        arguments.push_back(const_cast<char *>(word.c_str()));
    arguments.push_back(nullptr);
    const int failed = ::posix_spawnp(&pid_, arguments.front(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);
    in_ = in[1];
    out_ = out[0];
    if (failed != 0) throw std::runtime_error("cannot start " + command.front());
}

ChildProcess::~ChildProcess() {
    ::close(in_);
    ::kill(pid_, SIGTERM);
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    while (::waitpid(pid_, nullptr, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() > patience) ::kill(pid_, SIGKILL);
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ::close(out_);
}

std::string ChildProcess::read_line() const {
    std::string line;
    for (char c = 0;;) {
        if (::read(out_, &c, 1) != 1) throw std::runtime_error("the process ended before it said what it should");
        if (c == '\n') return line;
        line.push_back(c);
    }
}

double ChildProcess::cpu_microseconds() const {
    double nanoseconds = 0;
    for (const auto &task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
        std::ifstream in(task.path() / "schedstat");
        double on_cpu = 0;
        in >> on_cpu;
        nanoseconds += on_cpu;
    }
    return nanoseconds / 1000;
}

Proxy start_gateway(const std::filesystem::path &self, std::uint16_t origin) {
    Proxy proxy;
    proxy.process = std::make_unique<ChildProcess>(std::vector<std::string>{self.string(), "--serve", std::to_string(origin)});
    proxy.port = static_cast<std::uint16_t>(std::stoi(proxy.process->read_line()));
    return proxy;
}

int serve_gateway(std::uint16_t origin) {
    Gateway::Options options;
    options.threads = 1;
    auto gateway = Gateway::start(std::move(options));
    if (!gateway.ok()) throw std::runtime_error(gateway.error().message);
    const std::string url = "http://127.0.0.1:" + std::to_string(origin);
    RouteTable table;
    table.version = 1;
    // A second runtime, so that follow-ups are told apart by their query id.
    for (const auto *name : {"x", "y"}) {
        Route route;
        route.name = route.routing_group = std::string("bench--") + name;
        route.header = std::string("bench/") + name;
        route.backends.push_back(backend(name, name[0] == 'x' ? url : url + "/other"));
        table.routes.push_back(route);
    }
    (*gateway)->set_routes(table);
    std::printf("%u\n", static_cast<unsigned>((*gateway)->port()));
    std::fflush(stdout);
    char byte = 0;
    while (::read(0, &byte, 1) > 0) {
    }
    return 0;
}

Proxy start_haproxy(const std::filesystem::path &scratch, std::uint16_t origin) {
    Proxy proxy;
    proxy.port = free_port();
    const auto config = scratch / "haproxy.cfg";
    std::ofstream(config) << "global\n  nbthread 1\n  maxconn 2000\n"
                             "defaults\n  mode http\n  option http-keep-alive\n  option forwardfor\n  http-reuse always\n"
                             "  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n"
                             "listen proxy\n  bind 127.0.0.1:"
                          << proxy.port
                          << "\n  http-request set-header X-Forwarded-Host %[req.hdr(Host)]\n"
                             "  http-request set-header X-Forwarded-Proto http\n  server origin 127.0.0.1:"
                          << origin << "\n";
    proxy.process = std::make_unique<ChildProcess>(std::vector<std::string>{"haproxy", "-db", "-q", "-f", config.string()});
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!answers(proxy.port)) {
        if (std::chrono::steady_clock::now() > patience) throw std::runtime_error("haproxy does not listen (package haproxy)");
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return proxy;
}

} // namespace xtn::bench
