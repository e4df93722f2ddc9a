// One JSON line per request, written by the control thread so that a slow disk or pipe never stops a socket. Bounded: lines that
// do not fit are dropped and counted in the next line that does. No query string, no statement, no credentials; of a result
// page's path only what is no secret (the slug is one).
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace xtn::gateway {

struct AccessLine {
    std::string_view method, path; // path as sent
    int status = 0;
    std::string_view runtime; // "<ns>/<name>", empty: none
    std::string_view routing_group;
    std::string_view query_id;
    std::string_view peer;
    std::string_view user;
    std::chrono::microseconds took{0};
    std::uint64_t bytes = 0; // sent to the client
    std::string_view note;   // why it ended early; empty: it did not
};

class AccessLog {
  public:
    explicit AccessLog(int fd) : fd_(fd) {}
    bool enabled() const { return fd_ >= 0; }
    void add(const AccessLine &line);
    // Writes what has gathered. Called on the control thread.
    void flush();

  private:
    static constexpr std::size_t max_pending_bytes = 4 << 20;
    const int fd_;
    std::mutex mutex_;
    std::string pending_, writing_;
    std::uint64_t dropped_ = 0;
};

} // namespace xtn::gateway
