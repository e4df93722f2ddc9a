// An API server of a few lines: stores objects by path, applies patches as merge patches, watches, and fails on demand.
#pragma once

#include "test/unit/kube/fakes.hpp"

#include <algorithm>

namespace fakes {

class FakeKube {
  public:
    FakeKube() {
        auto server =
            netkit::Server::start("127.0.0.1:0", {}, [this](std::shared_ptr<netkit::Exchange> e) { serve(std::move(e)); });
        DOCTEST_REQUIRE(server.ok());
        server_ = std::move(*server);
    }
    ~FakeKube() {
        server_->stop(std::chrono::milliseconds(0));
        watches_.clear();
    }
    FakeKube(const FakeKube &) = delete;
    FakeKube &operator=(const FakeKube &) = delete;

    kube::Config config() const {
        kube::Config c;
        c.server.host = "127.0.0.1";
        c.server.port = server_->port();
        return c;
    }

    // Stores (and announces) an object under its path; uid and resourceVersion are filled in.
    json::object put(const std::string &path, json::object object) {
        const std::scoped_lock lock(mutex_);
        return store(path, std::move(object));
    }
    void erase(const std::string &path) {
        const std::scoped_lock lock(mutex_);
        drop(path);
    }
    std::optional<json::object> find(const std::string &path) const {
        const std::scoped_lock lock(mutex_);
        const auto found = objects_.find(path);
        if (found == objects_.end()) return std::nullopt;
        return found->second;
    }
    // The next answers to `method` on `path`: a status each, with Retry-After: 1 for 429.
    void fail(const std::string &method, const std::string &path, std::vector<int> statuses) {
        const std::scoped_lock lock(mutex_);
        auto &queue = failures_[method + " " + path];
        queue.insert(queue.end(), statuses.begin(), statuses.end());
    }
    // "PATCH /apis/...": every write and object read so far, in order (lists, watches and discovery left out).
    std::vector<std::string> calls(std::string_view containing = {}) const {
        const std::scoped_lock lock(mutex_);
        std::vector<std::string> out;
        for (const auto &call : calls_)
            if (call.find(containing) != std::string::npos) out.push_back(call);
        return out;
    }
    std::vector<netkit::Request> requests(const std::string &method, const std::string &path) const {
        const std::scoped_lock lock(mutex_);
        std::vector<netkit::Request> out;
        for (const auto &r : requests_)
            if (r.method == method && r.path() == path) out.push_back(r);
        return out;
    }

  private:
    struct Watch {
        std::string collection;
        std::shared_ptr<netkit::Exchange> exchange;
    };
    static netkit::Response answer(int status, const json::value &body) {
        netkit::Response r;
        r.status = status;
        r.headers.add("Content-Type", "application/json");
        r.body = kube::to_json_text(body);
        return r;
    }
    static netkit::Response status(int code, const char *reason) {
        auto r = answer(code, json::object{{"kind", "Status"}, {"code", code}, {"reason", reason}, {"message", reason}});
        if (code == 429) r.headers.add("Retry-After", "1");
        return r;
    }
    // "/apis/g/v/namespaces/n/things/x" is in "/apis/g/v/things".
    static std::string collection_of(const std::string &path) {
        auto out = path.substr(0, path.rfind('/'));
        const auto ns = out.find("/namespaces/");
        if (ns == std::string::npos) return out;
        const auto end = out.find('/', ns + 12);
        if (end == std::string::npos) return out; // a namespace itself
        return out.substr(0, ns) + out.substr(end);
    }
    void announce(const std::string &type, const std::string &path, const json::object &object) {
        const auto collection = collection_of(path);
        const auto line = kube::to_json_text(json::object{{"type", type}, {"object", object}}) + "\n";
        history_.push_back({version_, collection, line});
        for (auto &watch : watches_)
            if (watch.collection == collection) watch.exchange->write(line);
    }
    json::object store(const std::string &path, json::object object) {
        if (!object["metadata"].is_object()) object["metadata"] = json::object();
        auto &metadata = object["metadata"].get_object();
        const auto found = objects_.find(path);
        const bool first = found == objects_.end();
        if (first)
            metadata["uid"] = "uid-" + std::to_string(++uids_);
        else
            metadata["uid"] = found->second.at("metadata").at("uid");
        metadata["resourceVersion"] = std::to_string(++version_);
        objects_[path] = object;
        announce(first ? "ADDED" : "MODIFIED", path, object);
        return object;
    }
    void drop(const std::string &path) {
        const auto found = objects_.find(path);
        if (found == objects_.end()) return;
        auto last = std::move(found->second);
        objects_.erase(found);
        last.at("metadata").get_object()["resourceVersion"] = std::to_string(++version_);
        announce("DELETED", path, last);
    }

    void serve(std::shared_ptr<netkit::Exchange> exchange) {
        const std::scoped_lock lock(mutex_);
        const auto &r = exchange->request();
        std::string path(r.path());
        std::uint64_t from = 0;
        bool watches = false;
        for (const auto &[name, value] : netkit::parse_query(r.query())) {
            if (name == "watch") watches = true;
            if (name == "resourceVersion") from = std::stoull(value);
        }
        if (watches) return watch(std::move(exchange), path, from);
        if (r.method == "GET" && served_.contains(path)) return exchange->respond(answer(200, discovery(path)));
        if (r.method == "GET" && is_collection(path)) return exchange->respond(answer(200, list(path)));
        calls_.push_back(r.method + " " + path);
        requests_.push_back(r);
        auto &queue = failures_[r.method + " " + path];
        if (!queue.empty()) {
            const int code = queue.front();
            queue.pop_front();
            return exchange->respond(status(code, code == 409 ? "Conflict" : code == 422 ? "Invalid" : "Trouble"));
        }
        exchange->respond(one(r, path));
    }
    netkit::Response one(const netkit::Request &r, std::string path) {
        if (r.method == "POST") {
            auto body = kube::parse_json_object(r.body);
            path += "/" + std::string(kube::find_string(*body, {"metadata", "name"}));
            if (objects_.contains(path)) return status(409, "AlreadyExists");
            return answer(201, store(path, std::move(*body)));
        }
        std::string sub;
        for (const std::string ending : {"/status", "/scale"})
            if (path.ends_with(ending)) {
                sub = ending;
                path.resize(path.size() - ending.size());
            }
        const auto found = objects_.find(path);
        if (r.method == "GET") {
            if (found == objects_.end()) return status(404, "NotFound");
            return answer(200, found->second);
        }
        if (r.method == "DELETE") {
            if (found == objects_.end()) return status(404, "NotFound");
            const auto options = kube::parse_json_object(r.body);
            const auto uid = kube::find_string(*options, {"preconditions", "uid"});
            if (!uid.empty() && uid != kube::find_string(found->second, {"metadata", "uid"})) return status(409, "Conflict");
            drop(path);
            return answer(200, json::object{{"kind", "Status"}, {"status", "Success"}});
        }
        if (r.method != "PATCH") return status(405, "MethodNotAllowed");
        const bool apply = r.headers.get("Content-Type") == "application/apply-patch+yaml";
        if (found == objects_.end() && !apply) return status(404, "NotFound");
        auto patch = kube::parse_json_object(r.body);
        json::object next = found == objects_.end() ? json::object() : found->second;
        const auto wanted_version = kube::find_string(*patch, {"metadata", "resourceVersion"});
        if (!wanted_version.empty() && wanted_version != kube::find_string(next, {"metadata", "resourceVersion"}))
            return status(409, "Conflict");
        const auto wanted_uid = kube::find_string(*patch, {"metadata", "uid"});
        if (!wanted_uid.empty() && wanted_uid != kube::find_string(next, {"metadata", "uid"})) return status(409, "Conflict");
        const auto before = next;
        kube::merge_apply(next, *patch);
        const bool created = found == objects_.end();
        if (apply && next != before) own_fields(next, r, *patch);
        if (!created && next == before) return answer(200, next);
        return answer(created ? 201 : 200, store(path, std::move(next)));
    }
    // The one managed fields entry that the adapter looks at: what was applied last, and when.
    void own_fields(json::object &object, const netkit::Request &r, const json::object &manifest) {
        std::string manager;
        for (const auto &[name, value] : netkit::parse_query(r.query()))
            if (name == "fieldManager") manager = value;
        const auto second = std::to_string(100 + ++applies_ % 900).substr(1);
        object["metadata"].as_object()["managedFields"] =
            json::array{json::object{{"manager", manager},
                                     {"operation", "Apply"},
                                     {"time", "2026-01-01T00:" + second.substr(0, 2) + ":00Z"},
                                     {"fieldsV1", json::object{{"f:", kube::to_json_text(manifest)}}}}};
    }
    void watch(std::shared_ptr<netkit::Exchange> exchange, const std::string &path, std::uint64_t from) {
        netkit::Response head;
        head.headers.add("Content-Type", "application/json");
        head.body = "\n";
        for (const auto &past : history_)
            if (past.collection == collection_of(path + "/") && past.version > from) head.body += past.line;
        exchange->begin(std::move(head));
        watches_.push_back({collection_of(path + "/"), std::move(exchange)});
    }
    bool is_collection(const std::string &path) const {
        const auto plain = collection_of(path + "/");
        return std::any_of(served_.begin(), served_.end(), [&](const auto &group) {
            return std::any_of(group.second.begin(), group.second.end(),
                               [&](const auto &kind) { return plain == group.first + "/" + kind.first; });
        });
    }
    json::object list(const std::string &path) const {
        json::array items;
        for (const auto &[at, object] : objects_)
            if (collection_of(at) == path || at.substr(0, at.rfind('/')) == path) items.emplace_back(object);
        return {{"kind", "List"}, {"metadata", {{"resourceVersion", std::to_string(version_)}}}, {"items", std::move(items)}};
    }
    json::object discovery(const std::string &path) const {
        json::array resources;
        for (const auto &[plural, kind] : served_.at(path))
            resources.emplace_back(json::object{{"name", plural}, {"kind", kind}, {"namespaced", plural != "namespaces"}});
        return {{"kind", "APIResourceList"}, {"resources", std::move(resources)}};
    }

    const std::map<std::string, std::map<std::string, std::string>> served_{
        {"/apis/analytics.xtrinode.io/v1", {{"xtrinodes", "XTrinode"}, {"xtrinodecatalogs", "XTrinodeCatalog"}}},
        {"/apis/apps/v1", {{"deployments", "Deployment"}}},
        {"/apis/discovery.k8s.io/v1", {{"endpointslices", "EndpointSlice"}}},
        {"/api/v1",
         {{"pods", "Pod"},
          {"services", "Service"},
          {"configmaps", "ConfigMap"},
          {"serviceaccounts", "ServiceAccount"},
          {"namespaces", "Namespace"}}}};
    mutable std::recursive_mutex mutex_;
    std::map<std::string, json::object> objects_;
    std::map<std::string, std::deque<int>> failures_;
    std::vector<std::string> calls_;
    std::vector<netkit::Request> requests_;
    std::vector<Watch> watches_;
    struct Past {
        std::uint64_t version;
        std::string collection;
        std::string line;
    };
    std::vector<Past> history_;
    std::uint64_t version_ = 100;
    int uids_ = 0;
    int applies_ = 0;
    std::unique_ptr<netkit::Server> server_; // last: stopped before what its handler uses
};

} // namespace fakes
