// Pods as stand-in servers in this process. The backend knows all pods of a runtime: a coordinator lists its live workers.
#include "adapters/sandbox/trino/scheduler.hpp"
#include "adapters/sandbox/trino/stand_in.hpp"

#include "core/base/mutex.hpp"

#include <algorithm>
#include <map>

namespace xtn::sandbox {

using namespace trino; // everything of the stand-in but what stand_in.hpp and process_backend.hpp declare

namespace {

// Nodes of all runtimes, by "namespace/runtime" and pod name. Outlives the backend as long as a pod runs.
class NodeList {
  public:
    void put(const std::string &runtime, const std::string &pod, StandInNode node) XTN_EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        nodes_[runtime][pod] = std::move(node);
    }
    void drop(const std::string &runtime, const std::string &pod) XTN_EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        const auto found = nodes_.find(runtime);
        if (found == nodes_.end()) return;
        found->second.erase(pod);
        if (found->second.empty()) nodes_.erase(found);
    }
    std::vector<StandInNode> of(const std::string &runtime) XTN_EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        std::vector<StandInNode> out;
        if (const auto found = nodes_.find(runtime); found != nodes_.end())
            for (const auto &[pod, node] : found->second)
                out.push_back(node);
        return out;
    }

  private:
    Mutex mutex_;
    std::map<std::string, std::map<std::string, StandInNode>> nodes_ XTN_GUARDED_BY(mutex_);
};

class StandInPod final : public RunningPod {
  public:
    StandInPod(std::unique_ptr<StandIn> server, std::shared_ptr<NodeList> nodes, std::string runtime, std::string name,
               std::chrono::milliseconds start_up)
        : server_(std::move(server)), nodes_(std::move(nodes)), runtime_(std::move(runtime)), name_(std::move(name)),
          ready_at_(std::chrono::steady_clock::now() + start_up) {}
    ~StandInPod() override { end(); }
    bool ready() override { return server_ && std::chrono::steady_clock::now() >= ready_at_; }
    std::optional<std::string> exited() override {
        if (server_) return std::nullopt;
        return "stopped";
    }
    void stop(std::chrono::milliseconds) override { end(); }

  private:
    void end() {
        if (!server_) return;
        nodes_->drop(runtime_, name_);
        server_->stop();
        server_.reset();
    }

    std::unique_ptr<StandIn> server_;
    std::shared_ptr<NodeList> nodes_;
    std::string runtime_;
    std::string name_;
    std::chrono::steady_clock::time_point ready_at_;
};

// Value of `key` in a properties file ("key=value" or "key = value" lines); empty without.
std::string property(const std::string &file, std::string_view key) {
    std::string_view rest = file;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        auto line = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) continue;
        const auto trim = [](std::string_view text) {
            while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
                text.remove_prefix(1);
            while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
                text.remove_suffix(1);
            return text;
        };
        if (trim(line.substr(0, equals)) == key) return std::string(trim(line.substr(equals + 1)));
    }
    return {};
}

std::string file_of(const std::map<std::string, std::string> &files, const std::string &name) {
    const auto found = files.find(name);
    return found == files.end() ? std::string() : found->second;
}

// "tpch=tpch" for each NAME.properties with its connector.name; a file without one is no catalog.
std::vector<std::string> catalogs_of(const PodPlan &plan) {
    static constexpr std::string_view suffix = ".properties";
    std::vector<std::string> out;
    for (const auto &[name, text] : plan.catalog_files) {
        const auto connector = property(text, "connector.name");
        if (!name.ends_with(suffix) || connector.empty()) continue;
        out.push_back(name.substr(0, name.size() - suffix.size()) + "=" + connector);
    }
    return out;
}

class StandInBackend final : public PodBackend {
  public:
    explicit StandInBackend(StandInBehaviour behaviour) : behaviour_(behaviour) {}

    Result<std::unique_ptr<RunningPod>> start(const PodPlan &plan) override {
        const std::string runtime = plan.ns + "/" + plan.runtime;
        const auto address = plan.ip + ":" + std::to_string(plan.http_port);
        StandIn::Options options;
        options.listen = address;
        options.node_id = plan.name;
        options.coordinator = plan.component == "coordinator";
        options.catalogs = catalogs_of(plan);
        options.behaviour = behaviour_;
        options.scheduler = scheduler_;
        if (auto environment = property(file_of(plan.config_files, "node.properties"), "node.environment"); !environment.empty())
            options.environment = environment;
        options.nodes = [nodes = nodes_, runtime] { return nodes->of(runtime); };
        const bool coordinator = options.coordinator;
        auto server = StandIn::start(std::move(options));
        if (!server) return std::move(server).error().with("pod " + plan.ns + "/" + plan.name);
        StandInNode node;
        node.node_id = plan.name;
        node.uri = (*server)->url();
        node.version = stand_in_version;
        node.coordinator = coordinator;
        nodes_->put(runtime, plan.name, node);
        return std::unique_ptr<RunningPod>(
            std::make_unique<StandInPod>(std::move(*server), nodes_, runtime, plan.name, behaviour_.start_up));
    }

  private:
    StandInBehaviour behaviour_;
    std::shared_ptr<Scheduler> scheduler_ = std::make_shared<Scheduler>();
    std::shared_ptr<NodeList> nodes_ = std::make_shared<NodeList>();
};

} // namespace

std::unique_ptr<PodBackend> make_stand_in_backend(StandInBehaviour behaviour) {
    return std::make_unique<StandInBackend>(behaviour);
}

} // namespace xtn::sandbox
