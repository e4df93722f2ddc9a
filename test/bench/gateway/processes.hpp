// The processes that are compared: each proxy runs alone in one, so that its CPU time can be read from outside.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace xtn::bench {

class ChildProcess {
  public:
    // Starts it with its standard input a pipe of ours (a child that reads it ends with us) and its output readable.
    explicit ChildProcess(const std::vector<std::string> &command);
    ChildProcess(const ChildProcess &) = delete;
    ChildProcess &operator=(const ChildProcess &) = delete;
    ~ChildProcess();                 // SIGTERM, SIGKILL after two seconds, and waits
    std::string read_line() const;   // of its output; throws when it ended
    double cpu_microseconds() const; // of all its threads so far

  private:
    int pid_ = -1, in_ = -1, out_ = -1;
};

struct Proxy {
    std::unique_ptr<ChildProcess> process;
    std::uint16_t port = 0;
};

// This program again, as a gateway with one thread in front of that origin; and HAProxy with one thread, set to add the same
// X-Forwarded-* lines and to keep its connections.
Proxy start_gateway(const std::filesystem::path &self, std::uint16_t origin);
Proxy start_haproxy(const std::filesystem::path &scratch, std::uint16_t origin);

// What start_gateway() runs: serves until standard input ends.
int serve_gateway(std::uint16_t origin);

} // namespace xtn::bench
