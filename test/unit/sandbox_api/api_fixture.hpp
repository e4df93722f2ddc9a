// A KubeApi in memory or in a folder, and requests to it over HTTP.
#pragma once

#include "adapters/sandbox/api/json_text.hpp"
#include "adapters/sandbox/api/kube_api.hpp"

#include "netkit/http_client.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value_to.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace json = boost::json;

// The answer's JSON; an empty object if it is none.
inline json::object body_of(const netkit::Response &response) {
    auto read = xtn::sandbox::read_json(response.body);
    return read.ok() && read->value.is_object() ? read->value.get_object() : json::object();
}
// The JSON documents of a watch stream, one a line.
inline std::vector<json::object> lines_of(const netkit::Response &response) {
    std::vector<json::object> out;
    std::string_view rest = response.body;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        auto read = xtn::sandbox::read_json(rest.substr(0, end));
        DOCTEST_REQUIRE(read.ok());
        out.push_back(std::move(read->value.as_object()));
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    return out;
}
inline std::string text_at(const json::object &object, std::string_view pointer) {
    boost::system::error_code failed;
    const json::value whole(object);
    const auto *found = whole.find_pointer(pointer, failed);
    return found && found->is_string() ? json::value_to<std::string>(*found) : std::string();
}

struct Api {
    explicit Api(xtn::sandbox::KubeApi::Options options = {}) {
        if (options.token.empty()) options.token = "secret";
        token = options.token;
        auto started = xtn::sandbox::KubeApi::start(std::move(options));
        DOCTEST_REQUIRE_MESSAGE(started.ok(), (started.ok() ? "" : started.error().message));
        kube = std::move(*started);
    }

    netkit::Response send(std::string method, std::string target, std::string body = {},
                          std::string content_type = "application/json") const {
        netkit::Request request;
        request.method = std::move(method);
        request.target = std::move(target);
        request.headers.add("Authorization", "Bearer " + token);
        if (!body.empty()) request.headers.add("Content-Type", std::move(content_type));
        request.body = std::move(body);
        auto answer = netkit::send_blocking(*netkit::Origin::parse(kube->url()), request,
                                            netkit::Deadline::after(std::chrono::seconds(20)));
        DOCTEST_REQUIRE_MESSAGE(answer.ok(), (answer.ok() ? "" : answer.error().message));
        return std::move(*answer);
    }
    netkit::Response get(std::string target) const { return send("GET", std::move(target)); }
    // The resourceVersion after creating a ConfigMap in the default namespace.
    std::string config_map(const std::string &name, const std::string &labels = "{}") const {
        const auto answer = send("POST", "/api/v1/namespaces/default/configmaps",
                                 R"({"metadata":{"name":")" + name + R"(","labels":)" + labels + "}}");
        DOCTEST_REQUIRE(answer.status == 201);
        return text_at(body_of(answer), "/metadata/resourceVersion");
    }

    std::string token;
    std::unique_ptr<xtn::sandbox::KubeApi> kube;
};
