// A served resource and the stations of a write to it. Built-in kinds and custom ones look alike from outside.
//
// Create: decode -> apply_defaults -> set_system_fields -> managed fields (update_managed_fields or apply) -> prepare_create
//         -> validate_create -> store.
// Update: decode -> apply_defaults -> keep_system_fields -> managed fields -> prepare_update -> validate_update -> store, unless
//         nothing changed (same_but_for_times).
// That order is the server's and shows: an allocated clusterIP has no owner, because it comes after the managed fields.
#pragma once

#include "adapters/sandbox/objects/metadata.hpp"
#include "adapters/sandbox/objects/schema.hpp"
#include "core/base/ids.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace xtn::sandbox::objects {

// A column of the Table form.
struct ColumnDef {
    std::string name;
    std::string type;   // string, integer, number, boolean, date
    std::string format; // "name" for the first column, else mostly empty
    std::string description;
    int priority = 0; // above 0: only with -o wide
};

// What the server hands out when it completes an object.
struct Allocators {
    std::function<std::string()> cluster_ip; // an unused address, "10.96.0.17"
};

struct Kind {
    std::string group; // "" for core
    std::string version;
    std::string kind;
    std::string list_kind;
    std::string plural;
    std::string singular;
    std::vector<std::string> short_names;
    std::vector<std::string> categories;
    bool namespaced = true;
    bool custom = false; // from a CustomResourceDefinition
    std::vector<std::string> verbs;
    bool has_status = false; // the status subresource
    bool has_generation = false;
    bool update_creates = false;             // PUT of an absent object creates it (Lease)
    bool requires_resource_version = false;  // PUT without resourceVersion is refused (custom kinds)
    bool graceful_delete = false;            // pods: deletion waits for a grace period
    bool answers_delete_with_object = false; // DELETE answers with the object instead of a Status (Namespace, Pod)
    NameRule names = NameRule::dns_subdomain;
    SchemaPtr schema; // of the whole object, apiVersion, kind and metadata included

    // The scale subresource; empty path: none. Paths as in CRDs: ".spec.replicas".
    struct Scale {
        std::string spec_replicas;
        std::string status_replicas;
        std::string label_selector; // a string member, or for built-in kinds a LabelSelector at ".spec.selector"
    };
    std::optional<Scale> scale;

    // Field selectors beside metadata.name and metadata.namespace: the label ("spec.nodeName") and where it is found.
    std::vector<std::pair<std::string, std::string>> selectable;

    std::vector<ColumnDef> columns;
    // The cells of one row, as kubectl shows them. Null: the server's own NAME and AGE.
    std::function<boost::json::array(const boost::json::object &object, Timestamp now)> cells;

    // Hooks of built-in kinds; null where the kind has none. Each works on an object that passed decode.
    std::function<void(boost::json::object &)> defaults;
    std::function<void(boost::json::object &, const Allocators &)> on_create;
    std::function<void(boost::json::object &, const boost::json::object &old)> on_update;
    std::function<void(const boost::json::object &, Causes &)> check;
    std::function<void(const boost::json::object &, const boost::json::object &old, Causes &)> check_update;

    std::string api_version() const { return group.empty() ? version : group + "/" + version; }
    // "xtrinodes.analytics.xtrinode.io", "configmaps"
    std::string resource() const { return group.empty() ? plural : plural + "." + group; }
};

// What was read from a client's bytes (already parsed as JSON).
struct Decoded {
    boost::json::object object;
    // Of fieldValidation Warn and Strict: `unknown field "spec.nope"`, in the order a real server names them.
    std::vector<std::string> unknown;
};
// Why it could not be read, as the text after `<Kind> in version "v1" cannot be handled as a <Kind>: `.
struct DecodeError {
    std::string message;
};
// Types checked (built-in kinds: as Go would; custom kinds: metadata only), unknown fields dropped, built-in objects brought into
// the form the server writes. Kind and apiVersion must have been looked at before; they are set.
std::variant<Decoded, DecodeError> decode(const Kind &kind, const boost::json::value &body);

void apply_defaults(const Kind &kind, boost::json::object &object);
// Generation, status, and what the kind adds (finalizers of namespaces, service addresses, ...).
void prepare_create(const Kind &kind, boost::json::object &object, const Allocators &allocators);
// `subresource` is "", "status" or "scale". On "status" everything but status (and for custom kinds managedFields) is taken from
// `old`; on "" status is. The generation moves when what counts has changed.
void prepare_update(const Kind &kind, boost::json::object &object, const boost::json::object &old, std::string_view subresource);
Causes validate_create(const Kind &kind, const boost::json::object &object);
Causes validate_update(const Kind &kind, const boost::json::object &object, const boost::json::object &old,
                       std::string_view subresource);

// Puts the members into the order a server writes them in: built-in kinds as their types declare them, custom ones by the
// alphabet. The prepare functions end with it; to be repeated after adding members.
void order_members(const Kind &kind, boost::json::object &object);

// Equal but for resourceVersion and the times in managedFields: storing it would be a no-op.
bool same_but_for_times(const boost::json::object &a, const boost::json::object &b);

// The Scale object (autoscaling/v1) of an object, and the object with the replicas of a Scale put in.
boost::json::object scale_of(const Kind &kind, const boost::json::object &object);
boost::json::object with_replicas(const Kind &kind, boost::json::object object, const boost::json::value &replicas);
// The kind of Scale objects, for decoding and patching them.
const Kind &scale_kind();

// The table cells of an object: the kind's columns.
boost::json::array cells_of(const Kind &kind, const boost::json::object &object, Timestamp now);
// "5m", "3h12m", "2d4h", as kubectl shows ages; "<unknown>" for an empty time.
std::string age_text(std::string_view rfc3339, Timestamp now);

} // namespace xtn::sandbox::objects
