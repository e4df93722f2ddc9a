// Gateway: the Trino-aware SQL proxy (spec 50). One object is one replica: its listeners, threads and pools.
//
// Flow: listener -> session -> selection (host, header, default, or the query id's coordinator suffix) -> pooled upstream
// connection -> answer, with its bodies streamed both ways at bounded memory. The route table comes from set_routes(), from a
// file, or from a control plane's stream; a gateway never goes back to an older (epoch, version) and serves on from the last good
// table.
//
// Thread-safe: every public method may be called from any thread. Owns its threads; stop() and the destructor join them.
#pragma once

#include "core/base/result.hpp"
#include "core/model/route_table.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace xtn {

class Gateway {
  public:
    // How long each kind of waiting may last. All of them are enforced by one sweep per thread, to about 0.1 s.
    struct Timeouts {
        std::chrono::milliseconds read_header{5000};   // first byte of a request to the end of its header block (spec 50 §2.1)
        std::chrono::milliseconds idle{60000};         // keep-alive between two requests (spec 50 §2.1)
        std::chrono::milliseconds body_stall{30000};   // a request body that makes no progress
        std::chrono::milliseconds write_stall{120000}; // a client that takes no byte of its answer
        std::chrono::milliseconds connect{10000};      // to a coordinator (spec 50 §10.3)
        std::chrono::milliseconds upstream_response{300000}; // end of the request to the first byte of the answer
        std::chrono::milliseconds statement_answer{5000};    // ... of a new statement, while another backend could take it
        std::chrono::milliseconds upstream_stall{300000};    // an answer's body that makes no progress
        std::chrono::milliseconds upstream_idle{90000};      // pooled connection to a coordinator (spec 50 §10.3)
        std::chrono::milliseconds follow_up_retry{8000}; // how long a GET of a result page is held while its coordinator fails
        std::chrono::milliseconds health_interval{5000}; // spec 50 §15
        std::chrono::milliseconds health_timeout{2000};
        std::chrono::milliseconds drain{4000}; // stop(): answers in flight may end within this time
    };

    // X-Forwarded-* and Forwarded of a request. Trino builds nextUri and infoUri from them.
    enum class Forwarded : std::uint8_t {
        keep,    // believe what came, add what is missing, join X-Forwarded-For (spec 50 §10.1): behind an ingress
        replace, // drop what came and set our own: clients connect here directly
    };

    struct Limits {
        std::size_t max_connections = 16384;              // per gateway; above it new ones are closed at once
        std::size_t max_header_bytes = 1024 * 1024;       // request or answer header block (spec 50 §6)
        std::size_t max_header_lines = 1000;              // prepared statements and session properties come one line each
        std::size_t max_large_header_bytes = 64 << 20;    // all header blocks above 8 KiB together; above it 431
        std::size_t max_idle_upstream = 1024;             // pooled connections per thread
        std::size_t max_idle_per_backend = 128;           // ... and coordinator
        std::size_t max_tracked_queries = 100000;         // in-flight tracker
        std::size_t max_buffered_records = 20000;         // query records while the control plane is away
        std::size_t max_buffered_record_bytes = 16 << 20; // ... and of their text
        std::size_t max_table_bytes = 64 * 1024 * 1024;   // route table document
    };

    // Takes one batch of records (docs/gateway.md, "Records") and returns once they are safe; an error means: try the same batch
    // again. Called on the gateway's control thread, never concurrently.
    using RecordSink = std::function<Status(std::string_view batch_json)>;

    struct Options {
        std::string listen = "127.0.0.1:0"; // "address:port"; port 0: a free one
        std::string admin_listen;           // second listener for /health, /healthz, /readyz, /metrics only; empty: none
        int threads = 0;                    // 0: one per core
        Timeouts timeouts;
        Limits limits;
        Forwarded forwarded = Forwarded::keep;
        std::string gateway_id;            // names this replica in records; empty: host name
        std::filesystem::path hosts_file;  // "ADDRESS NAME..." lines, asked before DNS, re-read when it changes; empty: none
        std::filesystem::path routes_file; // routes.yaml, re-read when it changes; empty: none
        std::filesystem::path state_dir;   // last good table from the control plane; empty: not kept
        std::string control_plane_url;     // "http://host:port"; empty: no stream
        std::string control_plane_token;   // bearer token for it; empty: none
        RecordSink record_sink;            // where records go; empty: to control_plane_url, or nowhere without one
        int access_log_fd = -1;            // one JSON line per request; -1: none
    };

    // What is in use right now; tests hold it against leaks, operators see it in /metrics.
    struct Usage {
        std::size_t sessions = 0;      // client connections
        std::size_t exchanges = 0;     // requests being answered
        std::size_t upstream = 0;      // connections to coordinators, in use
        std::size_t upstream_idle = 0; // ... and pooled
        std::size_t buffers = 0;       // leased I/O buffers
        std::size_t large_header_bytes = 0;
        std::size_t tracked_queries = 0;
        std::size_t buffered_records = 0;
    };

    // Binds and serves. Errors: invalid_argument (address, URL, or a routes file that cannot be read at start), unavailable
    // (address in use).
    static Result<std::unique_ptr<Gateway>> start(Options options);
    ~Gateway(); // stop()
    Gateway(const Gateway &) = delete;
    Gateway &operator=(const Gateway &) = delete;

    std::uint16_t port() const;
    std::uint16_t admin_port() const; // 0 without an admin listener

    // Offers a table. Returns false, and changes nothing, when one at least as new is in use already (epoch first, then version).
    // Requests that begin after the return are routed by it.
    bool set_routes(const RouteTable &table);

    Usage usage() const;
    bool ready() const; // a table was loaded and stop() has not begun

    // Readiness false, listeners closed, idle connections closed, answers in flight drained within Timeouts::drain, then
    // everything closed. Idempotent; returns when done.
    void stop();

  private:
    struct Impl;
    explicit Gateway(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace xtn
