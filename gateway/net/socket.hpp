// A non-blocking TCP socket on a reactor: reads and writes that are tried at once, and waits for when they find nothing to do.
#pragma once

#include "gateway/net/reactor.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace xtn::gateway {

// Asio's addresses; nothing else of it is used by the workers.
using Endpoint4or6 = boost::asio::ip::tcp::endpoint;

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

class Socket;

// A few pieces written by one system call.
class Gather {
  public:
    static constexpr std::size_t capacity = 8;
    void add(std::string_view piece);
    bool empty() const { return first_ == count_; }
    // Writes as much as the socket takes. `done` once everything is out; written() counts all bytes so far.
    Io write_now(Socket &socket);
    std::size_t written() const { return written_; }

  private:
    std::array<iovec, capacity> pieces_;
    std::size_t first_ = 0, count_ = 0, written_ = 0;
};

// Used on its reactor's thread only.
class Socket {
  public:
    enum class Direction : unsigned char { read, write };

    Socket() = default;
    // Takes over a non-blocking descriptor.
    Socket(Reactor &reactor, int fd) : reactor_(&reactor), registration_(reactor.add(fd)) {}
    Socket(Socket &&other) noexcept = default;
    Socket &operator=(Socket &&other) noexcept;
    ~Socket() { close(); }

    int fd() const { return registration_ == nullptr ? -1 : registration_->fd; }
    bool open() const { return registration_ != nullptr; }
    void close(); // whoever waits is called off

    ReadResult read(char *into, std::size_t bytes);
    // What it has to say, without taking it: would_block is the only good answer of an idle connection.
    Io peek();
    // Has it told of something to read, or of its end, that was not read yet? May be out of date either way: peek() is certain.
    bool may_have_news() const { return registration_->readable; }

    // Connecting: not writable before it stands or has failed.
    void expect_connection() { registration_->writable = false; }

    class Wait {
      public:
        Wait(Registration &registration, Direction direction) : registration_(&registration), direction_(direction) {}
        Wait(const Wait &) = delete;
        Wait &operator=(const Wait &) = delete;
        ~Wait() {
            if (waits_ && slot() == &waiter_) slot() = nullptr;
        }
        bool await_ready() noexcept {
            waiter_.woken = direction_ == Direction::read ? registration_->readable : registration_->writable;
            return waiter_.woken;
        }
        void await_suspend(std::coroutine_handle<> task) noexcept {
            waiter_.task = task;
            slot() = &waiter_;
            waits_ = true;
        }
        bool await_resume() noexcept {
            waits_ = false; // the registration may be gone
            return waiter_.woken;
        }

      private:
        Waiter *&slot() { return direction_ == Direction::read ? registration_->reader : registration_->writer; }
        Registration *registration_;
        const Direction direction_;
        bool waits_ = false;
        Waiter waiter_;
    };
    // A call of one's own found nothing: what comes next is waited for.
    void used_up() { registration_->readable = registration_->hung_up; }
    // Until it may be read (written): true; called off by cancel() or close(): false. One waits for each direction.
    Wait wait(Direction direction) { return {*registration_, direction}; }
    void cancel();

    void no_delay();
    void keep_alive(int idle_seconds); // probes of the kernel, so that a peer that vanished is noticed
    void reset_on_close();             // the peer sees a reset, not an end
    void shut_down_writing();

  private:
    friend class Gather;
    Reactor *reactor_ = nullptr;
    std::unique_ptr<Registration> registration_;
};

// A listening socket of its own among others on the same address (SO_REUSEPORT), or alone; -1 with errno set.
int listen_on(const Endpoint4or6 &endpoint, bool share, int backlog);
// The next connection, non-blocking, with its peer's address as text; -1 with errno set, EAGAIN when there is none.
int accept_from(Socket &listener, std::string &peer);
// Begins to connect; -1 with errno set. The socket becomes writable once it stands or has failed, and connect_error() says which.
int begin_connect(const Endpoint4or6 &endpoint);
int connect_error(const Socket &socket); // 0: it stands

} // namespace xtn::gateway
