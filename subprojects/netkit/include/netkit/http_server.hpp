// A small HTTP/1.1 server for control-plane endpoints (APIs, metrics, watches): not the SQL proxy's fast path.
//
// Flow: a request is read completely (within the bounds below), then the handler is called on an I/O thread. It either
// answers at once or keeps the Exchange and answers later, from any thread. A connection serves one exchange at a time.
//
// Guarantees: bounded headers and bodies; a deadline on reading a request and on each write; malformed requests are
// answered 400/413/431 and closed, stalled ones closed; an Exchange that is dropped unanswered answers 500; stop() ends every
// connection.
#pragma once

#include "netkit/http_message.hpp"
#include "netkit/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace netkit {

// One request waiting for its answer. Thread-safe; exactly one of respond() or begin() may be called, once.
class Exchange {
  public:
    virtual ~Exchange() = default;

    virtual const Request &request() const = 0;

    // The whole answer. Content-Length is added; for HEAD the body is left out and its length kept.
    virtual void respond(Response response) = 0;

    // Starts a streamed answer (chunked). `head.body` is the first piece, if not empty.
    virtual void begin(Response head) = 0;
    // Queues one piece. False once the client has gone or the unsent bytes exceed Server::Options::max_stream_backlog: then
    // the stream is closed and the producer should stop (a slow watcher must not hold memory).
    virtual bool write(std::string piece) = 0;
    // Ends the stream properly (last chunk). Further writes return false.
    virtual void finish() = 0;
    // Ends the exchange by closing the connection without an orderly end; used by fault switches and slow-reader limits.
    virtual void abort() = 0;

    // Called once, on an I/O thread, when the client goes away or the exchange is over; at once if that has happened already.
    virtual void on_close(std::function<void()> callback) = 0;
};

class Server {
  public:
    using Handler = std::function<void(std::shared_ptr<Exchange>)>;

    struct Options {
        int threads = 1;
        std::size_t max_header_bytes = 32 * 1024;
        std::size_t max_body_bytes = 8 * 1024 * 1024;
        std::size_t max_stream_backlog = 8 * 1024 * 1024;
        std::size_t max_connections = 4096;
        std::chrono::milliseconds read_timeout{20000};  // first byte of a request to its last
        std::chrono::milliseconds idle_timeout{120000}; // between requests
        std::chrono::milliseconds write_timeout{20000}; // each write
    };

    // Binds "address:port" (port 0: a free one) and starts the I/O threads. Errors: unavailable (address in use),
    // invalid_argument (address unreadable).
    static Result<std::unique_ptr<Server>> start(std::string_view listen, Options options, Handler handler);

    Server(const Server &) = delete;
    Server &operator=(const Server &) = delete;
    ~Server(); // stop()

    std::uint16_t port() const;
    // "127.0.0.1:34567"
    std::string address() const;
    // Refuses new connections, gives running exchanges `grace` to end, then closes them. Idempotent; returns when done.
    void stop(std::chrono::milliseconds grace = std::chrono::milliseconds(500));

  private:
    struct Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace netkit
