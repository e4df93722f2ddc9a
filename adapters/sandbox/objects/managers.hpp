// The list in metadata.managedFields as values: who wrote, how, and which fields are theirs.
#pragma once

#include "adapters/sandbox/objects/field_set.hpp"
#include "core/base/result.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace xtn::sandbox::objects {

struct ManagerEntry {
    std::string manager;
    std::string operation; // Apply, Update
    std::string api_version;
    std::string subresource;
    std::string time; // RFC 3339; empty: none
    FieldSet fields;

    // Whether both are entries of one writer: an applier has one entry whatever version it wrote.
    bool same_writer(const ManagerEntry &other) const {
        return manager == other.manager && operation == other.operation && subresource == other.subresource &&
               (operation == "Apply" || api_version == other.api_version);
    }
};

struct Managers {
    std::vector<ManagerEntry> entries;

    // The entry of a writer, made if absent. The reference holds until entries come or go.
    ManagerEntry &of(std::string_view manager, std::string_view operation, std::string_view api_version,
                     std::string_view subresource);
    void drop_empty();
    // At most ten updaters are kept apart; the oldest share one entry, "ancient-changes".
    void cap(std::string_view api_version);

    // Sets metadata.managedFields, or removes it when there are none. Order: appliers first, then by time and name.
    void store(boost::json::object &object) const;
    // Of a stored object; empty for what cannot be read.
    static Managers of_object(const boost::json::object &object);
    // Errors: invalid_argument (unknown operation or fieldsType, malformed fields).
    static Result<Managers> read(const boost::json::value &list);
};

// The list that an update starts from: the client's own if it sends a well-formed one (a single empty entry means none), else the
// stored object's. On subresources always the stored one's.
Managers managers_for_update(const boost::json::object &object, const boost::json::object *live, bool subresource);

} // namespace xtn::sandbox::objects
