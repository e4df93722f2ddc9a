#include "gateway/net/socket.hpp"

#include <sys/socket.h>

#include <cassert>
#include <cerrno>

namespace xtn::gateway {

ReadResult read_now(int fd, char *into, std::size_t bytes) {
    for (;;) {
        const auto n = ::recv(fd, into, bytes, MSG_DONTWAIT);
        if (n > 0) return {Io::done, static_cast<std::size_t>(n)};
        if (n == 0) return {Io::ended, 0};
        if (errno == EINTR) continue;
        return {errno == EAGAIN || errno == EWOULDBLOCK ? Io::would_block : Io::failed, 0};
    }
}

Io peek_now(int fd) {
    char byte = 0;
    for (;;) {
        const auto n = ::recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
        if (n > 0) return Io::done;
        if (n == 0) return Io::ended;
        if (errno == EINTR) continue;
        return errno == EAGAIN || errno == EWOULDBLOCK ? Io::would_block : Io::failed;
    }
}

void Gather::add(std::string_view piece) {
    if (piece.empty()) return;
    assert(count_ < capacity);
    pieces_[count_++] = iovec{const_cast<char *>(piece.data()), piece.size()}; // sendmsg does not write through it
}

Io Gather::write_now(int fd) {
    while (first_ < count_) {
        msghdr message{};
        message.msg_iov = pieces_.data() + first_;
        message.msg_iovlen = count_ - first_;
        const auto n = ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EINTR) continue;
            return errno == EAGAIN || errno == EWOULDBLOCK ? Io::would_block : Io::failed;
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

} // namespace xtn::gateway
