#include "test/unit/gateway/raw_http.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace xtn::test {

namespace {

void set_timeouts(int fd) {
    const timeval ten{10, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &ten, sizeof ten);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &ten, sizeof ten);
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

std::map<std::string, std::string> headers_of(std::string_view head) {
    std::map<std::string, std::string> out;
    head.remove_prefix(std::min(head.size(), head.find("\r\n") + 2));
    while (!head.empty()) {
        const auto line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(std::min(head.size(), line.size() + 2));
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        std::string name(line.substr(0, colon));
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        auto value = line.substr(colon + 1);
        while (value.starts_with(' '))
            value.remove_prefix(1);
        out[name] = std::string(value);
    }
    return out;
}

} // namespace

RawConnection RawConnection::connect_to(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(port);
    if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        throw std::runtime_error("cannot connect to port " + std::to_string(port));
    return RawConnection(fd);
}

RawConnection::RawConnection(int fd) : fd_(fd) {
    set_timeouts(fd);
}
RawConnection::RawConnection(RawConnection &&other) noexcept : pending(std::move(other.pending)), fd_(other.fd_) {
    other.fd_ = -1;
}
RawConnection::~RawConnection() {
    close();
}
void RawConnection::close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}
void RawConnection::half_close() {
    ::shutdown(fd_, SHUT_WR);
}
void RawConnection::reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
}

bool RawConnection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

bool RawConnection::receive() {
    char piece[65536];
    const auto n = ::recv(fd_, piece, sizeof piece, 0);
    if (n <= 0) return false;
    pending.append(piece, static_cast<std::size_t>(n));
    return true;
}

bool RawConnection::until(std::string_view mark, std::string &out) {
    std::size_t from = 0;
    for (;;) {
        const auto at = pending.find(mark, from);
        if (at != std::string::npos) {
            out += pending.substr(0, at + mark.size());
            pending.erase(0, at + mark.size());
            return true;
        }
        from = pending.size() < mark.size() ? 0 : pending.size() - mark.size();
        if (!receive()) return false;
    }
}

bool RawConnection::exactly(std::size_t bytes, std::string &out) {
    while (bytes > 0) {
        if (pending.empty() && !receive()) return false;
        const auto n = std::min(bytes, pending.size());
        out.append(pending, 0, n);
        pending.erase(0, n);
        bytes -= n;
    }
    return true;
}

bool RawConnection::chunks(std::string &out) {
    for (;;) {
        std::string line, end;
        if (!until("\r\n", line)) return false;
        const auto size = std::stoull(line, nullptr, 16);
        if (size == 0) { // trailers up to the empty line
            for (std::string trailer;; trailer.clear()) {
                if (!until("\r\n", trailer)) return false;
                if (trailer == "\r\n") return true;
            }
        }
        if (!exactly(size, out) || !exactly(2, end) || end != "\r\n") return false;
    }
}

Answer RawConnection::read_answer(std::string_view method, bool interim) {
    Answer answer;
    for (;;) {
        answer = Answer();
        if (!until("\r\n\r\n", answer.head)) return answer;
        answer.status = std::stoi(answer.head.substr(9, 3));
        if (answer.status >= 200 || interim) break;
    }
    answer.headers = headers_of(answer.head);
    if (method == "HEAD" || answer.status < 200 || answer.status == 204 || answer.status == 304) {
        answer.whole = true;
    } else if (answer.header("transfer-encoding") == "chunked") {
        answer.whole = chunks(answer.body);
    } else if (answer.headers.contains("content-length")) {
        answer.whole = exactly(std::stoull(answer.header("content-length")), answer.body);
    } else {
        while (receive()) {
        }
        answer.body = std::move(pending);
        pending.clear();
        answer.whole = true;
    }
    return answer;
}

std::string RawConnection::read_request() {
    std::string request;
    if (!until("\r\n\r\n", request)) return {};
    const auto headers = headers_of(request);
    if (const auto length = headers.find("content-length"); length != headers.end()) {
        if (!exactly(std::stoull(length->second), request)) return {};
    } else if (headers.contains("transfer-encoding")) {
        if (!chunks(request)) return {};
    }
    return request;
}

bool RawConnection::ended_within(std::chrono::milliseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        pollfd wanted{fd_, POLLIN, 0};
        if (left.count() <= 0 || ::poll(&wanted, 1, static_cast<int>(left.count())) <= 0) return false;
        if (!receive()) return true;
    }
}

Answer ask(std::uint16_t port, std::string_view method, std::string_view target, std::string_view lines, std::string_view body) {
    auto connection = RawConnection::connect_to(port);
    std::string request = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\n" + std::string(lines);
    if (!lines.starts_with("Host:") && lines.find("\nHost:") == std::string_view::npos)
        request += "Host: gw.example.com:8080\r\n";
    if (!body.empty() || method == "POST") request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    request += "\r\n";
    connection.send(request);
    connection.send(body);
    return connection.read_answer(method);
}

RawServer::RawServer(Serve serve) : serve_(std::move(serve)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr *>(&address), size) != 0 || ::listen(listener_, 128) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr *>(&address), &size) != 0)
        throw std::runtime_error("cannot listen");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

void RawServer::accept_all() {
    for (;;) {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        const int number = ++count_;
        const std::lock_guard lock(mutex_);
        threads_.emplace_back([this, fd, number] {
            RawConnection connection(fd);
            serve_(connection, number);
        });
    }
}

RawServer::~RawServer() {
    ::shutdown(listener_, SHUT_RDWR); // ends accept()
    acceptor_.join();
    ::close(listener_);
    for (auto &thread : threads_)
        thread.join();
}

std::string ok_answer(std::string_view body, std::string_view lines) {
    return "HTTP/1.1 200 OK\r\n" + std::string(lines) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

bool eventually(const std::function<bool()> &condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

} // namespace xtn::test
