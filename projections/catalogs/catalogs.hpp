// The projection `catalogs`: the XTrinodeCatalogs of each namespace, and which of them a runtime selects (spec 20 §7).
#pragma once

#include "core/base/result.hpp"
#include "core/event/event.hpp"
#include "projections/topology/planner.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace xtn {

struct CatalogState {
    std::string uid;
    std::int64_t generation = 0;
    boost::json::object spec; // newest valid one
    Digest spec_digest;
    std::string invalid; // what is wrong with the newest generation; empty: it is valid
};

class Catalogs {
  public:
    void apply(const Event &event);
    boost::json::object to_json() const;
    // Becomes what to_json() showed. Errors: data_corrupted; then nothing is promised about the value.
    Status restore(const boost::json::value &from);

    // The catalogs that `selector` (spec.catalogSelector; nullptr: none) matches in a namespace, by name. Errors:
    // invalid_argument for a selector that says nothing sensible.
    Result<std::vector<CatalogInput>> select(const std::string &ns, const boost::json::object *selector) const;
    // The same as a digest over names and specs, for noticing changes.
    Result<Digest> digest(const std::string &ns, const boost::json::object *selector) const;

  private:
    Result<std::vector<std::pair<std::string, const CatalogState *>>> matching(const std::string &ns,
                                                                               const boost::json::object *selector) const;
    std::map<RuntimeId, CatalogState> states_; // by namespace and name, in that order
};

} // namespace xtn
