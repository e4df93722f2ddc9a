#include "core/model/catalog_file.hpp"

#include "core/model/connectors.hpp"
#include "core/model/look.hpp"
#include "core/model/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace xtn {
namespace {

namespace json = boost::json;

using Properties = std::map<std::string, std::string>;

std::string placeholder(std::string_view catalog, std::string_view property) {
    return "${ENV:" + catalog_secret_variable(catalog, property) + "}";
}

bool starts_with_any_case(std::string_view text, std::string_view lower_prefix) {
    return look::lower(text.substr(0, lower_prefix.size())) == lower_prefix;
}

void delta_lake(Properties &out, const json::object &settings) {
    const auto type = look::trim_lower(look::text(settings, "catalogType"));
    const auto uri = look::text(settings, "warehouseURI");
    if (type == "glue") {
        out["hive.metastore"] = "glue";
    } else if ((type == "hive" || type == "hive_metastore") && !uri.empty()) {
        out["hive.metastore.uri"] = uri;
    }
}

std::string druid_url(std::string_view given) {
    constexpr std::string_view suffix = "/druid/v2/sql/avatica";
    std::string url(look::trim(given));
    if (starts_with_any_case(url, "jdbc:")) return url;
    url.erase(url.find_last_not_of('/') + 1);
    if (!url.ends_with(suffix)) url += suffix;
    return "jdbc:avatica:remote:url=" + url + "/";
}

std::string duck_db_url(std::string_view given) {
    const auto path = look::trim(given);
    return starts_with_any_case(path, "jdbc:duckdb:") ? std::string(path) : "jdbc:duckdb:" + std::string(path);
}

std::string snowflake_account(std::string_view host) {
    constexpr std::string_view domain = ".snowflakecomputing.com";
    host = look::trim(host);
    host = host.substr(0, host.find(':'));
    if (host.ends_with('.')) host.remove_suffix(1);
    const auto at = look::lower(host).find(domain);
    return std::string(at != std::string::npos && at > 0 ? host.substr(0, at) : host);
}

void snowflake(Properties &out, const json::object &settings) {
    constexpr std::string_view prefix = "jdbc:snowflake://";
    const auto given = look::trim(look::text(settings, "accountURL"));
    std::string url;
    std::string account;
    if (given.empty()) {
        // cannot pass validation
    } else if (starts_with_any_case(given, prefix)) {
        const auto rest = given.substr(prefix.size());
        url = given;
        account = snowflake_account(rest.substr(0, rest.find_first_of("/?")));
    } else if (const auto scheme = given.find("://"); scheme != std::string_view::npos && scheme > 0) {
        auto rest = given.substr(scheme + 3);
        rest = rest.substr(0, rest.find('#'));
        const auto end = rest.find_first_of("/?");
        auto host = rest.substr(0, end);
        if (const auto user = host.rfind('@'); user != std::string_view::npos) host.remove_prefix(user + 1);
        url = std::string(prefix).append(host).append(end == std::string_view::npos ? "" : rest.substr(end));
        account = snowflake_account(host);
    } else {
        std::string host(given);
        if (host.find('.') == std::string::npos) host += ".snowflakecomputing.com";
        url = std::string(prefix) + host;
        account = snowflake_account(host);
    }
    out["connection-url"] = url;
    if (!account.empty()) out["snowflake.account"] = account;
}

// Like C's "%f" for a non-negative decimal, without binary floating point.
std::string six_decimals(const json::value &value) {
    const auto text = look::float_text(value).empty() ? std::to_string(look::as_integer(value).value_or(0))
                                                      : std::string(look::float_text(value));
    const auto quantity = Quantity::parse(text);
    if (!quantity.ok() || !quantity->positive()) return {};
    const auto millionths = quantity->rounded(1'000'000);
    return fmt::format("{}.{:06}", millionths / 1'000'000, millionths % 1'000'000);
}

void transform(Properties &out, std::string_view key, const json::object &settings) {
    if (key == "deltaLake") {
        delta_lake(out, settings);
    } else if (key == "druid") {
        out["connection-url"] = druid_url(look::text(settings, "brokerURL"));
    } else if (key == "duckDB") {
        const auto path = look::text(settings, "databasePath");
        if (!path.empty()) out["connection-url"] = duck_db_url(path);
    } else if (key == "faker") {
        const auto *probability = look::at(settings, "nullProbability");
        const auto text = probability == nullptr ? std::string() : six_decimals(*probability);
        if (!text.empty()) out["faker.null-probability"] = text;
    } else if (key == "hive") {
        const bool s3 = !look::text(settings, "s3Endpoint").empty() || look::object(settings, "s3AccessKeySecret") != nullptr ||
                        look::object(settings, "s3SecretKeySecret") != nullptr;
        if (s3) out["fs.native-s3.enabled"] = "true";
    } else if (key == "iceberg") {
        const auto type = look::trim_lower(look::text(settings, "catalogType"));
        out["iceberg.catalog.type"] = type.empty() || type == "hive" ? "hive_metastore" : type;
    } else if (key == "lakehouse") {
        const auto type = look::upper(look::trim(look::text(settings, "catalogType")));
        out["lakehouse.table-type"] = type == "DELTA_LAKE" ? "DELTA" : type;
        const auto uri = look::text(settings, "metastoreURI");
        if (!uri.empty()) {
            out["hive.metastore"] = "thrift";
            out["hive.metastore.uri"] = uri;
        }
    } else if (key == "snowflake") {
        snowflake(out, settings);
    } else if (key == "thrift") {
        out["trino.thrift.client.addresses"] =
            fmt::format("{}:{}", look::text(settings, "host"), look::integer(settings, "port").value_or(0));
    }
}

void plain_field(Properties &out, std::string_view catalog, const ConnectorField &field, const json::object &settings) {
    const std::string property(field.property);
    switch (field.type) {
    case FieldType::text: {
        const auto text = look::text(settings, field.name);
        if (field.when == RenderWhen::always || !text.empty()) out[property] = text;
        break;
    }
    case FieldType::integer:
        if (const auto number = look::integer(settings, field.name); number && *number > 0)
            out[property] = std::to_string(*number);
        break;
    case FieldType::texts: {
        std::string list;
        for (const auto item : look::texts(settings, field.name))
            list.append(list.empty() ? "" : ",").append(item);
        out[property] = list;
        break;
    }
    case FieldType::secret:
        if (look::object(settings, field.name) != nullptr) out[property] = placeholder(catalog, property);
        break;
    case FieldType::floating:
        break; // always transformed
    }
}

Properties typed_properties(std::string_view catalog, const ChosenConnector &chosen) {
    Properties out;
    for (const auto &field : chosen.connector->fields) {
        if (field.when != RenderWhen::transformed) plain_field(out, catalog, field, *chosen.settings);
    }
    transform(out, chosen.connector->key, *chosen.settings);
    return out;
}

} // namespace

std::string catalog_name(std::string_view resource_name) {
    constexpr std::string_view prefix = "trino-catalog-";
    if (resource_name.starts_with(prefix)) resource_name.remove_prefix(prefix.size());
    return std::string(resource_name);
}

std::string catalog_secret_variable(std::string_view catalog, std::string_view property) {
    std::string out = "CATALOG_" + look::upper(catalog) + "_" + look::upper(property);
    std::replace_if(out.begin(), out.end(), [](char c) { return c == '.' || c == '-'; }, '_');
    return out;
}

std::map<std::string, std::string> typed_catalog_properties(std::string_view catalog, const json::object &spec) {
    const auto chosen = chosen_connectors(spec);
    return chosen.size() == 1 ? typed_properties(catalog, chosen.front()) : Properties();
}

Result<std::string> catalog_file(std::string_view catalog, const json::object &spec) {
    const auto chosen = chosen_connectors(spec);
    if (chosen.size() != 1) {
        return make_error(
            Code::invalid_argument,
            fmt::format(
                "spec.connector: {} connectors specified in XTrinodeCatalog \"{}\": exactly one connector field must be set",
                chosen.empty() ? "no" : "multiple", catalog));
    }
    const auto &settings = *chosen.front().settings;
    Properties properties;
    if (const auto *given = look::object(settings, "properties")) {
        for (const auto &entry : *given) {
            if (entry.value().is_string()) properties[std::string(entry.key())] = entry.value().get_string();
        }
    }
    for (auto &[property, value] : typed_properties(catalog, chosen.front()))
        properties[property] = std::move(value);
    if (const auto *refs = look::object(settings, "propertySecretRefs")) {
        for (const auto &entry : *refs) {
            const auto property = look::trim(entry.key());
            if (!property.empty()) properties[std::string(property)] = placeholder(catalog, property);
        }
    }
    const auto name = chosen.front().connector->connector_name;
    std::string out = fmt::format("connector.name={}\n", name.empty() ? look::text(settings, "connectorName") : name);
    for (const auto &[property, value] : properties)
        out.append(property).append("=").append(value).append("\n");
    return out;
}

std::vector<CatalogSecret> catalog_secrets(const json::object &spec) {
    std::vector<CatalogSecret> out;
    for (const auto &chosen : chosen_connectors(spec)) {
        std::map<std::string_view, const json::object *> by_key;
        if (const auto *refs = look::object(*chosen.settings, "propertySecretRefs")) {
            for (const auto &entry : *refs) {
                if (!look::blank(entry.key()) && entry.value().is_object())
                    by_key.emplace(entry.key(), &entry.value().get_object());
            }
        }
        for (const auto &[key, selector] : by_key)
            out.push_back({std::string(look::trim(key)), selector});
        for (const auto &field : chosen.connector->fields) {
            if (field.type != FieldType::secret) continue;
            if (const auto *selector = look::object(*chosen.settings, field.name))
                out.push_back({std::string(field.property), selector});
        }
    }
    return out;
}

} // namespace xtn
