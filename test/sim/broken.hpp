// Rules that can be broken on purpose, each with the predicate that must notice: a check that cannot fail is a defect. Table in
// broken.cpp.
#pragma once

#include "adapters/sandbox/api/store.hpp"
#include "netkit/http_message.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace xtn::simulation {

enum class Broken : std::uint8_t {
    nothing,
    // the log
    skip_a_number,
    time_goes_back,
    same_term_again,
    lose_causes,
    lose_a_batch,
    refuse_a_batch,
    // the engine
    publish_before_sync,
    skip_in_replay,
    // requests on their way, and what the server does with them
    delete_without_uid,
    send_an_old_table,
    delete_nothing,
    keep_finalizers,
    keep_commands,
    drop_status,
    say_nothing,
    overlook_others,
    stamp_pod_templates,
    // what the server shows
    half_a_list,
    another_uid,
    hide_a_runtime,
    hide_edits,
    hide_table_edits,
    // the cluster
    no_garbage_collector,
    pods_never_ready,
    pods_always_crash,
    stray_pod,
    endless_edits,
    // the simulation
    true_randomness,
};

struct Promise {
    Broken broken;
    std::string_view name;      // as --break takes it
    std::string_view predicate; // that must notice
    std::string_view what;      // is broken
};
std::span<const Promise> promises();
std::optional<Broken> broken_named(std::string_view name);

// Breaks what lies between the control plane and the cluster; without a broken rule it changes nothing.
class Saboteur {
  public:
    explicit Saboteur(Broken broken) : broken_(broken) {}
    using Server = std::function<netkit::Response(const netkit::Request &)>;

    void sent(netkit::Request &request);                                              // before anybody looks at it
    netkit::Response carry_out(const netkit::Request &request, const Server &server); // what the server makes of it
    bool hides(const sandbox::StoredChange &change) const;                            // from every watch
    void shown(boost::json::object &object) const;                                    // by a watch
    bool is(Broken rule) const { return broken_ == rule; }

  private:
    Broken broken_;
    std::string old_table_; // body of the first one that was sent
    int stamps_ = 0;
};

} // namespace xtn::simulation
