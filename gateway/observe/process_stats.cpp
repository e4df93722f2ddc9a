#include "gateway/observe/process_stats.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace xtn::gateway {

namespace {

double count_fds() {
    DIR *dir = opendir("/proc/self/fd");
    if (dir == nullptr) return 0;
    double n = -3; // ".", ".." and the descriptor of this listing
    while (readdir(dir) != nullptr)
        ++n;
    closedir(dir);
    return n;
}

double boot_time() {
    std::ifstream in("/proc/stat");
    std::string word;
    while (in >> word) {
        double value = 0;
        if (word == "btime" && in >> value) return value;
    }
    return 0;
}

} // namespace

ProcessStats read_process_stats() {
    ProcessStats stats;
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        stats.cpu_seconds = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                            static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    }
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) stats.max_fds = static_cast<double>(limit.rlim_cur);
    stats.open_fds = count_fds();

    // /proc/self/stat: the command may hold blanks, so fields are counted from the last ')'. Field 22 is the start in clock ticks
    // since boot, field 24 the resident pages.
    std::ifstream in("/proc/self/stat");
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const auto close = text.rfind(')');
    if (close == std::string::npos) return stats;
    std::istringstream fields(text.substr(close + 1));
    std::string field;
    for (int number = 3; fields >> field; ++number) {
        if (number == 22) stats.start_time_seconds = boot_time() + std::stod(field) / static_cast<double>(sysconf(_SC_CLK_TCK));
        if (number == 24) {
            stats.resident_bytes = std::stod(field) * static_cast<double>(sysconf(_SC_PAGESIZE));
            break;
        }
    }
    return stats;
}

} // namespace xtn::gateway
