// Which kinds are served: the built-in ones, and those of the CustomResourceDefinitions that are stored.
#pragma once

#include "adapters/sandbox/api/store.hpp"
#include "adapters/sandbox/objects/kind.hpp"
#include "core/base/mutex.hpp"
#include "core/base/result.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::sandbox {

using KindPtr = std::shared_ptr<const objects::Kind>;

// "<group>/<plural>": where the objects of a kind are stored. Events of events.k8s.io are views of the core ones.
std::string storage_of(const objects::Kind &kind);
ObjectKey key_of(const objects::Kind &kind, std::string_view ns, std::string_view name);

class Registry {
  public:
    Registry();

    // Null: not served.
    KindPtr find(std::string_view group, std::string_view version, std::string_view plural) const;
    // By kind, "apps/v1" and "Deployment", as owner references name it.
    KindPtr find_kind(std::string_view api_version, std::string_view kind) const;
    // Any served version of a stored resource.
    KindPtr by_storage(std::string_view storage) const;
    bool has_group_version(std::string_view group, std::string_view version) const;

    // In discovery's order: built-in groups first, then custom ones by name; within a group version, built-in resources by name,
    // custom ones in the order in which their definitions came.
    std::vector<KindPtr> all() const;
    // Grows with every change of what is served; for caches of documents made from it.
    std::uint64_t generation() const;

    // The OpenAPI schema of a kind: a definition's own, or made from the built-in types.
    boost::json::object published_schema(const objects::Kind &kind) const;

    // A definition was stored: its kinds replace those that it had. Errors: invalid_argument naming what is wrong.
    Status install(const boost::json::object &crd);
    void uninstall(std::string_view crd_name);

  private:
    mutable Mutex mutex_;
    std::vector<KindPtr> builtin_;
    std::map<std::string, std::vector<KindPtr>, std::less<>> custom_ XTN_GUARDED_BY(mutex_); // by the definition's name
    std::map<std::string, boost::json::object>
        schemas_ XTN_GUARDED_BY(mutex_);                    // of custom kinds, by "<plural>.<group>/<version>"
    std::vector<std::string> order_ XTN_GUARDED_BY(mutex_); // definitions, oldest first
    std::uint64_t generation_ XTN_GUARDED_BY(mutex_) = 1;
};

// What the server adds to a definition that it accepts: default names, conversion, status with conditions NamesAccepted and
// Established, the names it took, stored versions.
void complete_crd(boost::json::object &crd, Timestamp now);

} // namespace xtn::sandbox
