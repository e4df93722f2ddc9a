// ObjectMeta: names, labels, annotations, owner references, finalizers; what a client may set and what it may not change
// (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/).
#pragma once

#include "adapters/sandbox/objects/status.hpp"
#include "core/base/ids.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace xtn::sandbox::objects {

// Which names a kind takes.
enum class NameRule {
    dns_subdomain, // most kinds: at most 253, dots allowed
    dns_label,     // namespaces, services: at most 63, no dots
    path_segment,  // anything that is one segment of a URL path
};

// The detail text of what is wrong with a name, or nothing. `prefix`: it is a generateName (may end in '-').
std::vector<std::string> name_errors(NameRule rule, std::string_view name, bool prefix = false);
// Of a label key / annotation key / finalizer ("qualified name"), and of a label value.
std::vector<std::string> qualified_name_errors(std::string_view key);
std::vector<std::string> label_value_errors(std::string_view value);
bool is_dns_label(std::string_view text);
bool is_dns_subdomain(std::string_view text);
// The texts a real server uses, for validations elsewhere.
std::string dns_label_text();
std::string dns_subdomain_text();

// Sets metadata.name from metadata.generateName where only the latter is given. `suffix`: five characters of
// "bcdfghjklmnpqrstvwxz2456789". The base is cut to 58 characters first.
void fill_generated_name(boost::json::object &object, std::string_view suffix);
// The alphabet of generated suffixes.
inline constexpr std::string_view suffix_alphabet = "bcdfghjklmnpqrstvwxz2456789";

// On create: drops what only the server sets (uid, creationTimestamp, deletion fields, selfLink) and sets its own.
void set_system_fields(boost::json::object &object, std::string_view uid, Timestamp now);
// On update: uid, creationTimestamp, namespace and grace period of the stored object where the client left them out; its
// deletionTimestamp and selfLink always. (A client that sets others is refused by validate_metadata_update.)
void keep_system_fields(boost::json::object &object, const boost::json::object &old);

// The checks of a create. `namespaced`: metadata.namespace is expected.
Causes validate_metadata(const boost::json::object &object, NameRule rule, bool namespaced);
// The checks of an update: immutable fields, no new finalizers while deleting, and labels, annotations, owners as on create.
Causes validate_metadata_update(const boost::json::object &object, const boost::json::object &old);
// Warnings for names of finalizers without a domain, as header texts without the leading code.
std::vector<std::string> metadata_warnings(const boost::json::object &object);

// Reading. Empty when absent or of another type.
std::string_view meta_string(const boost::json::object &object, std::string_view member);
std::string_view name_of(const boost::json::object &object);
std::string_view namespace_of(const boost::json::object &object);
const boost::json::object *meta_of(const boost::json::object &object);
// The metadata object, made if absent.
boost::json::object &meta(boost::json::object &object);
bool being_deleted(const boost::json::object &object);
bool has_finalizers(const boost::json::object &object);

} // namespace xtn::sandbox::objects
