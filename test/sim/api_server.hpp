// A Kubernetes API server in memory: the sandbox's store, verbs and HTTP face (server-side apply, managed fields, conflicts,
// finalizers, garbage collection, Deployments and Services), run by the event loop, behind a network that loses, delays, repeats
// and cuts.
//
// A request takes its time to get there and its answer takes its time to get back; either may be lost, so that a write that
// timed out may have been done or not, now or later, even after the sender died. A watch delivers in the order of revisions, as
// a real server does; what differs from stream to stream is how late, and when it is cut.
#pragma once

#include "adapters/sandbox/api/collector.hpp"
#include "adapters/sandbox/api/http_api.hpp"
#include "adapters/sandbox/api/in_process.hpp"
#include "adapters/sandbox/sim/controllers.hpp"
#include "kubeclient/transport.hpp"
#include "test/sim/broken.hpp"
#include "test/sim/choices.hpp"
#include "test/sim/pods.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace xtn::simulation {

inline constexpr std::string_view api_token = "simulation";

class ApiServer {
  public:
    enum class Writer : std::uint8_t {
        control_plane,
        late, // the control plane, with a request that was late: perhaps from before it died
        others,
    };
    struct Context {
        EventLoop *loop = nullptr;
        Choices *choices = nullptr;
        Broken broken = Broken::nothing;
        // Each write of the control plane as it is sent.
        std::function<void(const netkit::Request &)> on_send;
        // Each change as it is stored, before anybody else hears of it.
        std::function<void(const sandbox::StoredChange &, Writer)> on_change;
        // A point at which the control plane may be killed.
        std::function<bool(std::string_view point)> may_crash;
    };
    explicit ApiServer(Context context);
    ~ApiServer();

    // The way here for one life of the control plane. What it sent arrives even if it dies; the answer then finds nobody.
    std::unique_ptr<kube::Transport> connect(boost::asio::any_io_executor executor);

    // For users and for checks: at once and without faults.
    sandbox::Cluster &cluster() { return in_process_; }
    sandbox::Store &store() { return *store_; }
    sandbox::Machinery &machinery() { return machinery_; }
    static sandbox::Registry &registry();
    // After cluster() was written to: tells those who watch.
    void changed();
    // Forgets the past: watches that want to go on from before have to list again.
    void compact() { store_->compact(); }
    // Cuts every watch of this kind ("pods"); empty: all.
    void cut_watches(std::string_view plural);
    Pods &pods() { return pods_; }

    std::uint64_t writes_by_control_plane() const { return writes_; }
    // Whether the collector or a controller has something to look at.
    bool busy() const { return collector_scheduled_ || !dirty_.empty(); }

  private:
    friend class MemoryTransport;
    friend class MemoryBody;
    struct Watch;  // an open watch; lives with the control plane's reader of it
    struct Waiter; // the control plane's end of a call
    struct Call {
        netkit::Request request;
        std::weak_ptr<Waiter> waiter;
        bool watch = false;
        bool late = false;
    };
    void begin(Call call, Deadline deadline);
    void arrive(Call &call);
    void refuse(const Call &call, int status, std::string_view reason);
    void answer(const Call &call, netkit::Result<netkit::Response> response);
    netkit::Response carry_out(const netkit::Request &request);
    void open_watch(Call &call);
    void feed(Watch &watch, const sandbox::StoredChange &change);
    void deliver(Watch &watch, std::string line);
    void bookmark_later(const std::shared_ptr<Watch> &watch);
    void collect_later();
    void reconcile_later(const std::string &ns);

    Context context_;
    Saboteur saboteur_;
    std::unique_ptr<sandbox::Store> store_;
    sandbox::Machinery machinery_;
    sandbox::WatchHub hub_;
    sandbox::InProcess in_process_;
    sandbox::Collector collector_;
    sandbox::HttpApi http_;
    sandbox::sim::View view_;
    sandbox::sim::ClusterWriter writer_;
    sandbox::sim::EventRecorder recorder_;
    sandbox::sim::Controllers controllers_;
    Pods pods_;
    std::shared_ptr<sandbox::Store::Position> position_;
    std::vector<sandbox::StoredChange> for_collector_;
    bool collector_scheduled_ = false;
    bool telling_ = false;
    Writer changed_by_ = Writer::others; // of the changes being told
    std::set<std::string> dirty_;        // namespaces
    std::vector<std::weak_ptr<Watch>> watches_;
    std::uint64_t writes_ = 0;
};

} // namespace xtn::simulation
