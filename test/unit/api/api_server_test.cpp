#include "adapters/api/api_server.hpp"

#include "netkit/http_client.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using namespace std::chrono_literals;

namespace {

netkit::Response get(const ApiServer &server, const std::string &path, const std::string &token = {}) {
    const auto origin = netkit::Origin::parse(server.url());
    DOCTEST_REQUIRE(origin.ok());
    netkit::Request request;
    request.target = path;
    if (!token.empty()) request.headers.add("Authorization", "Bearer " + token);
    auto r = netkit::send_blocking(*origin, request, Deadline::after(5s));
    DOCTEST_REQUIRE(r.ok());
    return std::move(*r);
}

ApiServer::Mount says(std::string prefix, std::string what) {
    return {std::move(prefix), [what = std::move(what)](std::shared_ptr<netkit::Exchange> e) {
                netkit::Response r;
                r.body = what;
                e->respond(std::move(r));
            }};
}

} // namespace

DOCTEST_TEST_CASE("the longest mounted prefix answers; a prefix ends at a path segment") {
    ApiServer::Options options;
    options.mounts = {says("/api", "outer"), says("/api/v1/audit", "audit")};
    auto server = ApiServer::start(std::move(options));
    DOCTEST_REQUIRE(server.ok());
    DOCTEST_CHECK(get(**server, "/api/v1/audit/events?limit=1").body == "audit");
    DOCTEST_CHECK(get(**server, "/api/v1/auditor").body == "outer");
    const auto nowhere = get(**server, "/apis");
    DOCTEST_CHECK(nowhere.status == 404);
    DOCTEST_CHECK(nowhere.body.find("/apis") != std::string::npos);
}

DOCTEST_TEST_CASE("readiness says what is waited for; liveness does not wait") {
    std::string waiting = "XTrinode is not synced";
    ApiServer::Options options;
    options.not_ready = [&] { return waiting; };
    auto server = ApiServer::start(std::move(options));
    DOCTEST_REQUIRE(server.ok());
    DOCTEST_CHECK(get(**server, "/healthz").status == 200);
    const auto not_yet = get(**server, "/readyz");
    DOCTEST_CHECK(not_yet.status == 503);
    DOCTEST_CHECK(not_yet.body.find(waiting) != std::string::npos);
    waiting.clear();
    DOCTEST_CHECK(get(**server, "/readyz").status == 200);
}

DOCTEST_TEST_CASE("with a token set, mounted handlers need it and health does not") {
    ApiServer::Options options;
    options.mounts = {says("/api", "in")};
    options.token = "let-me-in";
    auto server = ApiServer::start(std::move(options));
    DOCTEST_REQUIRE(server.ok());
    DOCTEST_CHECK(get(**server, "/api/x").status == 401);
    DOCTEST_CHECK(get(**server, "/api/x", "let-me-no").status == 401);
    DOCTEST_CHECK(get(**server, "/api/x", "let-me-in").body == "in");
    DOCTEST_CHECK(get(**server, "/healthz").status == 200);
}

DOCTEST_TEST_CASE(
    "while writes are refused, mounted handlers answer 507 with the reason; reads and what is always writable go on") {
    std::string why;
    ApiServer::Options options;
    options.refuse_writes = [&] { return why; };
    options.mounts = {says("/api/v1/commands", "taken"), says("/api/v1/gateways", "taken")};
    options.mounts.back().always_writable = true;
    auto server = ApiServer::start(std::move(options));
    DOCTEST_REQUIRE(server.ok());
    const auto post = [&](const std::string &path) {
        netkit::Request request;
        request.method = "POST";
        request.target = path;
        auto r = netkit::send_blocking(*netkit::Origin::parse((*server)->url()), request, Deadline::after(5s));
        DOCTEST_REQUIRE(r.ok());
        return std::move(*r);
    };
    DOCTEST_CHECK(post("/api/v1/commands").status == 200);
    why = "the disk is nearly full";
    const auto refused = post("/api/v1/commands");
    DOCTEST_CHECK(refused.status == 507);
    DOCTEST_CHECK(refused.body.find(why) != std::string::npos);
    DOCTEST_CHECK(get(**server, "/api/v1/commands").status == 200);
    DOCTEST_CHECK(post("/api/v1/gateways/records").status == 200);
    why.clear();
    DOCTEST_CHECK(post("/api/v1/commands").status == 200);
}

DOCTEST_TEST_CASE("readiness tells of what is not as it should be, and is readiness still") {
    std::string caution;
    ApiServer::Options options;
    options.caution = [&] { return caution; };
    auto server = ApiServer::start(std::move(options));
    DOCTEST_REQUIRE(server.ok());
    DOCTEST_CHECK(get(**server, "/readyz").body == "ok");
    caution = "disk of the event log scarce";
    const auto cautious = get(**server, "/readyz");
    DOCTEST_CHECK(cautious.status == 200);
    DOCTEST_CHECK(cautious.body == "ok, but: disk of the event log scarce\n");
}
