// All of the Kubernetes adapter but its thread and its way to the API server: the watches, what they record, and the acting
// side, put together on an executor that somebody else runs. kube_adapter.cpp runs it on a thread of its own over HTTP; a
// simulation runs it step by step against a server in memory.
#pragma once

#include "adapters/kube/act/actor.hpp"
#include "adapters/kube/act/event_writer.hpp"
#include "adapters/kube/act/mailbox.hpp"
#include "adapters/kube/act/routes_config_map.hpp"
#include "adapters/kube/ingest/ingest.hpp"
#include "core/base/pause_points.hpp"
#include "core/base/redaction_key.hpp"
#include "core/engine/engine.hpp"
#include "core/log/log.hpp"
#include "kubeclient/config.hpp"
#include "kubeclient/transport.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace xtn {

class KubeWorks {
  public:
    struct Options {
        kube::Config config;
        std::unique_ptr<kube::Transport> transport;
        Engine *engine = nullptr;
        const LogReader *log = nullptr;
        RedactionKey *redaction = nullptr;
        std::vector<std::string> namespaces;
        std::string routes_namespace = "xtrinode-gateway";
        std::string field_manager = "xtrinode-operator";
        kube::Random random; // spreads retries; empty: the system's
        PausePoints pause_points;
        kube::TaskGroup::OnFailure on_failure; // of an exception that leaves a task, a broken invariant; empty: std::terminate
    };

    // Reads what the log knows, looks at the engine's state and starts every task. The tasks run on `executor`, single-threaded,
    // which must outlive it. Errors: invalid_argument (no engine, its machine is no World), those of reading the log.
    static Result<std::unique_ptr<KubeWorks>> start(boost::asio::any_io_executor executor, Options options);
    // Not before the executor's context is gone or every task has ended.
    ~KubeWorks();
    KubeWorks(const KubeWorks &) = delete;
    KubeWorks &operator=(const KubeWorks &) = delete;

    // From any thread: nothing new comes from the engine once this returns.
    void close_mailbox();
    // On the executor: every await of every task ends.
    void cancel();

  private:
    KubeWorks(boost::asio::any_io_executor executor, Options options);
    act::ActContext make_act_context();
    act::RoutesConfigMap::Options routes_options() const;
    act::Actor::Options actor_options() const;
    ingest::FeedContext feed_context();
    void open_mail();

    Options options_;
    boost::asio::any_io_executor executor_;
    kube::TaskGroup tasks_;
    kube::Client client_;
    kube::Discovery discovery_{client_};

    ingest::Ledger ledger_;
    Recorder recorder_;
    Seen seen_;
    HiddenValues hidden_;
    OwnWrites own_;
    ingest::Redactor redactor_;
    ingest::DriftWatch drift_;

    act::ActContext act_context_;
    act::Actor actor_;
    act::RoutesConfigMap routes_;
    act::EventWriter events_;
    std::shared_ptr<act::Mailbox> mailbox_; // the engine's subscription holds it weakly
    ingest::Ingest ingest_;
};

} // namespace xtn
