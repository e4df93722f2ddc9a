// What the kernel says about this process, for the usual process_* metrics.
#pragma once

namespace xtn::gateway {

struct ProcessStats {
    double cpu_seconds = 0;
    double resident_bytes = 0;
    double open_fds = 0;
    double max_fds = 0;
    double start_time_seconds = 0; // Unix time
};

// Fields that cannot be read stay 0.
ProcessStats read_process_stats();

} // namespace xtn::gateway
