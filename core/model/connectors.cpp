#include "core/model/connectors.hpp"

#include "core/model/look.hpp"

#include <array>

namespace xtn {
namespace {

constexpr auto S = FieldType::text;
constexpr auto I = FieldType::integer;
constexpr auto F = FieldType::floating;
constexpr auto L = FieldType::texts;
constexpr auto K = FieldType::secret;
constexpr auto always = RenderWhen::always;
constexpr auto set = RenderWhen::set;
constexpr auto positive = RenderWhen::positive;
constexpr auto transformed = RenderWhen::transformed;

constexpr std::array jdbc{
    ConnectorField{"connectionURL", S, true, "connection-url", always},
    ConnectorField{"connectionUser", S, false, "connection-user", set},
    ConnectorField{"connectionPasswordSecret", K, false, "connection-password", set},
};
constexpr std::array big_query{
    ConnectorField{"projectID", S, true, "bigquery.project-id", always},
    ConnectorField{"parentProjectID", S, false, "bigquery.parent-project-id", set},
    ConnectorField{"credentialsFile", S, false, "bigquery.credentials-file", set},
};
constexpr std::array cassandra{
    ConnectorField{"contactPoints", S, true, "cassandra.contact-points", always},
    ConnectorField{"port", I, false, "cassandra.native-protocol-port", positive},
};
constexpr std::array delta_lake{
    ConnectorField{"catalogType", S, true, "hive.metastore", transformed},
    ConnectorField{"warehouseURI", S, true, "hive.metastore.uri", transformed},
};
constexpr std::array druid{ConnectorField{"brokerURL", S, true, "connection-url", transformed}};
constexpr std::array duck_db{ConnectorField{"databasePath", S, false, "connection-url", transformed}};
constexpr std::array elasticsearch{
    ConnectorField{"host", S, true, "elasticsearch.host", always},
    ConnectorField{"port", I, false, "elasticsearch.port", positive},
    ConnectorField{"defaultSchema", S, false, "elasticsearch.default-schema-name", set},
};
constexpr std::array faker{
    ConnectorField{"defaultLimit", I, false, "faker.default-limit", positive},
    ConnectorField{"nullProbability", F, false, "faker.null-probability", transformed},
};
constexpr std::array google_sheets{
    ConnectorField{"credentialsFilePath", S, true, "gsheets.credentials-path", always},
    ConnectorField{"metadataSheetID", S, false, "gsheets.metadata-sheet-id", set},
};
constexpr std::array hive{
    ConnectorField{"metastoreURI", S, true, "hive.metastore.uri", always},
    ConnectorField{"s3Endpoint", S, false, "s3.endpoint", set},
    ConnectorField{"s3AccessKeySecret", K, false, "s3.aws-access-key", set},
    ConnectorField{"s3SecretKeySecret", K, false, "s3.aws-secret-key", set},
};
constexpr std::array hudi{ConnectorField{"metastoreURI", S, true, "hive.metastore.uri", always}};
constexpr std::array iceberg{
    ConnectorField{"catalogType", S, true, "iceberg.catalog.type", transformed},
    ConnectorField{"warehouseURI", S, true, "", transformed}, // rendered nowhere
};
constexpr std::array kafka{ConnectorField{"kafkaNodes", L, true, "kafka.nodes", always}};
constexpr std::array lakehouse{
    ConnectorField{"catalogType", S, true, "lakehouse.table-type", transformed},
    ConnectorField{"metastoreURI", S, false, "hive.metastore.uri", transformed},
};
constexpr std::array loki{ConnectorField{"uri", S, true, "loki.uri", always}};
constexpr std::array memory{ConnectorField{"maxDataPerNode", S, false, "memory.max-data-per-node", set}};
constexpr std::array mongodb{ConnectorField{"connectionURI", S, true, "mongodb.connection-url", always}};
constexpr std::array open_search{
    ConnectorField{"host", S, true, "opensearch.host", always},
    ConnectorField{"port", I, false, "opensearch.port", positive},
    ConnectorField{"defaultSchema", S, false, "opensearch.default-schema-name", set},
};
constexpr std::array pinot{ConnectorField{"controllerURLs", S, true, "pinot.controller-urls", always}};
constexpr std::array prometheus{ConnectorField{"uri", S, true, "prometheus.uri", always}};
constexpr std::array redis{
    ConnectorField{"nodes", S, true, "redis.nodes", always},
    ConnectorField{"database", I, false, "redis.database-index", positive},
};
constexpr std::array snowflake{
    ConnectorField{"accountURL", S, true, "connection-url", transformed},
    ConnectorField{"user", S, true, "connection-user", always},
    ConnectorField{"database", S, false, "snowflake.database", set},
    ConnectorField{"role", S, false, "snowflake.role", set},
    ConnectorField{"warehouse", S, false, "snowflake.warehouse", set},
    ConnectorField{"passwordSecret", K, false, "connection-password", set},
};
constexpr std::array thrift{
    ConnectorField{"host", S, true, "trino.thrift.client.addresses", transformed},
    ConnectorField{"port", I, true, "trino.thrift.client.addresses", transformed},
};
constexpr std::array custom{ConnectorField{"connectorName", S, true, "", transformed}};

constexpr std::array table{
    Connector{"bigQuery", "bigquery", big_query},
    Connector{"blackHole", "blackhole", {}},
    Connector{"cassandra", "cassandra", cassandra},
    Connector{"clickHouse", "clickhouse", jdbc},
    Connector{"deltaLake", "delta_lake", delta_lake},
    Connector{"druid", "druid", druid},
    Connector{"duckDB", "duckdb", duck_db},
    Connector{"elasticsearch", "elasticsearch", elasticsearch},
    Connector{"exasol", "exasol", jdbc},
    Connector{"faker", "faker", faker},
    Connector{"googleSheets", "gsheets", google_sheets},
    Connector{"hive", "hive", hive},
    Connector{"hudi", "hudi", hudi},
    Connector{"iceberg", "iceberg", iceberg},
    Connector{"ignite", "ignite", jdbc},
    Connector{"jmx", "jmx", {}},
    Connector{"kafka", "kafka", kafka},
    Connector{"lakehouse", "lakehouse", lakehouse},
    Connector{"loki", "loki", loki},
    Connector{"mariaDB", "mariadb", jdbc},
    Connector{"memory", "memory", memory},
    Connector{"mongodb", "mongodb", mongodb},
    Connector{"mysql", "mysql", jdbc},
    Connector{"openSearch", "opensearch", open_search},
    Connector{"oracle", "oracle", jdbc},
    Connector{"pinot", "pinot", pinot},
    Connector{"postgres", "postgresql", jdbc},
    Connector{"prometheus", "prometheus", prometheus},
    Connector{"redis", "redis", redis},
    Connector{"redshift", "redshift", jdbc},
    Connector{"singleStore", "singlestore", jdbc},
    Connector{"snowflake", "snowflake", snowflake},
    Connector{"sqlServer", "sqlserver", jdbc},
    Connector{"system", "system", {}},
    Connector{"thrift", "trino_thrift", thrift},
    Connector{"tpcds", "tpcds", {}},
    Connector{"tpch", "tpch", {}},
    Connector{"vertica", "vertica", jdbc},
    Connector{"custom", "", custom},
};
static_assert(table.size() == 39);

} // namespace

std::span<const Connector> connectors() {
    return table;
}

const Connector *find_connector(std::string_view key) {
    for (const auto &connector : table) {
        if (connector.key == key) return &connector;
    }
    return nullptr;
}

std::vector<ChosenConnector> chosen_connectors(const boost::json::object &spec) {
    std::vector<ChosenConnector> out;
    const auto *given = look::object(spec, "connector");
    if (given == nullptr) return out;
    for (const auto &connector : table) {
        if (const auto *settings = look::object(*given, connector.key)) out.push_back({&connector, settings});
    }
    return out;
}

} // namespace xtn
