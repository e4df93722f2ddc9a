// The connectors of an XTrinodeCatalog as data (spec 20 §2): which member of spec.connector is which Trino connector, which typed
// fields it has and what each becomes in the catalog file.
#pragma once

#include <boost/json/object.hpp>

#include <span>
#include <string_view>
#include <vector>

namespace xtn {

enum class FieldType { text, integer, floating, texts, secret };
// When a typed field is rendered. `transformed`: by code in catalog_file.cpp, because it is more than one property or another
// text.
enum class RenderWhen { always, set, positive, transformed };

struct ConnectorField {
    std::string_view name; // "connectionURL"
    FieldType type;
    bool required;             // must be there and, for text, not blank
    std::string_view property; // "connection-url"
    RenderWhen when;
};

struct Connector {
    std::string_view key;            // member of spec.connector, "postgres"
    std::string_view connector_name; // connector.name, "postgresql"; empty for custom
    std::span<const ConnectorField> fields;
};

// In the canonical order of spec 20 §2.
std::span<const Connector> connectors();
const Connector *find_connector(std::string_view key);

// One connector chosen by a catalog's spec, with its object.
struct ChosenConnector {
    const Connector *connector;
    const boost::json::object *settings;
};
// All that are set, in canonical order; a valid catalog has exactly one.
std::vector<ChosenConnector> chosen_connectors(const boost::json::object &spec);

} // namespace xtn
