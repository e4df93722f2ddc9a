// The REST client: one method per verb, each with a deadline. Not thread-safe: use it from the executor's thread.
#pragma once

#include "kubeclient/api_error.hpp"
#include "kubeclient/config.hpp"
#include "kubeclient/kind.hpp"
#include "kubeclient/object.hpp"
#include "kubeclient/transport.hpp"
#include "netkit/deadline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kube {

using netkit::Deadline;

struct ListOptions {
    std::string label_selector;
    std::string field_selector;
    int limit = 500; // objects per page; 0: all at once
    std::string continue_token;
};
struct Page {
    std::vector<Object> items; // apiVersion and kind filled in
    std::string resource_version;
    std::string continue_token; // empty: the last page
};

enum class WatchType { added, modified, deleted, bookmark, error };
struct WatchEvent {
    WatchType type = WatchType::added;
    Object object;  // of a bookmark: only kind and metadata.resourceVersion
    ApiError error; // of WatchType::error
};
struct WatchOptions {
    std::string label_selector;
    std::string field_selector;
    std::string resource_version;
    std::chrono::seconds timeout{290}; // after which the server ends the watch in good order
};

// An open watch. Dropping it closes the connection.
class WatchStream {
  public:
    virtual ~WatchStream() = default;
    // The next event; nothing when the server ended the watch in good order. Errors: deadline_exceeded, unavailable (cut off),
    // data_corrupted (not a watch event), resource_exhausted (one event above 32 MiB).
    virtual boost::asio::awaitable<ApiResult<std::optional<WatchEvent>>> next(Deadline deadline) = 0;
};

struct WriteOptions {
    std::string field_manager;
    bool dry_run = false;
};
struct ApplyOptions {
    std::string field_manager;
    bool force = false; // take fields over from other managers instead of a conflict
    bool dry_run = false;
};
enum class PatchType { merge, json, strategic };
struct DeleteOptions {
    std::optional<std::string> uid;                // precondition
    std::optional<std::string> resource_version;   // precondition
    std::string propagation_policy = "Background"; // or "Foreground", "Orphan"
    std::optional<std::int64_t> grace_period_seconds;
};
struct Written {
    Object object;
    bool created = false; // HTTP 201
};

class Client {
  public:
    // Asked before each write; an error keeps the call from being made (a leader whose term is over must not act).
    using WriteGuard = std::function<netkit::Status()>;

    // Over HTTP.
    Client(boost::asio::any_io_executor executor, Config config, WriteGuard may_write = {});
    // Over any other way there.
    Client(std::unique_ptr<Transport> transport, Config config, WriteGuard may_write = {});
    ~Client();
    // What `config` asks of an HTTP transport.
    static netkit::Client::Options http_options(const Config &config);
    Client(const Client &) = delete;
    Client &operator=(const Client &) = delete;

    // An empty `subresource` means the object itself; "status" and "scale" go to their endpoints.
    boost::asio::awaitable<ApiResult<Object>> get(Kind kind, std::string ns, std::string name, Deadline deadline,
                                                  std::string subresource = {});
    boost::asio::awaitable<ApiResult<Page>> list(Kind kind, std::string ns, ListOptions options, Deadline deadline);
    // `deadline` covers the opening only.
    boost::asio::awaitable<ApiResult<std::unique_ptr<WatchStream>>> watch(Kind kind, std::string ns, WatchOptions options,
                                                                          Deadline deadline);
    boost::asio::awaitable<ApiResult<Written>> create(Kind kind, std::string ns, boost::json::object object, WriteOptions options,
                                                      Deadline deadline);
    boost::asio::awaitable<ApiResult<Written>> replace(Kind kind, std::string ns, std::string name, boost::json::object object,
                                                       WriteOptions options, Deadline deadline, std::string subresource = {});
    // `body` is an object for merge and strategic patches, an array of operations for JSON patches.
    boost::asio::awaitable<ApiResult<Written>> patch(Kind kind, std::string ns, std::string name, PatchType type,
                                                     boost::json::value body, WriteOptions options, Deadline deadline,
                                                     std::string subresource = {});
    // Server-side apply. `manifest` is sent as it is: JSON text of the whole intent, apiVersion and kind included.
    boost::asio::awaitable<ApiResult<Written>> apply(Kind kind, std::string ns, std::string name, std::string manifest,
                                                     ApplyOptions options, Deadline deadline, std::string subresource = {});
    // Sets spec.replicas through the scale subresource and returns the Scale object.
    boost::asio::awaitable<ApiResult<Object>> scale(Kind kind, std::string ns, std::string name, int replicas,
                                                    WriteOptions options, Deadline deadline);
    boost::asio::awaitable<ApiResult<netkit::Unit>> remove(Kind kind, std::string ns, std::string name, DeleteOptions options,
                                                           Deadline deadline);
    // Any GET that answers JSON, for discovery ("/apis/apps/v1", "/version").
    boost::asio::awaitable<ApiResult<boost::json::object>> get_json(std::string path, Deadline deadline);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace kube
