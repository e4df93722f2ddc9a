// A story: events told to a World as adapters would, decided upon by the engine's own cycle, and kept in order. Time is what the
// story says it is. No test framework in here: a story that goes wrong throws std::logic_error, which fails a test as well.
#pragma once

#include "core/engine/cycle.hpp"
#include "projections/world_impl.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::test {

// The runtime that most stories are about.
inline const RuntimeId small{"team-a", "small"};

class Story {
  public:
    explicit Story(Planner planner = small_planner());

    // Appends one observation and everything decided upon it; returns the types of the decisions, in order, without version.
    std::vector<std::string> tell(std::string_view type, const Subject &subject, boost::json::object payload);
    void pass(std::chrono::nanoseconds time) { now_ = now_.plus(time); }
    // Lets time go on to the next deadline and appends clock.deadline, as the clock adapter would. False: there is none.
    bool pass_to_deadline();
    Timestamp now() const { return now_; }

    World &world() { return *world_; }
    const World &world() const { return *world_; }
    RuntimeView view(const RuntimeId &id) const; // throws when there is none
    std::string phase(const RuntimeId &id) const;
    const std::vector<Event> &events() const { return events_; }
    // How often a type (without version) stands in the log.
    std::size_t count(std::string_view type) const;
    const Event &last(std::string_view type) const;
    const std::map<std::string, std::string> &blobs() const { return blobs_; }
    std::string state() const; // canonical bytes

    void elect(); // a new leader term; nothing is synced in it yet
    // The control plane starts anew with a binary that has another renderer: a world folded from the log, and a term of its own.
    void restart_with(Planner planner);

    // A planner small enough to read: ServiceAccount, two ConfigMaps, Service, two Deployments. The size is the rollout hash of
    // both Deployments; "valuesOverlay.coordinatorOnly" goes into the coordinator's alone, "valuesOverlay.refuse" makes it
    // refuse.
    static Planner small_planner();

  private:
    std::unique_ptr<World> world_;
    std::vector<Event> events_;
    std::map<std::string, std::string> blobs_;
    Timestamp now_{1'795'000'000'000'000'000}; // 2026-11-18
    Epoch epoch_{1};
};

// Plays the parts of Kubernetes and of the acting adapter for one runtime.
class Cluster {
  public:
    Cluster(Story &story, RuntimeId id) : story_(story), id_(std::move(id)) {}

    // Settings and complete lists of every kind.
    void ready_to_plan();
    // The XTrinode as the watch shows it: a changed spec gets a new generation.
    std::vector<std::string> apply_spec(boost::json::object spec);
    std::vector<std::string> reject_spec(std::string field, std::string message);
    std::vector<std::string> annotate(std::map<std::string, std::string> annotations);
    std::vector<std::string> ask_for_deletion();
    std::vector<std::string> vanish(); // runtime.spec.deleted
    // Does what the view asks for until it asks for nothing, or so many writes: finalizer, command, scale, apply, delete. Returns
    // how many writes.
    int act(int most = 100);
    // Deployments follow: all pods of the wanted scale ready, or as many as said.
    void pods_settle();
    void deployment(const std::string &component, std::int64_t replicas, std::int64_t ready);
    void endpoints(std::int64_t ready);
    std::vector<std::string> activity(const std::string &gateway, std::int64_t running);

    // The same XTrinode and its objects as another log finds them, which knows nothing yet: with the status, the finalizer and
    // the annotations that this story led to. Nothing is told before the show_...() below.
    Cluster found_by(Story &fresh) const;
    std::vector<std::string> show_resource() { return show(); }
    std::vector<std::string> show_rejected(std::string field, std::string message); // first sight of an invalid spec
    void show_objects();                            // ConfigMaps, Services, Deployments, ... as owned
    void show_workload(std::int64_t ready_workers); // Deployments, endpoints
    void change_spec_unseen(boost::json::object spec);
    const boost::json::object &status() const { return status_; }

    // From nothing to Ready.
    void bring_up(boost::json::object spec);

    bool exists() const { return !uid_.empty(); }
    const RuntimeId &id() const { return id_; }
    const boost::json::object &spec() const { return spec_; }

  private:
    std::vector<std::string> show();
    bool act_once();

    Story &story_;
    RuntimeId id_;
    std::string uid_;
    boost::json::object spec_;
    std::int64_t generation_ = 0;
    std::int64_t version_ = 100;
    bool finalizer_ = false;
    std::string deletion_;
    std::map<std::string, std::string> annotations_;
    std::map<std::string, std::string> deployment_uids_;         // by component
    std::map<std::string, std::int64_t> deployment_generations_; // by component
    std::map<std::string, std::int64_t> replicas_;               // by component
    int uids_ = 0;
    boost::json::object status_; // found at the first sight
    bool first_sight_ = false;
    std::map<ObjectRef, std::pair<std::string, std::string>> objects_; // uid and manifest digest
};

boost::json::object minimal_spec();
// Another XTrinode with minimal_spec() is seen under the name: uid "another". (A Cluster of its own would number its uids alike.)
void tell_of_another(Story &story, const RuntimeId &id);
// The condition of a status; empty object: there is none.
boost::json::object condition(const RuntimeView &view, std::string_view type);
std::string condition_text(const RuntimeView &view, std::string_view type); // "False/RuntimeNotReady"

} // namespace xtn::test
