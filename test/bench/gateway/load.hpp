// Clients and the coordinator of the benchmark: blocking sockets, a thread for each connection, canned bytes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace xtn::bench {

inline constexpr std::string_view query_id = "20261126_120000_00001_bench";

// Answers by the path: the pages of one query, a small object, a large page.
class Origin {
  public:
    Origin();
    ~Origin();
    std::uint16_t port() const { return port_; }

  private:
    void accept_all();
    void serve(int fd) const;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::string small_, page_, large_; // whole answers
    std::mutex mutex_;
    std::vector<int> open_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

// One exchange that a client repeats: the requests it sends, one after the other answer came.
struct Script {
    std::vector<std::string> requests;
};
Script small_get();  // 14 header lines, 1.1 KB of JSON back
Script statement();  // POST of 260 bytes and four pages
Script large_page(); // 1 MB back

struct Load {
    double requests = 0; // answered
    double scripts = 0;  // run to their end
    double bytes = 0;    // of answers
};
// Runs the script on `clients` keep-alive connections, without a pause between, for this long. Throws when an answer is not 200.
Load run_clients(std::uint16_t port, const Script &script, int clients, std::chrono::milliseconds time);

} // namespace xtn::bench
