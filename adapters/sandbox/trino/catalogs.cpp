#include "adapters/sandbox/trino/catalogs.hpp"

#include <algorithm>
#include <array>

namespace xtn::sandbox::trino {

namespace {

const std::string system_name = "system";
const std::string information = "information_schema";

struct SystemTable {
    std::string_view schema;
    std::string_view name;
};
constexpr std::array system_tables = {SystemTable{"metadata", "catalogs"}, SystemTable{"runtime", "nodes"},
                                      SystemTable{"runtime", "queries"}, SystemTable{"stand_in", "about"}};
constexpr std::array information_tables = {"columns", "schemata", "tables"};

sql::Column text_column(std::string name) {
    return {std::move(name), sql::varchar_type()};
}

} // namespace

std::vector<std::string> Catalogs::names() const {
    std::vector<std::string> out = {system_name};
    for (const auto &[name, connector] : connectors)
        if (name != system_name) out.push_back(name);
    std::sort(out.begin(), out.end());
    return out;
}

bool Catalogs::has(const std::string &catalog) const {
    return catalog == system_name || connectors.contains(catalog);
}

std::vector<std::string> Catalogs::schemas(const std::string &catalog) const {
    if (catalog == system_name) return {information, "metadata", "runtime", "stand_in"};
    const auto connector = connectors.find(catalog);
    if (connector != connectors.end() && connector->second == "tpch") return tpch_schemas();
    if (connector != connectors.end() && connector->second == "memory") return {"default", information};
    return {information};
}

std::vector<std::string> Catalogs::tables(const std::string &catalog, const std::string &schema) const {
    std::vector<std::string> out;
    if (schema == information) {
        out.assign(information_tables.begin(), information_tables.end());
    } else if (catalog == system_name) {
        for (const auto &table : system_tables)
            if (table.schema == schema) out.emplace_back(table.name);
    } else if (const auto all = schemas(catalog);
               connectors.at(catalog) == "tpch" && std::find(all.begin(), all.end(), schema) != all.end()) {
        out = tpch_tables();
    }
    return out;
}

std::shared_ptr<Table> Catalogs::system_table(const std::string &schema, const std::string &name) const {
    std::vector<sql::Row> rows;
    if (schema == "runtime" && name == "nodes") {
        for (const auto &node : nodes ? nodes() : std::vector<StandInNode>())
            rows.push_back({node.node_id, node.uri, node.version, node.coordinator, node.state});
        return make_table({text_column("node_id"),
                           text_column("http_uri"),
                           text_column("node_version"),
                           {"coordinator", sql::simple_type("boolean")},
                           text_column("state")},
                          std::move(rows));
    }
    if (schema == "runtime" && name == "queries") {
        for (const auto &query : queries ? queries() : std::vector<QueryRow>())
            rows.push_back(
                {query.id, query.state, query.user, query.source.empty() ? sql::Value() : sql::Value(query.source), query.text});
        return make_table(
            {text_column("query_id"), text_column("state"), text_column("user"), text_column("source"), text_column("query")},
            std::move(rows));
    }
    if (schema == "metadata" && name == "catalogs") {
        for (const auto &catalog : names()) {
            const auto connector = connectors.find(catalog);
            rows.push_back({catalog, catalog, connector == connectors.end() ? system_name : connector->second, "OPERATIONAL"});
        }
        return make_table(
            {text_column("catalog_name"), text_column("connector_id"), text_column("connector_name"), text_column("state")},
            std::move(rows));
    }
    if (schema == "stand_in" && name == "about") {
        rows.push_back({"This is XTrinode's stand-in for Trino: it speaks the client protocol and computes next to nothing."});
        return make_table({text_column("text")}, std::move(rows));
    }
    return nullptr;
}

std::shared_ptr<Table> Catalogs::information_schema(const std::string &catalog, const std::string &name) const {
    std::vector<sql::Row> rows;
    if (name == "schemata") {
        for (const auto &schema : schemas(catalog))
            rows.push_back({catalog, schema});
        return make_table({text_column("catalog_name"), text_column("schema_name")}, std::move(rows));
    }
    if (name == "tables") {
        for (const auto &schema : schemas(catalog))
            for (const auto &table : tables(catalog, schema))
                rows.push_back({catalog, schema, table, "BASE TABLE"});
        return make_table(
            {text_column("table_catalog"), text_column("table_schema"), text_column("table_name"), text_column("table_type")},
            std::move(rows));
    }
    if (name != "columns") return nullptr;
    const sql::Column position = {"ordinal_position", sql::simple_type("bigint")};
    for (const auto &schema : schemas(catalog)) {
        if (schema == information) continue;
        for (const auto &table : tables(catalog, schema)) {
            const auto found = lookup(catalog, schema, table);
            std::int64_t number = 0;
            for (const auto &column : found->columns())
                rows.push_back(
                    {catalog, schema, table, column.name, ++number, sql::Value(), "YES", sql::display(column.type, true)});
        }
    }
    return make_table({text_column("table_catalog"), text_column("table_schema"), text_column("table_name"),
                       text_column("column_name"), position, text_column("column_default"), text_column("is_nullable"),
                       text_column("data_type")},
                      std::move(rows));
}

std::shared_ptr<Table> Catalogs::lookup(const std::string &catalog, const std::string &schema, const std::string &name) const {
    if (schema == information) return information_schema(catalog, name);
    if (catalog == system_name) return system_table(schema, name);
    if (connectors.at(catalog) == "tpch") return make_tpch_table(schema, name);
    return nullptr;
}

std::variant<Catalogs::Found, sql::SqlError> Catalogs::find(const sql::Name &name, const Session &session) const {
    const auto fail = [&](sql::ErrorCode code, const std::string &message) {
        return sql::error_at(code, name.line, name.column, message);
    };
    const auto parts = name.parts.size();
    if (parts > 3) return fail(sql::errors::syntax_error, "Too many dots in table name: " + name.joined());
    Found found;
    found.name = name.parts.back();
    found.schema = parts > 1 ? name.parts[parts - 2] : session.schema;
    found.catalog = parts > 2 ? name.parts[0] : session.catalog;
    if (found.schema.empty())
        return fail(sql::errors::missing_schema_name, "Schema must be specified when session schema is not set");
    if (found.catalog.empty())
        return fail(sql::errors::missing_catalog_name, "Catalog must be specified when session catalog is not set");
    if (!has(found.catalog)) return fail(sql::errors::catalog_not_found, "Catalog '" + found.catalog + "' not found");
    const auto all = schemas(found.catalog);
    if (std::find(all.begin(), all.end(), found.schema) == all.end())
        return fail(sql::errors::schema_not_found, "Schema '" + found.schema + "' does not exist");
    found.table = lookup(found.catalog, found.schema, found.name);
    if (!found.table)
        return fail(sql::errors::table_not_found,
                    "Table '" + found.catalog + "." + found.schema + "." + found.name + "' does not exist");
    return found;
}

} // namespace xtn::sandbox::trino
