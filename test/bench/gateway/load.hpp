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

inline constexpr std::string_view query_id = "20261126_120000_00001_bncha";

// A coordinator: makes query ids that end in its suffix, answers by the path with pages of the query that it names, with a small
// object or a large page.
class Origin {
  public:
    // `suffix`: five characters. A statement is answered after `thinking`.
    explicit Origin(std::string_view suffix, std::chrono::milliseconds thinking = std::chrono::milliseconds(0));
    ~Origin();
    std::uint16_t port() const { return port_; }

  private:
    void accept_all();
    void serve(int fd);
    std::string_view answer(std::string_view request, std::string &scratch);
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::string small_, info_, page_, last_page_, page_64k_, page_1m_; // whole answers; those of queries with query_id in them
    std::atomic<int> next_query_{0};
    const std::string suffix_;
    const std::chrono::milliseconds thinking_;
    std::mutex mutex_;
    std::vector<int> open_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

// One exchange that a client repeats: the requests it sends, one after the other answer came. Where they name query_id, they mean
// the query that the first answer named.
struct Script {
    std::vector<std::string> requests;
};
Script small_get();                  // 14 header lines, 1.1 KB of JSON back
Script statement();                  // POST of 260 bytes and four pages
Script pages(std::string_view size); // "64k" or "1m" back

struct Load {
    double requests = 0; // answered
    double scripts = 0;  // run to their end
    double bytes = 0;    // of answers
};
// A connection to loopback; throws when there is none. Waits on it end after `patience`.
int connect_client(std::uint16_t port, std::chrono::seconds patience);
// Sends one request and reads its answer; false when it is cut off, late, or anything but 200.
bool exchange(int fd, std::string_view request, std::string &answer);

// Runs the script on `clients` keep-alive connections, without a pause between, for this long. Throws when an answer is not 200.
Load run_clients(std::uint16_t port, const Script &script, int clients, std::chrono::milliseconds time);

} // namespace xtn::bench
