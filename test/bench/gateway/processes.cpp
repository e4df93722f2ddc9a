#include "test/bench/gateway/processes.hpp"

#include "gateway/gateway.hpp"
#include "test/bench/gateway/load.hpp"

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
    ::kill(pid_, SIGCONT);
    ::kill(pid_, SIGTERM);
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    while (::waitpid(pid_, nullptr, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() > patience) ::kill(pid_, SIGKILL);
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ::close(out_);
}

void ChildProcess::signal(int number) const {
    ::kill(pid_, number);
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

Proxy start_gateway(const std::filesystem::path &self, const std::vector<std::uint16_t> &origins) {
    Proxy proxy;
    std::vector<std::string> command{self.string(), "--serve"};
    for (const auto port : origins)
        command.push_back(std::to_string(port));
    proxy.process = std::make_unique<ChildProcess>(command);
    proxy.port = static_cast<std::uint16_t>(std::stoi(proxy.process->read_line()));
    return proxy;
}

int serve_gateway(const std::vector<std::uint16_t> &origins) {
    Gateway::Options options;
    options.threads = 1;
    auto gateway = Gateway::start(std::move(options));
    if (!gateway.ok()) throw std::runtime_error(gateway.error().message);
    RouteTable table;
    table.version = 1;
    Route route;
    route.name = route.routing_group = "bench--x";
    route.header = "bench/x";
    for (std::size_t i = 0; i < origins.size(); ++i)
        route.backends.push_back(backend("x" + std::to_string(i), "http://127.0.0.1:" + std::to_string(origins[i])));
    table.routes.push_back(route);
    (*gateway)->set_routes(table);
    std::printf("%u\n", static_cast<unsigned>((*gateway)->port()));
    std::fflush(stdout);
    wait_for_end();
    return 0;
}

// What HAProxy is asked to do is what the gateway does: choose by the selector header, learn from answers to statements whose
// query ids end in what, send follow-ups where their id was made, keep connections on both sides, give a statement to the other
// coordinator when one is gone. It does not read pages, rewrite links, follow queries or check ids, as the gateway does.
Proxy start_haproxy(const std::filesystem::path &scratch, const std::vector<std::uint16_t> &origins) {
    Proxy proxy;
    proxy.port = free_port();
    const auto config = scratch / "haproxy.cfg";
    const auto map = scratch / "routes.map";
    std::ofstream(map) << "bench/x bench_x\n";
    std::ofstream out(config);
    out << R"(global
  nbthread 1
  maxconn 4000
defaults
  mode http
  option http-keep-alive
  option forwardfor
  option redispatch 1
  retry-on conn-failure empty-response
  http-reuse always
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend sql
  bind 127.0.0.1:)"
        << proxy.port << R"(
  http-request set-header X-Forwarded-Host %[req.hdr(Host)]
  http-request set-header X-Forwarded-Proto http
  use_backend %[req.hdr(X-Trino-XTrinode),map()"
        << map.string() << R"(,unknown)]
backend unknown
  http-request return status 404
backend bench_x
  balance leastconn
  stick-table type string len 8 size 10k expire 1h
  stick match path,field(5,/),field(4,_) if { path_beg /v1/statement/ }
  http-request set-var(txn.statement) bool(true) if METH_POST { path /v1/statement }
  http-response wait-for-body time 5s if { var(txn.statement) -m bool }
  stick store-response res.body,json_query('$.id'),field(4,_) if { var(txn.statement) -m bool }
)";
    for (std::size_t i = 0; i < origins.size(); ++i)
        out << "  server c" << i << " 127.0.0.1:" << origins[i] << "\n";
    out.close();
    proxy.process = std::make_unique<ChildProcess>(std::vector<std::string>{"haproxy", "-db", "-q", "-f", config.string()});
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!answers(proxy.port)) {
        if (std::chrono::steady_clock::now() > patience) throw std::runtime_error("haproxy does not listen (package haproxy)");
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return proxy;
}

// A coordinator as a process of its own, to be killed.
Proxy start_origin(const std::filesystem::path &self, const std::string &suffix) {
    Proxy origin;
    origin.process = std::make_unique<ChildProcess>(std::vector<std::string>{self.string(), "--origin", suffix});
    origin.port = static_cast<std::uint16_t>(std::stoi(origin.process->read_line()));
    return origin;
}

int serve_origin(const std::string &suffix) {
    const Origin origin(suffix, std::chrono::milliseconds(20)); // as Trino takes at most
    std::printf("%u\n", static_cast<unsigned>(origin.port()));
    std::fflush(stdout);
    wait_for_end();
    return 0;
}

void wait_for_end() {
    char byte = 0;
    while (::read(0, &byte, 1) > 0) {
    }
}

} // namespace xtn::bench
