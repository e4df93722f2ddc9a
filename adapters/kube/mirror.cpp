#include "adapters/kube/mirror.hpp"

#include "adapters/kube/act/routes_config_map.hpp"
#include "adapters/kube/own_writes.hpp"
#include "core/base/logging.hpp"
#include "core/event/catalogue.hpp"
#include "core/model/xtrinode.hpp"
#include "kubeclient/client.hpp"
#include "netkit/task.hpp"
#include "projections/routes/routes.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <optional>

namespace xtn {
namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr auto one_try = 3s;
constexpr auto between_tries = 300ms;

RoutesMirror mirror_of(const kube::Object &object) {
    RoutesMirror mirror;
    const auto annotation = [&](std::string_view name) {
        return kube::find_string(object.body, {"metadata", "annotations", std::string(annotation_prefix) + std::string(name)});
    };
    const auto version = annotation(act::routes_version_annotation);
    mirror.epoch = Epoch{
        std::max(version_number(version.substr(0, version.find('.'))), version_number(annotation(act::routes_term_annotation)))};
    const auto yaml = kube::find_string(object.body, {"data", act::routes_key});
    if (yaml.empty()) return mirror;
    auto parsed = RouteTable::from_yaml(yaml);
    if (!parsed.ok()) {
        Logger("kube").error("routes of an earlier log cannot be read and are made anew: {}", parsed.error().message);
        return mirror;
    }
    for (const auto &dropped : parsed->dropped)
        Logger("kube").warn("routes of an earlier log: left out {}", dropped);
    mirror.table = std::move(parsed->table);
    return mirror;
}

struct Answer {
    std::optional<Result<RoutesMirror>> last;
    bool done = false;
};

asio::awaitable<void> ask(kube::Client &client, std::string ns, Deadline deadline, std::optional<Result<RoutesMirror>> &out) {
    static const kube::Kind kind{"", "v1", "configmaps", "ConfigMap", true};
    const std::string name(act::routes_name);
    const std::string where = "ConfigMap " + ns + "/" + name + ": ";
    for (;;) {
        const auto by = Deadline::after(one_try).sooner(deadline);
        auto found = co_await client.get(kind, ns, name, by);
        if (found.ok()) {
            out = mirror_of(*found);
            co_return;
        }
        if (found.error().not_found()) {
            out = RoutesMirror{};
            co_return;
        }
        out = make_error(found.error().kind, where + found.error().message);
        const auto again = Deadline::after(between_tries);
        if (!found.error().retryable() || again.at() >= deadline.at()) co_return;
        if (!co_await netkit::sleep_until(again)) co_return;
    }
}

asio::awaitable<void> look(kube::Client &client, std::string ns, Deadline deadline, Answer &answer) {
    co_await ask(client, std::move(ns), deadline, answer.last);
    answer.done = true;
}

} // namespace

Result<RoutesMirror> read_routes_mirror(const kube::Config &config, const std::string &routes_namespace, Deadline deadline) {
    Answer answer;
    asio::io_context io{1};
    kube::Client client(io.get_executor(), config);
    netkit::spawn(io.get_executor(), "routes mirror", look(client, routes_namespace, deadline, answer));
    while (!answer.done) // what the client keeps open afterwards is of no interest
        if (io.run_one() == 0) break;
    if (!answer.last) return make_error(Code::unavailable, "the routes ConfigMap was not read");
    return std::move(*answer.last);
}

std::vector<EventDraft> carried_routes(const RouteTable &table) {
    std::vector<EventDraft> drafts;
    for (const auto &route : table.routes)
        for (const auto &backend : route.backends) {
            EventDraft draft;
            draft.type = type_of("route.carried");
            draft.subject = Subject::runtime({backend.ns, backend.name});
            draft.source = "cli";
            draft.payload["routing_group"] = route.routing_group;
            draft.payload["backend"] = backend_json(backend);
            if (!route.header.empty()) draft.payload["header"] = route.header;
            if (!route.hostname.empty()) draft.payload["hostname"] = route.hostname;
            draft.payload["default"] = route.is_default;
            if (check_draft(draft).ok()) drafts.push_back(std::move(draft));
        }
    return drafts;
}

} // namespace xtn
