"""Two tables: the bench programs, and the figures that were promised."""

# name: (command, seconds it may take). "{build}" is the build folder; a command that starts with a .py file runs with this Python. Each gets
# `--quick` when a run shall only show that it works. Each prints, as the last line of its output, a JSON list of figures (figures.hpp,
# figures.py: `ratio` and `amount`), and ends with status 0.
PROGRAMS = {
    "log": (["{build}/test/bench/log/log_bench"], 240),
    "reaction": (["control/reaction.py", "--build", "{build}"], 120),
    "idle": (["control/idle.py", "--build", "{build}"], 600),
    "state": (["{build}/test/bench/state/state_bench"], 240),
    "gateway": (["{build}/test/bench/gateway/gateway_bench"], 240),
}

# id of a figure: (what it says, goal in words, the program that measures it).
PROMISED = {
    "append.many": ("durable append, 64 producers of 300-byte events", ">= 0.8 x a bare RocksDB writer with the same bytes and batch sizes", "log"),
    "append.one": ("one producer, latency of a durable append", "<= 1.25 x bare RocksDB put and sync", "log"),
    "replay": ("replay through all projections", ">= 0.6 x iterating and JSON-parsing the same log", "state"),
    "verify": ("verify", ">= 0.7 x reading and hashing the same bytes", "log"),
    "cost.runtimes": ("cost per event with 10 and with 10,000 runtimes", "ratio <= 1.3", "state"),
    "reaction": ("watch event to first write out, idle system", "p99 <= 5 ms above the disk's own sync", "reaction"),
    "idle.events": ("idle control plane with 1,000 runtimes, events", "0", "idle"),
    "idle.writes": ("idle control plane with 1,000 runtimes, API writes", "0", "idle"),
    "idle.cpu": ("idle control plane with 1,000 runtimes, CPU", "< 0.5 % of a core", "idle"),
    "memory.runtime": ("memory per runtime (objects planned, three pods)", "<= 64 KiB", "state"),
    "gateway.request": ("gateway, CPU per small request", "<= 1.0 x HAProxy doing the same stickiness", "gateway"),
    "gateway.statement": ("gateway, CPU per statement query (1 POST and 4 GET)", "<= 1.0 x HAProxy doing the same stickiness", "gateway"),
    "gateway.page.64k": ("gateway, CPU per MB of 64 KB pages", "<= 1.0 x HAProxy", "gateway"),
    "gateway.page.1m": ("gateway, CPU per MB of 1 MB pages", "<= 1.0 x HAProxy", "gateway"),
    "gateway.kill": ("one of two coordinators killed under 100 statements/s", "0 new statements failed", "gateway"),
}
