// Validation of an XTrinodeCatalog: spec 20 §4.2-4.6, in its order.
#include "core/model/catalog_file.hpp"
#include "core/model/connectors.hpp"
#include "core/model/field_report.hpp"
#include "core/model/look.hpp"
#include "core/model/xtrinode.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace xtn {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_label = 63;
constexpr std::size_t longest_prefix = 253;

struct Replacement {
    std::string_view key; // normalised
    std::string_view use;
};
constexpr std::array replacements{
    Replacement{"connection-password", "connectionPasswordSecret"},
    Replacement{"snowflake.password", "passwordSecret"},
    Replacement{"s3.aws-access-key", "s3AccessKeySecret"},
    Replacement{"hive.s3.aws-access-key", "s3AccessKeySecret"},
    Replacement{"s3.access-key", "s3AccessKeySecret"},
    Replacement{"hive.s3.access-key", "s3AccessKeySecret"},
    Replacement{"hive.s3.aws.access-key", "s3AccessKeySecret"},
    Replacement{"s3.aws.access-key", "s3AccessKeySecret"},
    Replacement{"s3.aws-secret-key", "s3SecretKeySecret"},
    Replacement{"hive.s3.aws-secret-key", "s3SecretKeySecret"},
    Replacement{"s3.secret-key", "s3SecretKeySecret"},
    Replacement{"hive.s3.secret-key", "s3SecretKeySecret"},
    Replacement{"hive.s3.aws.secret-key", "s3SecretKeySecret"},
    Replacement{"s3.aws.secret-key", "s3SecretKeySecret"},
};
constexpr std::array<std::string_view, 8> sensitive_words{"password", "secret", "accesskey", "privatekey",
                                                          "apikey",   "token",  "keytab",    "credential"};
constexpr std::array<std::string_view, 3> sensitive_values{"private_key", "client_secret", "-----begin private key-----"};
constexpr std::string_view sensitive_text =
    "sensitive catalog properties must use typed Secret references or an operator-managed Secret "
    "injection path instead of plaintext ConfigMap properties";

std::string normalised(std::string_view key) {
    auto out = look::trim_lower(key);
    std::replace(out.begin(), out.end(), '_', '-');
    return out;
}

bool sensitive_value(std::string_view value) {
    const auto text = look::trim_lower(value);
    return std::any_of(sensitive_values.begin(), sensitive_values.end(),
                       [&text](auto word) { return text.find(word) != std::string::npos; });
}

bool letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// [A-Za-z0-9] at both ends, "-", "_" and "." between.
bool label_text(std::string_view text) {
    return !text.empty() && text.size() <= longest_label && letter_or_digit(text.front()) && letter_or_digit(text.back()) &&
           std::all_of(text.begin(), text.end(), [](char c) { return letter_or_digit(c) || c == '-' || c == '_' || c == '.'; });
}

bool dns_subdomain(std::string_view text) {
    if (text.empty() || text.size() > longest_prefix || text.ends_with('.')) return false;
    while (!text.empty()) {
        const auto label = text.substr(0, text.find('.'));
        if (!label_text(label) || look::lower(label) != label || label.find('_') != std::string_view::npos) return false;
        text.remove_prefix(std::min(text.size(), label.size() + 1));
    }
    return true;
}

bool qualified_name(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return label_text(text);
    return dns_subdomain(text.substr(0, slash)) && label_text(text.substr(slash + 1));
}

// Members by key, so that reports come in byte order.
std::map<std::string, const json::value *> sorted(const json::object *map) {
    std::map<std::string, const json::value *> out;
    if (map == nullptr) return out;
    for (const auto &entry : *map)
        out.emplace(entry.key(), &entry.value());
    return out;
}

void labels(const json::object &spec, FieldReport &report) {
    for (const auto &[key, value] : sorted(look::object(spec, "labels"))) {
        const auto path = fmt::format("spec.labels[{}]", key);
        if (!qualified_name(key)) {
            report.invalid(
                path, std::string_view(key),
                "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
                "character, with at most 63 characters, after an optional DNS subdomain and '/'");
        }
        if (!value->is_string() || (!value->get_string().empty() && !label_text(value->get_string()))) {
            report.invalid(path, *value,
                           "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and "
                           "must start and "
                           "end with an alphanumeric character, with at most 63 characters");
        }
    }
}

// One typed field: its type first, as the schema would say it, then whether it must be there.
void typed_field(const std::string &path, const ConnectorField &field, const json::object &settings, FieldReport &report) {
    const auto *value = look::at(settings, field.name);
    const auto at = fmt::format("{}.{}", path, field.name);
    if (value != nullptr) {
        const bool fits = field.type == FieldType::text      ? value->is_string()
                          : field.type == FieldType::integer ? look::as_integer(*value).has_value()
                          : field.type == FieldType::floating
                              ? look::as_integer(*value).has_value() || !look::float_text(*value).empty()
                          : field.type == FieldType::texts ? value->is_array()
                                                           : value->is_object();
        if (!fits) {
            report.invalid(at, *value, "is not of the type this field has");
            return;
        }
    }
    if (!field.required) return;
    if (field.type == FieldType::text && look::blank(look::text(settings, field.name)))
        report.required(at, fmt::format("{} must be set", field.name));
    if (field.type == FieldType::texts && look::texts(settings, field.name).empty())
        report.required(at, "at least one Kafka node is required");
    if (field.type == FieldType::integer) {
        const auto number = look::integer(settings, field.name).value_or(0);
        if (number <= 0) report.invalid(at, number, fmt::format("{} must be greater than zero", field.name));
    }
}

void selector(const std::string &path, const json::object &given, FieldReport &report) {
    if (look::blank(look::text(given, "name"))) report.required(path + ".name", "Secret name must be set");
    if (look::blank(look::text(given, "key"))) report.required(path + ".key", "Secret key must be set");
}

void hive_credentials(const std::string &path, const json::object &settings, FieldReport &report) {
    const auto *access = look::object(settings, "s3AccessKeySecret");
    const auto *secret = look::object(settings, "s3SecretKeySecret");
    if ((access == nullptr) != (secret == nullptr)) {
        report.invalid(path, std::string_view("partial S3 credential secret configuration"),
                       "s3AccessKeySecret and s3SecretKeySecret must be set together");
    }
    if (access != nullptr) selector(path + ".s3AccessKeySecret", *access, report);
    if (secret != nullptr) selector(path + ".s3SecretKeySecret", *secret, report);
}

void big_query_credentials(const std::string &path, const json::object &settings, FieldReport &report) {
    const auto file = look::text(settings, "credentialsFile");
    if (file.empty()) return;
    const auto at = path + ".credentialsFile";
    if (look::trim(file) != file) {
        report.invalid(at, file, "credentials file path must not have leading or trailing whitespace");
    } else if (file.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos) {
        report.invalid(at, file, "credentials file path must not contain control characters or newlines");
    } else if (sensitive_value(file)) {
        report.forbidden(at, "inline credential material must use propertySecretRefs instead of credentialsFile");
    } else if (!file.starts_with('/')) {
        report.invalid(at, file, "credentials file path must be an absolute mounted file path");
    }
    for (const auto &[key, value] : sorted(look::object(settings, "propertySecretRefs"))) {
        if (normalised(key) != "bigquery.credentials-key") continue;
        report.forbidden(at, "use either credentialsFile or propertySecretRefs[bigquery.credentials-key], not both");
        break;
    }
}

void plaintext_secrets(const std::string &path, const json::object &settings, FieldReport &report) {
    for (const auto &[key, value] : sorted(look::object(settings, "properties"))) {
        const auto at = fmt::format("{}.properties[{}]", path, key);
        if (!value->is_string()) {
            report.invalid(at, *value, "must be text (put it in quotes)");
            continue;
        }
        const auto plain = normalised(key);
        const auto *const replacement =
            std::find_if(replacements.begin(), replacements.end(), [&plain](const auto &r) { return r.key == plain; });
        if (replacement != replacements.end()) {
            report.forbidden(at, fmt::format("use {} instead of plaintext catalog properties", replacement->use));
            continue;
        }
        auto compact = plain;
        std::erase_if(compact, [](char c) { return c == '-' || c == '.' || c == '_'; });
        const bool word = std::any_of(sensitive_words.begin(), sensitive_words.end(),
                                      [&compact](auto w) { return compact.find(w) != std::string::npos; });
        if (word || sensitive_value(value->get_string())) report.forbidden(at, sensitive_text);
    }
}

void collisions(const std::string &path, const json::object &spec, const ChosenConnector &chosen, FieldReport &report) {
    std::set<std::string> reserved;
    for (const auto &[property, value] : typed_catalog_properties("x", spec))
        reserved.insert(property);
    if (chosen.connector->key == "snowflake") reserved.insert("snowflake.account");
    for (const std::string_view member : {"properties", "propertySecretRefs"}) {
        for (const auto &[key, value] : sorted(look::object(*chosen.settings, member))) {
            const auto plain = normalised(key);
            const auto at = fmt::format("{}.{}[{}]", path, member, key);
            if (plain == "connector.name") {
                report.forbidden(at, "connector.name is generated from the selected connector type");
            } else if (reserved.contains(plain)) {
                report.forbidden(
                    at, "property is generated from typed connector fields; use the typed XTrinodeCatalog field instead");
            }
        }
    }
}

void secret_refs(const std::string &path, const json::object &settings, FieldReport &report) {
    for (const auto &[key, value] : sorted(look::object(settings, "propertySecretRefs"))) {
        const auto at = fmt::format("{}.propertySecretRefs[{}]", path, key);
        if (look::blank(key)) {
            report.required(at, "property name must be set");
        } else if (look::trim(key) != key) {
            report.invalid(at, std::string_view(key), "property name must not have leading or trailing whitespace");
        } else if (key.find_first_of("\r\n=") != std::string::npos) {
            report.invalid(at, std::string_view(key), "property name must not contain newlines or '='");
        }
        if (value->is_object()) {
            selector(at, value->get_object(), report);
        } else {
            report.invalid(at, *value, "must be a map with name and key of a Secret");
        }
    }
}

} // namespace

ReadSpec read_catalog(const json::object &resource) {
    FieldReport report;
    ReadSpec out;
    const auto *given = resource.if_contains("spec");
    if (given != nullptr && given->is_object()) {
        out.spec = given->get_object();
    } else if (given != nullptr && !given->is_null()) {
        report.invalid("spec", *given, "must be a map");
    }
    labels(out.spec, report);
    const auto chosen = chosen_connectors(out.spec);
    if (chosen.empty()) {
        report.required("spec.connector", "exactly one connector field must be set");
    } else if (chosen.size() > 1) {
        json::array keys;
        for (const auto &one : chosen)
            keys.emplace_back(one.connector->key);
        report.invalid("spec.connector", json::value(std::move(keys)), "exactly one connector field must be set");
    } else {
        const auto path = fmt::format("spec.connector.{}", chosen.front().connector->key);
        for (const auto &field : chosen.front().connector->fields)
            typed_field(path, field, *chosen.front().settings, report);
        if (chosen.front().connector->key == "hive") hive_credentials(path, *chosen.front().settings, report);
        if (chosen.front().connector->key == "bigQuery") big_query_credentials(path, *chosen.front().settings, report);
    }
    for (const auto &one : chosen)
        plaintext_secrets(fmt::format("spec.connector.{}", one.connector->key), *one.settings, report);
    for (const auto &one : chosen)
        collisions(fmt::format("spec.connector.{}", one.connector->key), out.spec, one, report);
    for (const auto &one : chosen)
        secret_refs(fmt::format("spec.connector.{}", one.connector->key), *one.settings, report);
    out.errors = std::move(report.errors);
    out.warnings = std::move(report.warnings);
    return out;
}

} // namespace xtn
