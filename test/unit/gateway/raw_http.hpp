// HTTP over bare sockets, for tests that need to say what no proper client or server says. Every wait ends after ten seconds.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace xtn::test {

struct Answer {
    int status = 0;                             // 0: no answer, the connection ended
    std::map<std::string, std::string> headers; // names in lower case; the last of equal names
    std::string head;                           // as received
    std::string body;                           // chunks put together
    bool whole = false;                         // ended as its framing says
    std::string header(const std::string &name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string() : found->second;
    }
};

class RawConnection {
  public:
    static RawConnection connect_to(std::uint16_t port); // on loopback
    explicit RawConnection(int fd);
    RawConnection(RawConnection &&other) noexcept;
    RawConnection &operator=(RawConnection &&) = delete;
    ~RawConnection();

    bool send(std::string_view bytes); // all of them; false when the other side is gone
    // One more piece into `pending`; false at the end, on a reset and after ten seconds.
    bool receive();
    // One answer, interim ones (1xx) left out unless wanted. `method` decides whether a body follows.
    Answer read_answer(std::string_view method = "GET", bool interim = false);
    // One request: its head, and its body by Content-Length or chunks. Empty when the connection ended.
    std::string read_request();
    // True once the other side has closed or reset, within this time.
    bool ended_within(std::chrono::milliseconds time);
    void half_close();
    void reset(); // closes with a reset
    void close();
    int fd() const { return fd_; }

    std::string pending; // received and not used yet

  private:
    bool until(std::string_view mark, std::string &out); // moves everything up to and including the mark
    bool exactly(std::size_t bytes, std::string &out);
    bool chunks(std::string &out);
    int fd_ = -1;
};

// One request on a connection of its own. `lines`: header lines, each with its CRLF.
Answer ask(std::uint16_t port, std::string_view method, std::string_view target, std::string_view lines = {},
           std::string_view body = {});

// A server that does to each connection what the test says, on a thread per connection.
class RawServer {
  public:
    using Serve = std::function<void(RawConnection &connection, int number)>; // number: 1 for the first connection
    explicit RawServer(Serve serve);
    ~RawServer(); // waits for every connection's end
    std::uint16_t port() const { return port_; }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    int connections() const { return count_.load(); }

  private:
    void accept_all();
    Serve serve_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> count_{0};
    std::mutex mutex_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

std::string ok_answer(std::string_view body, std::string_view lines = {}); // 200 with Content-Length

// Waits for a condition; false after ten seconds.
bool eventually(const std::function<bool()> &condition);

} // namespace xtn::test
