#include "gateway/control/route_stream.hpp"

#include "netkit/task.hpp"

#include <algorithm>

namespace xtn::gateway {

namespace {

constexpr std::chrono::milliseconds first_pause{200};
constexpr std::chrono::milliseconds longest_pause{5000};

} // namespace

RouteStream::RouteStream(Shared &shared, TableStore &store, boost::asio::io_context &context, netkit::Origin origin,
                         std::string prefix)
    : shared_(shared), store_(store), client_(context.get_executor(), netkit::Client::Options()), origin_(std::move(origin)),
      prefix_(std::move(prefix)) {}

boost::asio::awaitable<void> RouteStream::follow() {
    auto rest = first_pause;
    bool away = false;
    for (;;) {
        bool served = false;
        const Error why = co_await listen(served);
        if (served) {
            rest = first_pause;
            away = false;
        }
        if (!away) shared_.log.warn("route stream of {}: {}; serving on from the table in use", origin_.authority(), why.message);
        away = true;
        std::uniform_int_distribution<std::int64_t> spread(rest.count() / 2, rest.count());
        const auto wait = std::chrono::milliseconds(spread(jitter_));
        if (!co_await netkit::sleep_for(wait)) co_return;
        rest = std::min(rest * 2, longest_pause);
    }
}

boost::asio::awaitable<Error> RouteStream::listen(bool &served) {
    netkit::Request request;
    request.target = prefix_ + "/api/v1/routes/stream";
    request.headers.add("Accept", "application/x-ndjson");
    request.headers.add("X-Gateway-Id", shared_.records.gateway());
    if (!shared_.options.control_plane_token.empty()) {
        request.headers.add("Authorization", "Bearer " + shared_.options.control_plane_token);
    }
    netkit::Origin origin = origin_;
    origin.address = shared_.hosts.find(origin_.host).value_or("");
    const auto connected_by = Deadline::after(silence);
    auto opened = co_await client_.open(origin, request, connected_by);
    if (!opened) co_return std::move(opened).error();
    if (opened->head.status != 200) {
        co_return make_error(Code::unavailable, "answered " + std::to_string(opened->head.status));
    }
    std::string pending;
    for (;;) {
        const auto by = Deadline::after(silence);
        auto piece = co_await opened->body->read(by);
        if (!piece) co_return std::move(piece).error();
        if (piece->empty()) co_return make_error(Code::unavailable, "the control plane ended the stream");
        pending += *piece;
        if (pending.size() > shared_.options.limits.max_table_bytes) {
            co_return make_error(Code::resource_exhausted, "a document of the stream is larger than allowed");
        }
        std::size_t begin = 0;
        for (auto end = pending.find('\n'); end != std::string::npos; end = pending.find('\n', begin)) {
            if (auto taken = take(std::string_view(pending).substr(begin, end - begin)); !taken)
                co_return std::move(taken).error();
            if (!served) {
                shared_.log.info("route stream of {}: connected", origin_.authority());
                shared_.streams_opened.fetch_add(1);
            }
            served = true;
            begin = end + 1;
        }
        pending.erase(0, begin);
    }
}

Status RouteStream::take(std::string_view line) {
    if (line.empty() || line == "\r") return ok(); // a heartbeat
    auto table = TableStore::parse(line);
    if (!table) return std::move(table).error().with("a route table of the stream");
    // An older table, from a replica that lags behind, is heard and not used.
    store_.offer(*table, "route stream of " + origin_.authority(), TableStore::Keep::on_disk);
    return ok();
}

} // namespace xtn::gateway
