// One life of the control plane: the real world, engine turn, clock logic and Kubernetes adapter on one context.
#pragma once

#include "adapters/clock/deadline_watch.hpp"
#include "adapters/kube/kube_works.hpp"
#include "projections/world.hpp"
#include "test/sim/api_server.hpp"
#include "test/sim/step_engine.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>

namespace xtn::simulation {

class Plane {
  public:
    struct Context {
        StepEngine::Context engine; // its machine is set here
        ApiServer *server = nullptr;
        RedactionKey *key = nullptr;
    };
    static std::unique_ptr<Plane> start(Context context);
    // As by kill -9: nothing of it runs any more.
    ~Plane();
    Plane(const Plane &) = delete;
    Plane &operator=(const Plane &) = delete;

    // From now on nothing of it goes on; it may be destroyed later.
    void freeze();
    // Ends acting and observing in good order; the engine still writes what it has.
    void stop_adapters();

    const World &world() const { return *world_; }
    StepEngine &engine() { return *engine_; }

  private:
    explicit Plane(Context context) : context_(std::move(context)) {}
    void announce();
    void start_clock();
    void look_at_the_clock();

    Context context_;
    std::unique_ptr<boost::asio::io_context> io_ = std::make_unique<boost::asio::io_context>(1);
    std::unique_ptr<World> world_;
    std::unique_ptr<StepEngine> engine_;
    std::unique_ptr<KubeWorks> works_;
    DeadlineWatch deadlines_;
    std::uint64_t look_ = 0; // number of the newest look at the clock; older ones are void
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

} // namespace xtn::simulation
