// Keeps the ConfigMap `trino-gateway-routes` (key routes.yaml, spec 50 §3) equal to the durable route table.
//
// Guarantees: content that is not changed is not written (the leader's term is content: one write per election); the namespace is
// made when it is missing; a ConfigMap that somebody changed or deleted is put right; nothing is written before every XTrinode is
// known (unknown is never zero). Caveat: a table above 1 MiB does not fit into a ConfigMap; the API server then refuses it, which
// is recorded as object.failed.
#pragma once

#include "adapters/kube/act/outcomes.hpp"
#include "adapters/kube/act/retry_book.hpp"
#include "adapters/kube/act/runtime_pass.hpp"
#include "core/model/route_table.hpp"
#include "kubeclient/task_group.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace xtn::act {

inline constexpr std::string_view routes_name = "trino-gateway-routes";
inline constexpr std::string_view routes_key = "routes.yaml";
// Annotations of the ConfigMap, behind our prefix: "<epoch>.<version>" of the table, for people and for gateways that compare
// tables from several sources; and the term of the leader, from which a control plane that lost its log goes on (mirror.hpp).
inline constexpr std::string_view routes_version_annotation = "routes-version";
inline constexpr std::string_view routes_term_annotation = "leader-term";

class RoutesConfigMap {
  public:
    struct Options {
        std::string ns;
        Epoch term; // of this leader
        kube::Backoff backoff;
        kube::Random random;
    };
    // Everything must outlive it.
    RoutesConfigMap(kube::TaskGroup &tasks, ActContext &context, Options options);

    void want(const RouteTable &table, std::optional<Seq> cause);
    // What the watch of ConfigMaps shows; others than ours are ignored.
    void seen(const kube::Object &object);
    void gone(std::string_view kind, const kube::ObjectKey &key);

    // The manifest for server-side apply.
    static boost::json::object manifest(const std::string &ns, const RouteTable &table, Epoch term);

  private:
    void kick();
    boost::asio::awaitable<void> work();
    boost::asio::awaitable<kube::ApiResult<netkit::Unit>> ensure_namespace();
    boost::asio::awaitable<kube::ApiResult<netkit::Unit>> write();

    kube::TaskGroup &tasks_;
    ActContext &context_;
    Options options_;
    RetryBook retry_;
    std::optional<RouteTable> wanted_;
    std::string wanted_text_; // as told() has it
    std::optional<Seq> cause_;
    std::optional<std::string> actual_; // told() of what was last seen or written; nothing: unknown or missing
    bool working_ = false;
};

} // namespace xtn::act
