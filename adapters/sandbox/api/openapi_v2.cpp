// The older document, made out of the newer one: same paths, same types, said the Swagger 2.0 way.
#include "adapters/sandbox/api/openapi_document.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

#include <string>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view v3_prefix = "#/components/schemas/";

bool is_true(const json::object &object, std::string_view name) {
    const auto *value = object.if_contains(name);
    return value && value->is_bool() && value->get_bool();
}

// A schema that v2 can say: no defaults, no alternatives; what may be null or keeps unknown fields has no type.
json::object older(const json::object &schema);

json::value older_value(const json::value &value) {
    const auto *object = value.if_object();
    return object ? json::value(older(*object)) : value;
}

json::object older(const json::object &schema) {
    json::object out;
    const bool open = is_true(schema, "x-kubernetes-preserve-unknown-fields");
    const bool nullable = is_true(schema, "nullable");
    for (const auto &[key, value] : schema) {
        if (key == "default" || key == "nullable" || key == "oneOf" || key == "anyOf" || key == "not") continue;
        const bool shape = key == "type" || key == "format" || key == "properties" || key == "items" ||
                           key == "additionalProperties" || key == "required";
        if ((open || nullable) && shape) continue;
        if (key == "$ref" && value.is_string()) {
            std::string name(std::string_view(value.get_string()));
            if (name.starts_with(v3_prefix)) name = "#/definitions/" + name.substr(v3_prefix.size());
            out[key] = name;
        } else if (key == "allOf" && value.is_array()) { // only used to give a reference a description
            for (const auto &element : value.get_array())
                if (const auto *inner = element.if_object(); inner && inner->contains("$ref"))
                    for (auto &member : older(*inner))
                        out[member.key()] = member.value();
        } else if (key == "properties" && value.is_object()) {
            json::object properties;
            for (const auto &[name, property] : value.get_object())
                properties[name] = older_value(property);
            out[key] = std::move(properties);
        } else if (key == "items" || key == "additionalProperties") {
            out[key] = older_value(value);
        } else {
            out[key] = value;
        }
    }
    return out;
}

json::object older_parameter(const json::object &parameter) {
    json::object out;
    for (const auto &[key, value] : parameter)
        if (key != "schema") out[key] = value;
    if (const auto *schema = parameter.if_contains("schema"); schema && schema->is_object())
        for (const auto &[key, value] : schema->get_object())
            out[key] = value;
    return out;
}

json::array older_parameters(const json::value *parameters) {
    json::array out;
    if (parameters && parameters->is_array())
        for (const auto &parameter : parameters->get_array())
            if (parameter.is_object()) out.push_back(older_parameter(parameter.get_object()));
    return out;
}

// The schema of a body or answer: that of its first media type.
json::value content_schema(const json::object &holder) {
    const auto *content = holder.if_contains("content");
    if (!content || !content->is_object() || content->get_object().empty()) return nullptr;
    const auto &first = content->get_object().begin()->value();
    const auto *schema = first.is_object() ? first.get_object().if_contains("schema") : nullptr;
    return schema ? older_value(*schema) : json::value();
}

json::object older_operation(const json::object &operation) {
    json::object out;
    for (const auto &[key, value] : operation)
        if (key != "parameters" && key != "requestBody" && key != "responses") out[key] = value;
    out["consumes"] = json::array{"application/json", "application/yaml"};
    out["produces"] = json::array{"application/json", "application/yaml"};
    auto parameters = older_parameters(operation.if_contains("parameters"));
    if (const auto *body = operation.if_contains("requestBody"); body && body->is_object())
        parameters.insert(
            parameters.begin(),
            json::value(json::object{
                {"name", "body"}, {"in", "body"}, {"required", true}, {"schema", content_schema(body->get_object())}}));
    if (!parameters.empty()) out["parameters"] = std::move(parameters);
    json::object responses;
    if (const auto *given = operation.if_contains("responses"); given && given->is_object())
        for (const auto &[code, response] : given->get_object()) {
            json::object older_response;
            if (const auto *r = response.if_object()) {
                older_response["description"] = r->at("description");
                if (auto schema = content_schema(*r); !schema.is_null()) older_response["schema"] = std::move(schema);
            }
            responses[code] = std::move(older_response);
        }
    out["responses"] = std::move(responses);
    return out;
}

} // namespace

json::object openapi_v2(const Registry &registry) {
    json::object paths;
    json::object definitions;
    for (const auto &of : group_versions(registry)) {
        const auto newer = openapi_v3(registry, of);
        for (const auto &[path, item] : newer.at("paths").get_object()) {
            json::object older_item;
            for (const auto &[key, value] : item.get_object()) {
                if (key == "parameters")
                    older_item[key] = older_parameters(&value);
                else
                    older_item[key] = older_operation(value.get_object());
            }
            paths[path] = std::move(older_item);
        }
        for (const auto &[name, schema] : newer.at("components").at("schemas").get_object())
            definitions[name] = older(schema.get_object());
    }
    return {{"swagger", "2.0"},
            {"info", json::object{{"title", "Kubernetes"}, {"version", "v1"}}},
            {"paths", std::move(paths)},
            {"definitions", std::move(definitions)}};
}

} // namespace xtn::sandbox
