#include "netkit/http_client.hpp"

#include "netkit/task.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <charconv>
#include <map>
#include <tuple>
#include <variant>
#include <vector>

namespace netkit {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

namespace {

constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t piece_bytes = 64 * 1024;

Error transport_error(const beast::error_code &ec, std::string_view doing) {
    Code code = Code::unavailable;
    std::string text = ec.message();
    if (ec == beast::error::timeout) {
        code = Code::deadline_exceeded;
        text = "no answer within the deadline";
    } else if (ec == asio::error::operation_aborted) {
        code = Code::cancelled;
        text = "cancelled";
    } else if (ec == asio::error::eof || ec == http::error::end_of_stream || ec == http::error::partial_message) {
        text = "connection closed by the other side";
    } else if (ec.category() == beast::error_code(http::error::bad_method).category()) {
        code = ec == http::error::body_limit ? Code::resource_exhausted : Code::data_corrupted;
    }
    return make_error(code, std::string(doing) + ": " + text);
}

// A byte stream, plain or TLS; the two differ in nothing else. Deadlines are those of the underlying tcp_stream.
class Wire {
  public:
    virtual ~Wire() = default;
    virtual beast::tcp_stream &tcp_layer() = 0;
    virtual asio::awaitable<std::tuple<beast::error_code, std::size_t>> read_some(asio::mutable_buffer into) = 0;
    virtual asio::awaitable<beast::error_code> write(std::string_view bytes) = 0;
    virtual asio::awaitable<beast::error_code> handshake() = 0;
    void close() {
        beast::error_code ec;
        tcp_layer().socket().shutdown(tcp::socket::shutdown_both, ec);
        tcp_layer().close();
    }
    // An idle connection that became readable is dead: closed by the peer, or about to speak out of turn.
    bool stale() {
        beast::error_code ec;
        auto &socket = tcp_layer().socket();
        if (!socket.is_open()) return true;
        socket.non_blocking(true, ec);
        char byte = 0;
        const auto n = socket.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, ec);
        return n > 0 || (ec != asio::error::would_block && ec != asio::error::try_again);
    }
};

class PlainWire final : public Wire {
  public:
    explicit PlainWire(beast::tcp_stream stream) : stream_(std::move(stream)) {}
    beast::tcp_stream &tcp_layer() override { return stream_; }
    asio::awaitable<std::tuple<beast::error_code, std::size_t>> read_some(asio::mutable_buffer into) override {
        co_return co_await stream_.async_read_some(into, use_tuple);
    }
    asio::awaitable<beast::error_code> write(std::string_view bytes) override {
        auto [ec, n] = co_await asio::async_write(stream_, asio::buffer(bytes.data(), bytes.size()), use_tuple);
        co_return ec;
    }
    asio::awaitable<beast::error_code> handshake() override { co_return beast::error_code(); }

  private:
    beast::tcp_stream stream_;
};

class TlsWire final : public Wire {
  public:
    TlsWire(beast::tcp_stream stream, std::shared_ptr<asio::ssl::context> context)
        : context_(std::move(context)), stream_(std::move(stream), *context_) {}
    beast::ssl_stream<beast::tcp_stream> &tls() { return stream_; }
    beast::tcp_stream &tcp_layer() override { return beast::get_lowest_layer(stream_); }
    asio::awaitable<std::tuple<beast::error_code, std::size_t>> read_some(asio::mutable_buffer into) override {
        auto [ec, n] = co_await stream_.async_read_some(into, use_tuple);
        beast::error_code out = ec;
        if (out == asio::ssl::error::stream_truncated) out = asio::error::eof; // peers often leave without a close notice
        co_return std::make_tuple(out, n);
    }
    asio::awaitable<beast::error_code> write(std::string_view bytes) override {
        auto [ec, n] = co_await asio::async_write(stream_, asio::buffer(bytes.data(), bytes.size()), use_tuple);
        co_return ec;
    }
    asio::awaitable<beast::error_code> handshake() override {
        auto [ec] = co_await stream_.async_handshake(asio::ssl::stream_base::client, use_tuple);
        co_return ec;
    }

  private:
    std::shared_ptr<asio::ssl::context> context_; // outlives the stream, also after a reload
    beast::ssl_stream<beast::tcp_stream> stream_;
};

Result<std::shared_ptr<asio::ssl::context>> make_context(const TlsOptions &o) {
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
    beast::error_code ec;
    if (!o.ca_pem.empty())
        context->add_certificate_authority(asio::buffer(o.ca_pem), ec);
    else
        context->set_default_verify_paths(ec);
    if (ec) return make_error(Code::invalid_argument, "certificate authority cannot be used: " + ec.message());
    if (!o.client_certificate_pem.empty()) {
        context->use_certificate_chain(asio::buffer(o.client_certificate_pem), ec);
        if (ec) return make_error(Code::invalid_argument, "client certificate cannot be used: " + ec.message());
        context->use_private_key(asio::buffer(o.client_key_pem), asio::ssl::context::pem, ec);
        if (ec) return make_error(Code::invalid_argument, "client key cannot be used: " + ec.message());
    }
    return context;
}

std::string request_bytes(const Request &r, const Origin &origin) {
    std::string out = r.method + " " + r.target + " HTTP/1.1\r\n";
    if (!r.headers.has("Host")) out += "Host: " + origin.authority() + "\r\n";
    for (const auto &[name, value] : r.headers.fields()) {
        if (iequals(name, "Content-Length") || iequals(name, "Transfer-Encoding")) continue;
        out.append(name).append(": ").append(value).append("\r\n");
    }
    if (!r.body.empty() || r.method == "POST" || r.method == "PUT" || r.method == "PATCH")
        out += "Content-Length: " + std::to_string(r.body.size()) + "\r\n";
    out += "\r\n";
    out += r.body;
    return out;
}

using ResponseParser = http::response_parser<http::string_body>;

// One answer being read from a wire. The parser is fed by hand, so that both kinds of wire share one instantiation.
struct Incoming {
    std::unique_ptr<Wire> wire;
    ResponseParser parser;
    std::string pending; // read, not yet parsed
    bool any_byte = false;

    Incoming() {
        parser.header_limit(256 * 1024);
        parser.body_limit(boost::none);
        parser.eager(true);
    }

    // Reads once and feeds the parser; `done` and the body are looked at by the caller.
    asio::awaitable<Status> advance() {
        beast::error_code ec;
        if (pending.empty() || !feed(ec)) {
            if (ec) co_return transport_error(ec, "reading the answer");
            const std::size_t had = pending.size();
            pending.resize(had + piece_bytes);
            auto [read_ec, n] = co_await wire->read_some(asio::buffer(pending.data() + had, piece_bytes));
            pending.resize(had + n);
            if (n > 0) any_byte = true;
            if (read_ec == asio::error::eof) {
                parser.put_eof(ec);
                if (ec || !any_byte) co_return transport_error(asio::error::eof, "reading the answer");
                co_return ok();
            }
            if (read_ec) co_return transport_error(read_ec, "reading the answer");
            feed(ec);
        }
        if (ec) co_return transport_error(ec, "reading the answer");
        co_return ok();
    }
    // True when the parser took something.
    bool feed(beast::error_code &ec) {
        const std::size_t used = parser.put(asio::buffer(pending.data(), pending.size()), ec);
        if (ec == http::error::need_more) ec = {};
        pending.erase(0, used);
        return used > 0;
    }
};

Response head_of(ResponseParser &parser) {
    Response r;
    const auto &m = parser.get();
    r.status = static_cast<int>(m.result_int());
    r.reason = std::string(m.reason());
    for (const auto &f : m)
        r.headers.add(std::string(f.name_string()), std::string(f.value()));
    return r;
}

} // namespace

Result<Origin> Origin::parse(std::string_view url, std::string *prefix) {
    const std::string whole(url);
    Origin o;
    if (url.starts_with("https://")) {
        o.tls = true;
        o.port = 443;
        url.remove_prefix(8);
    } else if (url.starts_with("http://")) {
        url.remove_prefix(7);
    } else {
        return make_error(Code::invalid_argument, "\"" + whole + "\" is not a URL of scheme http or https");
    }
    const auto slash = url.find('/');
    std::string_view authority = url.substr(0, slash);
    if (prefix) {
        *prefix = slash == std::string_view::npos ? "" : std::string(url.substr(slash));
        while (!prefix->empty() && prefix->back() == '/')
            prefix->pop_back();
    }
    if (const auto at = authority.rfind('@'); at != std::string_view::npos)
        return make_error(Code::invalid_argument, "a URL with user information is not accepted");
    std::string_view port;
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos) return make_error(Code::invalid_argument, "\"" + whole + "\" has no closing bracket");
        o.host = std::string(authority.substr(1, end - 1));
        if (authority.size() > end + 1 && authority[end + 1] == ':') port = authority.substr(end + 2);
    } else {
        const auto colon = authority.rfind(':');
        o.host = std::string(authority.substr(0, colon));
        if (colon != std::string_view::npos) port = authority.substr(colon + 1);
    }
    if (!port.empty()) {
        unsigned n = 0;
        const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), n);
        if (ec != std::errc() || end != port.data() + port.size() || n == 0 || n > 65535)
            return make_error(Code::invalid_argument, "\"" + whole + "\" has no usable port");
        o.port = static_cast<std::uint16_t>(n);
    }
    if (o.host.empty()) return make_error(Code::invalid_argument, "\"" + whole + "\" names no host");
    return o;
}

std::string Origin::authority() const {
    const std::string h = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return port == (tls ? 443 : 80) ? h : h + ":" + std::to_string(port);
}

struct Client::Impl {
    asio::any_io_executor executor;
    Options options;
    std::shared_ptr<asio::ssl::context> tls;
    std::optional<Error> tls_error;
    using Key = std::tuple<bool, std::string, std::uint16_t, std::string>;
    std::map<Key, std::vector<std::unique_ptr<Wire>>> idle;

    Impl(asio::any_io_executor executor, Options options) : executor(std::move(executor)), options(std::move(options)) {}

    static Key key(const Origin &o) { return {o.tls, o.host, o.port, o.address}; }

    std::unique_ptr<Wire> take_idle(const Origin &o) {
        const auto found = idle.find(key(o));
        if (found == idle.end()) return nullptr;
        while (!found->second.empty()) {
            auto wire = std::move(found->second.back());
            found->second.pop_back();
            if (!wire->stale()) return wire;
            wire->close();
        }
        return nullptr;
    }
    void give_back(const Origin &o, std::unique_ptr<Wire> wire) {
        auto &list = idle[key(o)];
        if (list.size() >= options.max_idle_per_origin)
            wire->close();
        else
            list.push_back(std::move(wire));
    }

    asio::awaitable<Result<std::vector<tcp::endpoint>>> resolve(const Origin &origin, Deadline deadline) {
        using namespace asio::experimental::awaitable_operators;
        const std::string host = origin.address.empty() ? origin.host : origin.address;
        beast::error_code ec;
        const auto literal = asio::ip::make_address(host, ec);
        if (!ec) co_return std::vector<tcp::endpoint>{tcp::endpoint(literal, origin.port)};
        tcp::resolver resolver(executor);
        const std::string service = std::to_string(origin.port);
        auto outcome = co_await (resolver.async_resolve(host, service, use_tuple) || sleep_until(deadline));
        if (outcome.index() == 1) co_return make_error(Code::deadline_exceeded, "name " + host + " was not resolved in time");
        auto [resolve_ec, results] = std::get<0>(std::move(outcome));
        if (resolve_ec) co_return make_error(Code::unavailable, "name " + host + " cannot be resolved: " + resolve_ec.message());
        std::vector<tcp::endpoint> endpoints;
        for (const auto &r : results)
            endpoints.push_back(r.endpoint());
        co_return endpoints;
    }

    asio::awaitable<Result<std::unique_ptr<Wire>>> connect(const Origin &origin, Deadline deadline) {
        if (origin.tls && !tls) {
            auto context = make_context(options.tls);
            if (!context.ok()) co_return context.error();
            tls = *context;
        }
        auto endpoints = co_await resolve(origin, deadline);
        if (!endpoints.ok()) co_return std::move(endpoints).error();
        beast::tcp_stream stream(executor);
        stream.expires_at(deadline.at());
        auto [ec, used] = co_await stream.async_connect(*endpoints, use_tuple);
        const std::string where = "connecting to " + origin.host + ":" + std::to_string(origin.port);
        if (ec) co_return transport_error(ec, where);
        beast::error_code option_ec;
        stream.socket().set_option(tcp::no_delay(true), option_ec);
        if (!origin.tls) {
            std::unique_ptr<Wire> wire = std::make_unique<PlainWire>(std::move(stream));
            co_return std::move(wire);
        }
        auto secure = std::make_unique<TlsWire>(std::move(stream), tls);
        const std::string name = options.tls.server_name.empty() ? origin.host : options.tls.server_name;
        if (asio::ip::make_address(name, option_ec); option_ec)
            SSL_set_tlsext_host_name(secure->tls().native_handle(), name.c_str());
        if (options.tls.verify_peer) {
            secure->tls().set_verify_mode(asio::ssl::verify_peer);
            secure->tls().set_verify_callback(asio::ssl::host_name_verification(name));
        } else {
            secure->tls().set_verify_mode(asio::ssl::verify_none);
        }
        const auto handshake_ec = co_await secure->handshake();
        if (handshake_ec) co_return transport_error(handshake_ec, "TLS handshake with " + origin.host);
        std::unique_ptr<Wire> wire = std::move(secure);
        co_return std::move(wire);
    }

    // Sends and reads up to the end of the headers.
    asio::awaitable<Result<std::unique_ptr<Incoming>>> exchange(const Origin &origin, const Request &request, Deadline deadline) {
        const std::string bytes = request_bytes(request, origin);
        const bool repeatable = request.method == "GET" || request.method == "HEAD" || request.method == "DELETE";
        for (int attempt = 0;; ++attempt) {
            auto in = std::make_unique<Incoming>();
            in->parser.skip(request.method == "HEAD");
            in->wire = attempt == 0 ? take_idle(origin) : nullptr;
            const bool pooled = in->wire != nullptr;
            if (!pooled) {
                auto wire = co_await connect(origin, deadline);
                if (!wire.ok()) co_return std::move(wire).error();
                in->wire = std::move(*wire);
            }
            in->wire->tcp_layer().expires_at(deadline.at());
            Status step = ok();
            const auto write_ec = co_await in->wire->write(bytes);
            if (write_ec) step = transport_error(write_ec, "sending the request");
            while (step.ok() && !in->parser.is_header_done())
                step = co_await in->advance();
            if (step.ok()) co_return std::move(in);
            in->wire->close();
            const bool retry = pooled && repeatable && !in->any_byte && step.error().code == Code::unavailable;
            if (!retry) co_return std::move(step).error();
        }
    }
};

namespace {

class BodyReaderImpl final : public BodyReader {
  public:
    BodyReaderImpl(std::unique_ptr<Incoming> in, std::function<void(std::unique_ptr<Wire>)> give_back)
        : in_(std::move(in)), give_back_(std::move(give_back)) {}
    ~BodyReaderImpl() override {
        if (in_ && in_->wire) in_->wire->close();
    }
    asio::awaitable<Result<std::string>> read(Deadline deadline) override {
        if (!in_) co_return std::string();
        in_->wire->tcp_layer().expires_at(deadline.at());
        auto &body = in_->parser.get().body();
        while (body.empty() && !in_->parser.is_done()) {
            auto step = co_await in_->advance();
            if (!step.ok()) co_return std::move(step).error();
        }
        std::string piece = std::move(body);
        body.clear();
        if (piece.empty()) { // the orderly end
            auto in = std::move(in_);
            if (in->parser.get().keep_alive() && in->pending.empty())
                give_back_(std::move(in->wire));
            else
                in->wire->close();
        }
        co_return piece;
    }

  private:
    std::unique_ptr<Incoming> in_;
    std::function<void(std::unique_ptr<Wire>)> give_back_;
};

} // namespace

Client::Client(asio::any_io_executor executor, Options options)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(options))) {}
Client::~Client() = default;

asio::awaitable<Result<Response>> Client::send(Origin origin, Request request, Deadline deadline) {
    const auto impl = impl_;
    auto started = co_await impl->exchange(origin, request, deadline);
    if (!started.ok()) co_return std::move(started).error();
    auto in = std::move(*started);
    while (!in->parser.is_done()) {
        if (in->parser.get().body().size() > impl->options.max_body_bytes) {
            in->wire->close();
            co_return make_error(Code::resource_exhausted,
                                 "answer is larger than " + std::to_string(impl->options.max_body_bytes) + " bytes");
        }
        auto step = co_await in->advance();
        if (!step.ok()) {
            in->wire->close();
            co_return std::move(step).error();
        }
    }
    Response response = head_of(in->parser);
    response.body = std::move(in->parser.get().body());
    if (in->parser.get().keep_alive() && in->pending.empty()) {
        in->wire->tcp_layer().expires_never();
        impl->give_back(origin, std::move(in->wire));
    } else {
        in->wire->close();
    }
    co_return response;
}

asio::awaitable<Result<StreamedResponse>> Client::open(Origin origin, Request request, Deadline deadline) {
    const auto impl = impl_;
    auto started = co_await impl->exchange(origin, request, deadline);
    if (!started.ok()) co_return std::move(started).error();
    StreamedResponse out;
    out.head = head_of((*started)->parser);
    std::weak_ptr<Impl> weak = impl;
    std::function<void(std::unique_ptr<Wire>)> give_back = [weak, origin](std::unique_ptr<Wire> wire) {
        wire->tcp_layer().expires_never();
        if (auto owner = weak.lock())
            owner->give_back(origin, std::move(wire));
        else
            wire->close();
    };
    out.body = std::make_unique<BodyReaderImpl>(std::move(*started), std::move(give_back));
    co_return std::move(out);
}

Result<Response> send_blocking(const Origin &origin, const Request &request, Deadline deadline, const TlsOptions &tls) {
    asio::io_context io(1);
    Client::Options options;
    options.tls = tls;
    Result<Response> out = make_error(Code::internal, "request did not run");
    {
        Client client(io.get_executor(), std::move(options));
        auto work = [](Client &c, const Origin &o, const Request &r, Deadline d,
                       Result<Response> &result) -> asio::awaitable<void> {
            Origin origin_copy = o;
            Request request_copy = r;
            result = co_await c.send(std::move(origin_copy), std::move(request_copy), d);
        }(client, origin, request, deadline, out);
        spawn(io.get_executor(), "blocking request", std::move(work));
        io.run();
    }
    return out;
}

} // namespace netkit
