// Which kinds the server serves, and under which plural name.
#pragma once

#include "kubeclient/client.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kube {

class Discovery {
  public:
    // A kind that was not served is asked for again after `recheck` (its CRD may have been installed meanwhile).
    explicit Discovery(Client &client, std::chrono::seconds recheck = std::chrono::seconds(60))
        : client_(client), recheck_(recheck) {}

    // The kind, or nothing when the server does not serve it. Answers are remembered per group and version.
    boost::asio::awaitable<ApiResult<std::optional<Kind>>> find(std::string api_version, std::string kind, Deadline deadline);

    // The kinds in an APIResourceList; subresources are left out.
    static std::vector<Kind> kinds_of(const boost::json::object &resource_list, const std::string &api_version);

  private:
    struct Entry {
        std::vector<Kind> kinds;
        Deadline again; // when a miss is asked for again
    };
    Client &client_;
    std::chrono::seconds recheck_;
    std::map<std::string, Entry> known_; // by apiVersion; bounded by what callers ask for
};

} // namespace kube
