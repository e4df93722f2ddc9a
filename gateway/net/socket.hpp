// Asio's types as this proxy uses them, and the non-blocking calls that are tried before anything waits.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <string_view>

namespace xtn::gateway {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
template <class T = void> using Task = asio::awaitable<T, Executor>;
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> use_task{};

enum class Io : unsigned char {
    done,
    would_block, // wait, then try again
    ended,       // orderly end of the other side's stream
    failed,      // reset, or any other error
};

struct ReadResult {
    Io status = Io::failed;
    std::size_t bytes = 0;
};
ReadResult read_now(int fd, char *into, std::size_t bytes);

// What an idle connection has to say, without taking it: would_block is the only good answer for a pooled one.
Io peek_now(int fd);

// A few pieces written by one system call.
class Gather {
  public:
    static constexpr std::size_t capacity = 8;
    void add(std::string_view piece);
    bool empty() const { return first_ == count_; }
    // Writes as much as the socket takes. `done` once everything is out; written() counts all bytes so far.
    Io write_now(int fd);
    std::size_t written() const { return written_; }

  private:
    std::array<iovec, capacity> pieces_;
    std::size_t first_ = 0, count_ = 0, written_ = 0;
};

} // namespace xtn::gateway
