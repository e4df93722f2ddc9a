// Carries out the actions of a plan that concern the cluster: users and other controllers, at once and without faults of their
// own.
#pragma once

#include "test/sim/api_server.hpp"
#include "test/sim/plan.hpp"

#include <map>
#include <optional>
#include <string>

namespace xtn::simulation {

class Users {
  public:
    explicit Users(ApiServer &server);
    void act(const Action &action);
    // A pod for each suspended runtime, that nobody is told of.
    void leave_stray_pods();
    // Takes away what put_another() left, of every runtime. False: there was nothing.
    bool take_all_others();

  private:
    using Object = boost::json::object;
    std::optional<Object> get(const sandbox::ResourceName &resource, const std::string &ns, const std::string &name);
    void patch(const sandbox::ResourceName &resource, const std::string &ns, const std::string &name, Object patch,
               std::string_view manager = "kubectl-edit");
    void remove(const sandbox::ResourceName &resource, const std::string &ns, const std::string &name);
    void create(int target, int amount);
    void put_another(int target, int amount);
    bool take_others(int target);
    // Names of objects of a kind that belong to the runtime.
    std::vector<std::string> of_runtime(const sandbox::ResourceName &resource, int target);

    ApiServer &server_;
};

} // namespace xtn::simulation
