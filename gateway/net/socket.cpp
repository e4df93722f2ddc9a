#include "gateway/net/socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <utility>

namespace xtn::gateway {

Socket &Socket::operator=(Socket &&other) noexcept {
    if (this != &other) {
        close();
        reactor_ = other.reactor_;
        registration_ = std::move(other.registration_);
    }
    return *this;
}

void Socket::close() {
    if (registration_ == nullptr) return;
    cancel();
    ::close(registration_->fd);
    reactor_->remove(std::move(registration_));
}

void Socket::cancel() {
    if (registration_ == nullptr) return;
    reactor_->wake(registration_->reader, false);
    reactor_->wake(registration_->writer, false);
}

// A read that leaves room has taken all there was: what comes later is told anew. Only an end that came along is not.
ReadResult Socket::read(char *into, std::size_t bytes) {
    for (;;) {
        const auto n = ::recv(registration_->fd, into, bytes, MSG_DONTWAIT);
        if (n > 0) {
            if (static_cast<std::size_t>(n) < bytes) registration_->readable = registration_->hung_up;
            return {Io::done, static_cast<std::size_t>(n)};
        }
        if (n == 0) return {Io::ended, 0};
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) return {Io::failed, 0};
        registration_->readable = registration_->hung_up;
        return {Io::would_block, 0};
    }
}

Io Socket::peek() {
    char byte = 0;
    for (;;) {
        const auto n = ::recv(registration_->fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
        if (n > 0) return Io::done;
        if (n == 0) return Io::ended;
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) return Io::failed;
        registration_->readable = registration_->hung_up;
        return Io::would_block;
    }
}

void Socket::no_delay() {
    const int on = 1;
    ::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void Socket::keep_alive(int idle_seconds) {
    const int on = 1;
    ::setsockopt(fd(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    ::setsockopt(fd(), IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds);
}

void Socket::reset_on_close() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void Socket::shut_down_writing() {
    ::shutdown(fd(), SHUT_WR);
}

void Gather::add(std::string_view piece) {
    if (piece.empty()) return;
    assert(count_ < capacity);
    pieces_[count_++] = iovec{const_cast<char *>(piece.data()), piece.size()}; // sendmsg does not write through it
}

Io Gather::write_now(Socket &socket) {
    while (first_ < count_) {
        msghdr message{};
        message.msg_iov = pieces_.data() + first_;
        message.msg_iovlen = count_ - first_;
        const auto n = ::sendmsg(socket.registration_->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EINTR) continue;
            if (errno != EAGAIN && errno != EWOULDBLOCK) return Io::failed;
            socket.registration_->writable = false;
            return Io::would_block;
        }
        auto left = static_cast<std::size_t>(n);
        written_ += left;
        while (first_ < count_ && left >= pieces_[first_].iov_len)
            left -= pieces_[first_++].iov_len;
        if (left > 0) {
            pieces_[first_].iov_base = static_cast<char *>(pieces_[first_].iov_base) + left;
            pieces_[first_].iov_len -= left;
        }
    }
    return Io::done;
}

int listen_on(const Endpoint4or6 &endpoint, bool share, int backlog) {
    const int fd = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    const int on = 1;
    bool good = ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0;
    good = good && (!share || ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0);
    good = good && ::bind(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0 && ::listen(fd, backlog) == 0;
    if (good) return fd;
    const int failed = errno;
    ::close(fd);
    errno = failed;
    return -1;
}

int accept_from(Socket &listener, std::string &peer) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int fd = ::accept4(listener.fd(), reinterpret_cast<sockaddr *>(&address), &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return -1;
    char text[INET6_ADDRSTRLEN] = {};
    const void *host = nullptr;
    if (address.ss_family == AF_INET) {
        host = &reinterpret_cast<const sockaddr_in &>(address).sin_addr;
    } else if (address.ss_family == AF_INET6) {
        host = &reinterpret_cast<const sockaddr_in6 &>(address).sin6_addr;
    }
    peer = host != nullptr && ::inet_ntop(address.ss_family, host, text, sizeof text) != nullptr ? text : "";
    return fd;
}

int begin_connect(const Endpoint4or6 &endpoint) {
    const int fd = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    if (::connect(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0 || errno == EINPROGRESS) return fd;
    const int failed = errno;
    ::close(fd);
    errno = failed;
    return -1;
}

int connect_error(const Socket &socket) {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
}

} // namespace xtn::gateway
