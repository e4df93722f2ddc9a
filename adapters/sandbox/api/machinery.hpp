// The verbs of the API, independent of HTTP: what the request handlers and the in-process Cluster share.
//
// Flow of a write: body -> decode -> (patch) -> defaults -> system fields -> managed fields -> the kind's own rules -> store. The
// rules are in adapters/sandbox/objects; here they are put in order and stored. A write that meets another one starts again.
// Thread-safe.
#pragma once

#include "adapters/sandbox/api/kube_api.hpp"
#include "adapters/sandbox/api/registry.hpp"
#include "adapters/sandbox/api/store.hpp"
#include "adapters/sandbox/cluster.hpp"
#include "adapters/sandbox/objects/selector.hpp"
#include "core/base/mutex.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::sandbox {

struct Target {
    KindPtr kind;
    std::string ns;
    std::string name;        // empty: the collection
    std::string subresource; // "", "status", "scale", "finalize"
};

enum class FieldValidation { ignore, warn, strict };

// What a write carries beside its body.
struct Call {
    std::string manager; // field manager; empty: "unknown"
    bool dry_run = false;
    FieldValidation validation = FieldValidation::warn;
    std::vector<std::string> warnings; // out: texts for Warning headers
};

// A request body as read.
struct Body {
    boost::json::value value;
    std::string raw;                     // as received, for messages
    std::vector<std::string> duplicates; // `duplicate field "spec.size"`
};

struct Written {
    boost::json::object object;
    bool created = false;
};

enum class PatchType { json, merge, strategic, apply };

// Options of DELETE.
struct Removal {
    std::optional<std::string> uid;
    std::optional<std::string> resource_version;
    std::optional<std::string> propagation; // Background, Foreground, Orphan
    std::optional<std::int64_t> grace_seconds;
    bool dry_run = false;
};
struct Removed {
    bool finished = false;      // gone; false: marked, finalizers or a grace period hold it
    boost::json::object object; // its last state
};

struct ListQuery {
    objects::LabelSelector labels;
    objects::FieldSelector fields;
    std::int64_t limit = 0; // 0: all
    std::string continue_token;
    std::optional<std::uint64_t> exact_revision;

    bool matches(const boost::json::object &object) const { return labels.matches(object) && fields.matches(object); }
};
struct ListPage {
    std::vector<ObjectPtr> items; // in the served form
    std::uint64_t revision = 0;
    std::string continue_token; // empty: the last page
    std::optional<std::size_t> remaining;
};

// A version 4 uuid from the system's generator.
std::string new_uid();
// Five characters behind a generateName.
std::string generated_suffix();

// Where the server's random names come from.
struct NameSource {
    std::function<std::string()> uid = new_uid;
    std::function<std::string()> suffix = generated_suffix;
};

class Machinery {
  public:
    Machinery(Store &store, Registry &registry, NameSource names = {});

    ApiResult<boost::json::object> get(const Target &target) const;
    ApiResult<ListPage> list(const Target &target, const ListQuery &query) const;
    ApiResult<Written> create(const Target &target, Body body, Call &call);
    ApiResult<Written> update(const Target &target, Body body, Call &call);
    ApiResult<Written> patch(const Target &target, PatchType type, Body body, bool force, Call &call);
    ApiResult<Removed> remove(const Target &target, const Removal &removal);
    // The objects as they were, those that are gone and those that are only marked.
    ApiResult<ListPage> remove_all(const Target &target, const ListQuery &query, const Removal &removal);

    // As the client of `kind` sees a stored object (its apiVersion; events.k8s.io events).
    static boost::json::object served(const objects::Kind &kind, const boost::json::object &stored);
    static ApiFailure not_found(const Target &target);

    void set_faults(const KubeApi::Faults &faults);

  private:
    struct Change; // an update on its way
    ApiResult<boost::json::object> decode(const objects::Kind &kind, const Body &body, Call &call) const;
    ApiResult<boost::json::object> decode_patched(const Target &target, const boost::json::object &live,
                                                  boost::json::object patched, PatchType type, const boost::json::value &patch,
                                                  Call &call) const;
    ApiResult<Written> create_decoded(const Target &target, boost::json::object object, Call &call, bool managed);
    // One attempt; a lost race is nullopt.
    std::optional<ApiResult<Written>> store_update(const Target &target, const ObjectPtr &live, boost::json::object next,
                                                   Call &call, bool managed);
    ApiResult<Written> scale(const Target &target,
                             const std::function<ApiResult<boost::json::object>(const boost::json::object &)> &change,
                             Call &call);
    ApiResult<Written> apply(const Target &target, Body body, bool force, Call &call);
    std::optional<ApiFailure> namespace_refuses(const Target &target, std::string_view name) const;
    std::optional<ApiFailure> injected_conflict(const Target &target);
    Status after_write(const objects::Kind &kind, const boost::json::object &object, bool removed);
    objects::Allocators allocators();

    Store &store_;
    Registry &registry_;
    NameSource names_;
    std::atomic<int> conflict_every_ = 0;
    std::atomic<int> custom_writes_ = 0;
    std::atomic<std::uint32_t> last_address_ = 1;
};

// A deleting object of which nothing delays the removal any more: no finalizers, no grace period, no namespace finalizers.
bool nothing_holds(const objects::Kind &kind, const boost::json::object &object);
// A resourceVersion, or the server's failure for one that is no number.
std::variant<std::uint64_t, ApiFailure> parse_revision(std::string_view text);

} // namespace xtn::sandbox
