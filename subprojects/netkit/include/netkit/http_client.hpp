// An HTTP/1.1 client over TCP or TLS, as coroutines: keep-alive pool per origin, deadlines, streamed answers.
#pragma once

#include "netkit/deadline.hpp"
#include "netkit/http_message.hpp"
#include "netkit/result.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace netkit {

// Where to connect. `address` overrides name resolution (the name still goes into Host and TLS).
struct Origin {
    bool tls = false;
    std::string host;
    std::uint16_t port = 80;
    std::string address;

    // "http://host:port[/prefix]"; the prefix is returned separately. Errors: invalid_argument.
    static Result<Origin> parse(std::string_view url, std::string *prefix = nullptr);
    std::string authority() const; // "host:port", port left out when it is the scheme's default
};

struct TlsOptions {
    std::string ca_pem;                 // empty: the system's roots
    std::string client_certificate_pem; // mutual TLS, with client_key_pem
    std::string client_key_pem;
    bool verify_peer = true;
    std::string server_name; // overrides the host in SNI and verification
};

// The body of an answer, read piece by piece. Destroying it before the end closes the connection.
class BodyReader {
  public:
    virtual ~BodyReader() = default;
    // The next piece (at most 64 KiB), or an empty string at the orderly end. Errors: deadline_exceeded, unavailable (cut off).
    virtual boost::asio::awaitable<Result<std::string>> read(Deadline deadline) = 0;
};

struct StreamedResponse {
    Response head; // body empty
    std::unique_ptr<BodyReader> body;
};

class Client {
  public:
    struct Options {
        TlsOptions tls;
        std::size_t max_body_bytes = 64 * 1024 * 1024;
        std::size_t max_idle_per_origin = 8;
    };

    Client(boost::asio::any_io_executor executor, Options options);
    ~Client();
    Client(const Client &) = delete;
    Client &operator=(const Client &) = delete;

    // One request, whole answer. A pooled connection that dies before the first byte is retried once on a new one for GET, HEAD
    // and DELETE only. Any HTTP status is a success here. Errors: unavailable (connect, reset), deadline_exceeded,
    // resource_exhausted (body over the bound), data_corrupted (not HTTP).
    boost::asio::awaitable<Result<Response>> send(Origin origin, Request request, Deadline deadline);

    // As send(), but the body is handed out as it comes. `deadline` covers up to the end of the headers.
    boost::asio::awaitable<Result<StreamedResponse>> open(Origin origin, Request request, Deadline deadline);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

// For threads without an event loop (CLI, tests): runs its own loop for one call.
Result<Response> send_blocking(const Origin &origin, const Request &request, Deadline deadline, const TlsOptions &tls = {});

} // namespace netkit
