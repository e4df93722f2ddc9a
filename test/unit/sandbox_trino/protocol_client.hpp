// A client of the statement protocol, plain enough to see every page.
#pragma once

#include "adapters/sandbox/trino/stand_in.hpp"
#include "netkit/http_client.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace xtn::sandbox::test {

namespace json = boost::json;
using HeaderPairs = std::vector<std::pair<std::string, std::string>>;

inline Deadline soon() {
    return Deadline::after(std::chrono::seconds(20));
}

struct AnsweredPage {
    netkit::Response response;
    json::object page;
};

class ProtocolClient {
  public:
    explicit ProtocolClient(const std::string &url) : origin_(*netkit::Origin::parse(url)) {}
    explicit ProtocolClient(const StandIn &server) : ProtocolClient(server.url()) {}

    HeaderPairs headers = {{"X-Trino-User", "test"},
                           {"X-Trino-Client-Capabilities", "PATH,PARAMETRIC_DATETIME,SESSION_AUTHORIZATION"}};

    netkit::Response send(const std::string &method, const std::string &target, const std::string &body = {},
                          const HeaderPairs &more = {}) const {
        netkit::Request request;
        request.method = method;
        const auto scheme = target.find("://"); // a link: its path
        request.target = scheme == std::string::npos ? target : target.substr(target.find('/', scheme + 3));
        request.body = body;
        for (const auto &[name, value] : more)
            request.headers.add(name, value);
        auto answer = netkit::send_blocking(origin_, request, soon());
        DOCTEST_REQUIRE_MESSAGE(answer.ok(), method << " " << target);
        return std::move(*answer);
    }
    AnsweredPage page(const std::string &method, const std::string &target, const std::string &body = {}) const {
        AnsweredPage out;
        out.response = send(method, target, body, headers);
        DOCTEST_REQUIRE_MESSAGE(out.response.status == 200, out.response.body);
        out.page = json::parse(out.response.body).as_object();
        return out;
    }
    AnsweredPage post(const std::string &sql) const { return page("POST", "/v1/statement", sql); }
    AnsweredPage next(const AnsweredPage &before) const { return page("GET", link(before)); }
    static std::string link(const AnsweredPage &of, const char *which = "nextUri") {
        const auto *found = of.page.if_contains(which);
        return found == nullptr ? std::string() : std::string(found->as_string());
    }
    static std::string state(const AnsweredPage &of) { return std::string(of.page.at("stats").at("state").as_string()); }

    // Every page of a statement, the answer to the POST first.
    std::vector<AnsweredPage> run(const std::string &sql) const {
        std::vector<AnsweredPage> pages = {post(sql)};
        while (!link(pages.back()).empty())
            pages.push_back(next(pages.back()));
        return pages;
    }
    // The rows of a statement as JSON text, "[[1]]"; or "NAME: message" of its error.
    std::string result(const std::string &sql) const {
        json::array rows;
        for (const auto &answered : run(sql)) {
            if (const auto *error = answered.page.if_contains("error"))
                return std::string(error->at("errorName").as_string()) + ": " + std::string(error->at("message").as_string());
            if (const auto *data = answered.page.if_contains("data"))
                for (const auto &row : data->as_array())
                    rows.push_back(row);
        }
        return json::serialize(rows);
    }
    // The columns' names and types, "one integer, b varchar(1)".
    std::string columns(const std::string &sql) const {
        std::string out;
        const auto pages = run(sql);
        const auto *columns = pages.back().page.if_contains("columns");
        if (columns == nullptr) return json::serialize(pages.back().page);
        for (const auto &column : columns->as_array())
            out.append(out.empty() ? "" : ", ")
                .append(column.at("name").as_string())
                .append(" ")
                .append(column.at("type").as_string());
        return out;
    }

  private:
    netkit::Origin origin_;
};

inline std::unique_ptr<StandIn> start_stand_in(StandIn::Options options = {}) {
    if (options.catalogs.empty()) options.catalogs = {"tpch", "memory"};
    auto server = StandIn::start(std::move(options));
    DOCTEST_REQUIRE(server.ok());
    return std::move(*server);
}

inline bool holds_within(std::chrono::milliseconds time, const std::function<bool()> &condition) {
    const auto end = Deadline::after(time);
    while (!condition()) {
        if (end.passed()) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

} // namespace xtn::sandbox::test
