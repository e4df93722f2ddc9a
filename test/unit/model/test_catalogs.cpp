#include "core/model/catalog_file.hpp"
#include "core/model/connectors.hpp"
#include "core/model/xtrinode.hpp"
#include "core/model/yaml.hpp"

#include <boost/json/object.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace {

using namespace xtn;

boost::json::object spec_of(std::string_view connector) {
    auto value = yaml_to_json("{connector: " + std::string(connector) + "}");
    DOCTEST_REQUIRE_MESSAGE(value.ok(), value.error().message);
    return value->as_object();
}
std::string file(std::string_view name, std::string_view connector) {
    auto text = catalog_file(catalog_name(name), spec_of(connector));
    DOCTEST_REQUIRE_MESSAGE(text.ok(), text.error().message);
    return *text;
}
ReadSpec read(std::string_view spec) {
    auto value = yaml_to_json("{metadata: {name: c}, spec: " + std::string(spec) + "}");
    DOCTEST_REQUIRE_MESSAGE(value.ok(), value.error().message);
    return read_catalog(value->as_object());
}

} // namespace

DOCTEST_TEST_CASE("catalog files are the contract's, byte for byte") {
    DOCTEST_CHECK(
        file("sales.eu-west",
             R"({postgres: {connectionURL: 'jdbc:postgresql://db.example:5432/sales?sslmode=require', connectionUser: etl,
        connectionPasswordSecret: {name: sales-db, key: pw}, properties: {postgresql.array-mapping: AS_ARRAY},
        propertySecretRefs: {ssl.truststore_password: {name: sales-tls, key: ts}}}})") ==
        "connector.name=postgresql\n"
        "connection-password=${ENV:CATALOG_SALES_EU_WEST_CONNECTION_PASSWORD}\n"
        "connection-url=jdbc:postgresql://db.example:5432/sales?sslmode=require\n"
        "connection-user=etl\n"
        "postgresql.array-mapping=AS_ARRAY\n"
        "ssl.truststore_password=${ENV:CATALOG_SALES_EU_WEST_SSL_TRUSTSTORE_PASSWORD}\n");
    DOCTEST_CHECK(
        file("trino-catalog-lake", R"({hive: {metastoreURI: 'thrift://hms.lake:9083', s3Endpoint: 'https://minio.lake:9000',
        s3AccessKeySecret: {name: minio, key: ak}, s3SecretKeySecret: {name: minio, key: sk},
        properties: {s3.region: eu-1, s3.path-style-access: "true"}}})") ==
        "connector.name=hive\n"
        "fs.native-s3.enabled=true\n"
        "hive.metastore.uri=thrift://hms.lake:9083\n"
        "s3.aws-access-key=${ENV:CATALOG_LAKE_S3_AWS_ACCESS_KEY}\n"
        "s3.aws-secret-key=${ENV:CATALOG_LAKE_S3_AWS_SECRET_KEY}\n"
        "s3.endpoint=https://minio.lake:9000\n"
        "s3.path-style-access=true\n"
        "s3.region=eu-1\n");
    DOCTEST_CHECK(file("fake", "{faker: {defaultLimit: 50, nullProbability: 0.125}}") ==
                  "connector.name=faker\nfaker.default-limit=50\nfaker.null-probability=0.125000\n");
    DOCTEST_CHECK(file("bus", "{kafka: {kafkaNodes: ['k0:9092', 'k1:9092'], properties: {kafka.buffer-size: 64kB}}}") ==
                  "connector.name=kafka\nkafka.buffer-size=64kB\nkafka.nodes=k0:9092,k1:9092\n");
    DOCTEST_CHECK(file("o", "{custom: {connectorName: x, properties: {b: '1', B: '2', a.z: '3', a-z: '4', a_z: '5'}}}") ==
                  "connector.name=x\nB=2\na-z=4\na.z=3\na_z=5\nb=1\n");
    DOCTEST_CHECK(file("t", "{tpch: {}}") == "connector.name=tpch\n");
    DOCTEST_CHECK(file("t", "{thrift: {host: h, port: 7}}") ==
                  "connector.name=trino_thrift\ntrino.thrift.client.addresses=h:7\n");
    DOCTEST_CHECK(file("t", "{deltaLake: {catalogType: ' Hive ', warehouseURI: u}}") ==
                  "connector.name=delta_lake\nhive.metastore.uri=u\n");
    DOCTEST_CHECK(file("t", "{iceberg: {catalogType: REST, warehouseURI: u}}") ==
                  "connector.name=iceberg\niceberg.catalog.type=rest\n");
    DOCTEST_CHECK(file("t", "{lakehouse: {catalogType: delta_lake, metastoreURI: m}}") ==
                  "connector.name=lakehouse\nhive.metastore=thrift\nhive.metastore.uri=m\nlakehouse.table-type=DELTA\n");
    DOCTEST_CHECK(file("t", "{druid: {brokerURL: ' http://b:8082/druid/v2/sql/avatica/ '}}") ==
                  "connector.name=druid\nconnection-url=jdbc:avatica:remote:url=http://b:8082/druid/v2/sql/avatica/\n");
    DOCTEST_CHECK(file("t", "{duckDB: {databasePath: /d.db}}") == "connector.name=duckdb\nconnection-url=jdbc:duckdb:/d.db\n");
    DOCTEST_CHECK(file("t", "{faker: {nullProbability: 1.0e-7}}") == "connector.name=faker\nfaker.null-probability=0.000000\n");
}

DOCTEST_TEST_CASE("a snowflake account is found in whatever form it is written") {
    const char *cases[][3] = {
        {"ab12345", "jdbc:snowflake://ab12345.snowflakecomputing.com", "ab12345"},
        {"https://ab12345.eu-central-1.snowflakecomputing.com/?tracing=off",
         "jdbc:snowflake://ab12345.eu-central-1.snowflakecomputing.com/?tracing=off", "ab12345.eu-central-1"},
        {"https://ab.snowflakecomputing.com:443/?db=X#f", "jdbc:snowflake://ab.snowflakecomputing.com:443/?db=X", "ab"},
        {"ab.snowflakecomputing.com:443", "jdbc:snowflake://ab.snowflakecomputing.com:443", "ab"},
        {"AB.SnowflakeComputing.com.", "jdbc:snowflake://AB.SnowflakeComputing.com.", "AB"},
        {"JDBC:Snowflake://Ab.snowflakecomputing.com", "JDBC:Snowflake://Ab.snowflakecomputing.com", "Ab"},
        {"https://ab", "jdbc:snowflake://ab", "ab"},
        {"org-acct.privatelink.snowflakecomputing.com", "jdbc:snowflake://org-acct.privatelink.snowflakecomputing.com",
         "org-acct.privatelink"},
        {"ab:443", "jdbc:snowflake://ab:443.snowflakecomputing.com", "ab"},
    };
    for (const auto &c : cases) {
        DOCTEST_CAPTURE(c[0]);
        const auto properties =
            typed_catalog_properties("x", spec_of("{snowflake: {accountURL: '" + std::string(c[0]) + "', user: svc}}"));
        DOCTEST_CHECK(properties.at("connection-url") == c[1]);
        DOCTEST_CHECK(properties.at("snowflake.account") == c[2]);
    }
}

DOCTEST_TEST_CASE("thirty-nine connectors, thirteen of them with secrets of their own, fourteen in all") {
    std::size_t with = 0;
    std::size_t secrets = 0;
    for (const auto &connector : connectors()) {
        const auto count = std::count_if(connector.fields.begin(), connector.fields.end(),
                                         [](const auto &f) { return f.type == FieldType::secret; });
        with += count > 0 ? 1 : 0;
        secrets += static_cast<std::size_t>(count);
    }
    DOCTEST_CHECK(connectors().size() == 39);
    DOCTEST_CHECK(with == 13);
    DOCTEST_CHECK(secrets == 14);
}

DOCTEST_TEST_CASE("a catalog that breaks a rule is refused with the field and the contract's words") {
    const char *cases[][4] = {
        {"{}", "spec.connector", "FieldValueRequired", "exactly one connector field must be set"},
        {"{connector: {tpch: {}, system: {}}}", "spec.connector", "FieldValueInvalid", "[\"system\",\"tpch\"]: exactly one"},
        {"{connector: {tpch: {}}, labels: {'a b': x}}", "spec.labels[a b]", "FieldValueInvalid", "alphanumeric"},
        {"{connector: {tpch: {}}, labels: {a: '-x'}}", "spec.labels[a]", "FieldValueInvalid", "\"-x\""},
        {"{connector: {postgres: {connectionURL: ' '}}}", "spec.connector.postgres.connectionURL", "FieldValueRequired",
         "must be set"},
        {"{connector: {kafka: {kafkaNodes: []}}}", "spec.connector.kafka.kafkaNodes", "FieldValueRequired",
         "at least one Kafka node"},
        {"{connector: {thrift: {host: h, port: 0}}}", "spec.connector.thrift.port", "FieldValueInvalid",
         "0: port must be greater than zero"},
        {"{connector: {hive: {metastoreURI: u, s3AccessKeySecret: {name: a, key: b}}}}", "spec.connector.hive",
         "FieldValueInvalid", "must be set together"},
        {"{connector: {hive: {metastoreURI: u, s3AccessKeySecret: {name: '', key: b}, s3SecretKeySecret: {name: a, key: b}}}}",
         "spec.connector.hive.s3AccessKeySecret.name", "FieldValueRequired", "Secret name must be set"},
        {"{connector: {bigQuery: {projectID: p, credentialsFile: a}}}", "spec.connector.bigQuery.credentialsFile",
         "FieldValueInvalid", "absolute mounted file path"},
        {"{connector: {bigQuery: {projectID: p, credentialsFile: '{\"private_key\": 1}'}}}",
         "spec.connector.bigQuery.credentialsFile", "FieldValueForbidden", "inline credential"},
        {"{connector: {tpch: {properties: {S3.SECRET_KEY: x}}}}", "spec.connector.tpch.properties[S3.SECRET_KEY]",
         "FieldValueForbidden", "use s3SecretKeySecret instead"},
        {"{connector: {tpch: {properties: {my.api_key: x}}}}", "spec.connector.tpch.properties[my.api_key]",
         "FieldValueForbidden", "sensitive catalog properties must use"},
        {"{connector: {tpch: {properties: {a: '-----BEGIN PRIVATE KEY-----'}}}}", "spec.connector.tpch.properties[a]",
         "FieldValueForbidden", "sensitive"},
        {"{connector: {kafka: {kafkaNodes: [a], properties: {KAFKA.nodes: x}}}}", "spec.connector.kafka.properties[KAFKA.nodes]",
         "FieldValueForbidden", "generated from typed connector fields"},
        {"{connector: {tpch: {properties: {connector.name: x}}}}", "spec.connector.tpch.properties[connector.name]",
         "FieldValueForbidden", "selected connector type"},
        {"{connector: {tpch: {propertySecretRefs: {'a=b': {name: x, key: z}}}}}", "spec.connector.tpch.propertySecretRefs[a=b]",
         "FieldValueInvalid", "'='"},
        {"{connector: {tpch: {propertySecretRefs: {a: {name: x}}}}}", "spec.connector.tpch.propertySecretRefs[a].key",
         "FieldValueRequired", "Secret key must be set"},
        {"{connector: {cassandra: {contactPoints: a, port: many}}}", "spec.connector.cassandra.port", "FieldValueInvalid",
         "type"},
    };
    for (const auto &c : cases) {
        DOCTEST_CAPTURE(c[0]);
        const auto out = read(c[0]);
        DOCTEST_CHECK(std::any_of(out.errors.begin(), out.errors.end(), [&c](const FieldError &e) {
            return e.field == c[1] && e.reason == c[2] && e.message.find(c[3]) != std::string::npos;
        }));
    }
}

DOCTEST_TEST_CASE("what the contract accepts is accepted") {
    const char *fine[] = {
        "{connector: {tpch: {}}, labels: {example.org/team: a_b.c, x: ''}}",
        "{connector: {cassandra: {contactPoints: a, properties: {cassandra.native-protocol-port: '1'}}}}",
        "{connector: {postgres: {connectionURL: u, propertySecretRefs: {connection-password: {name: a, key: b}}}}}",
        "{connector: {postgres: {connectionURL: u, connectionPasswordSecret: {name: '', key: ''}}}}",
        "{connector: {hive: {metastoreURI: u, properties: {fs.native-s3.enabled: 'true', gcs.json-key-file-path: /a}}}}",
        "{connector: {elasticsearch: {host: h, port: -1, properties: {elasticsearch.security: PASSWORD}}}}",
        "{connector: {tpch: {properties: {a: '-----BEGIN RSA PRIVATE KEY-----'}}}}",
        "{connector: {faker: {nullProbability: 7}}}",
    };
    for (const char *spec : fine) {
        DOCTEST_CAPTURE(spec);
        const auto out = read(spec);
        DOCTEST_CHECK(out.errors == std::vector<FieldError>{});
    }
}
