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
    void signal(int number) const;

  private:
    int pid_ = -1, in_ = -1, out_ = -1;
};

struct Proxy {
    std::unique_ptr<ChildProcess> process;
    std::uint16_t port = 0;
};

// This program again, as a gateway with one thread in front of these coordinators, one routing group; and HAProxy with one
// thread, set to do the same.
Proxy start_gateway(const std::filesystem::path &self, const std::vector<std::uint16_t> &origins);
Proxy start_haproxy(const std::filesystem::path &scratch, const std::vector<std::uint16_t> &origins);
// This program again, as a coordinator.
Proxy start_origin(const std::filesystem::path &self, const std::string &suffix);

// What start_gateway() and start_origin() run: serve until standard input ends.
int serve_gateway(const std::vector<std::uint16_t> &origins);
int serve_origin(const std::string &suffix);
void wait_for_end();

} // namespace xtn::bench
