// A Swagger 2.0 document in protobuf: gnostic's openapi.v2.Document
// (https://github.com/google/gnostic-models/blob/main/openapiv2/OpenAPIv2.proto). Only what our documents contain; field numbers
// stand in the tables below. Parts that are free JSON there (extensions, enum values) are YAML text, for which JSON is good
// enough.
#include "adapters/sandbox/api/json_text.hpp"
#include "adapters/sandbox/api/openapi_document.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

#include <bit>
#include <cstdint>
#include <span>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;

class Message {
  public:
    void text(int field, std::string_view value) {
        tag(field, 2);
        varint(value.size());
        bytes_.append(value);
    }
    void message(int field, const Message &value) { text(field, value.bytes_); }
    void integer(int field, std::int64_t value) {
        tag(field, 0);
        varint(static_cast<std::uint64_t>(value));
    }
    void number(int field, double value) {
        tag(field, 1);
        auto bits = std::bit_cast<std::uint64_t>(value);
        for (int i = 0; i < 8; ++i, bits >>= 8)
            bytes_ += static_cast<char>(bits & 0xff);
    }
    std::string take() && { return std::move(bytes_); }

  private:
    void tag(int field, int wire) { varint(static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(wire)); }
    void varint(std::uint64_t value) {
        while (value >= 0x80) {
            bytes_ += static_cast<char>(value | 0x80);
            value >>= 7;
        }
        bytes_ += static_cast<char>(value);
    }
    std::string bytes_;
};

// How a member of a JSON object becomes a field of a message.
enum class Form { text, texts, integer, number, boolean, any, anys, schema, schemas, properties, additional, type, items };
struct Field {
    std::string_view member;
    int number;
    Form form;
};

constexpr Field schema_fields[] = {
    {"$ref", 1, Form::text},
    {"format", 2, Form::text},
    {"title", 3, Form::text},
    {"description", 4, Form::text},
    {"multipleOf", 6, Form::number},
    {"maximum", 7, Form::number},
    {"exclusiveMaximum", 8, Form::boolean},
    {"minimum", 9, Form::number},
    {"exclusiveMinimum", 10, Form::boolean},
    {"maxLength", 11, Form::integer},
    {"minLength", 12, Form::integer},
    {"pattern", 13, Form::text},
    {"maxItems", 14, Form::integer},
    {"minItems", 15, Form::integer},
    {"uniqueItems", 16, Form::boolean},
    {"maxProperties", 17, Form::integer},
    {"minProperties", 18, Form::integer},
    {"required", 19, Form::texts},
    {"enum", 20, Form::anys},
    {"additionalProperties", 21, Form::additional},
    {"type", 22, Form::type},
    {"items", 23, Form::items},
    {"properties", 25, Form::properties},
};
constexpr int schema_extensions = 31;

constexpr Field query_fields[] = {
    {"required", 1, Form::boolean}, {"in", 2, Form::text},   {"description", 3, Form::text},
    {"name", 4, Form::text},        {"type", 6, Form::text}, {"uniqueItems", 20, Form::boolean},
};
constexpr Field path_fields[] = {
    {"required", 1, Form::boolean}, {"in", 2, Form::text},   {"description", 3, Form::text},
    {"name", 4, Form::text},        {"type", 5, Form::text}, {"uniqueItems", 19, Form::boolean},
};
constexpr Field body_fields[] = {
    {"description", 1, Form::text}, {"name", 2, Form::text},     {"in", 3, Form::text},
    {"required", 4, Form::boolean}, {"schema", 5, Form::schema},
};
constexpr Field operation_fields[] = {
    {"tags", 1, Form::texts},     {"description", 3, Form::text}, {"operationId", 5, Form::text},
    {"produces", 6, Form::texts}, {"consumes", 7, Form::texts},
};
constexpr int operation_extensions = 13;

double as_number(const json::value &value) {
    if (value.is_double()) return value.get_double();
    return value.is_int64() ? static_cast<double>(value.get_int64()) : 0;
}

Message any(const json::value &value) {
    Message out;
    out.text(2, write_json(value));
    return out;
}

Message schema(const json::object &object);

Message named(std::string_view name, const Message &value) {
    Message out;
    out.text(1, name);
    out.message(2, value);
    return out;
}

void put(Message &out, const Field &field, const json::value &value) {
    const auto *object = value.if_object();
    const auto *array = value.if_array();
    switch (field.form) {
    case Form::text:
        if (value.is_string()) out.text(field.number, std::string_view(value.get_string()));
        break;
    case Form::texts:
        for (const auto &element : array ? *array : json::array())
            if (element.is_string()) out.text(field.number, std::string_view(element.get_string()));
        break;
    case Form::integer:
        if (value.is_int64()) out.integer(field.number, value.get_int64());
        break;
    case Form::number:
        out.number(field.number, as_number(value));
        break;
    case Form::boolean:
        if (value.is_bool() && value.get_bool()) out.integer(field.number, 1);
        break;
    case Form::any:
        out.message(field.number, any(value));
        break;
    case Form::anys:
        for (const auto &element : array ? *array : json::array())
            out.message(field.number, any(element));
        break;
    case Form::schema:
        if (object) out.message(field.number, schema(*object));
        break;
    case Form::schemas:
        for (const auto &element : array ? *array : json::array())
            if (element.is_object()) out.message(field.number, schema(element.get_object()));
        break;
    case Form::properties: {
        Message properties;
        for (const auto &[name, property] : object ? *object : json::object())
            if (property.is_object()) properties.message(1, named(name, schema(property.get_object())));
        out.message(field.number, properties);
        break;
    }
    case Form::additional: { // a schema or a boolean
        Message item;
        if (object)
            item.message(1, schema(*object));
        else if (value.is_bool())
            item.integer(2, value.get_bool() ? 1 : 0);
        out.message(field.number, item);
        break;
    }
    case Form::type: {
        Message item;
        if (value.is_string()) item.text(1, std::string_view(value.get_string()));
        out.message(field.number, item);
        break;
    }
    case Form::items: {
        Message item;
        if (object) item.message(1, schema(*object));
        out.message(field.number, item);
        break;
    }
    }
}

Message by_table(const json::object &object, std::span<const Field> fields, int extensions = 0) {
    Message out;
    for (const auto &field : fields)
        if (const auto *value = object.if_contains(field.member)) put(out, field, *value);
    if (extensions > 0)
        for (const auto &[name, value] : object)
            if (name.starts_with("x-")) out.message(extensions, named(name, any(value)));
    return out;
}

Message schema(const json::object &object) {
    return by_table(object, schema_fields, schema_extensions);
}

std::string_view text_of(const json::object &object, std::string_view name) {
    const auto *value = object.if_contains(name);
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

// ParametersItem{parameter: Parameter{body_parameter | non_body_parameter: {query.. | path..}}}
Message parameter(const json::object &object) {
    Message inner;
    const auto in = text_of(object, "in");
    if (in == "body") {
        inner.message(1, by_table(object, body_fields));
    } else {
        Message non_body;
        if (in == "path")
            non_body.message(4, by_table(object, path_fields));
        else
            non_body.message(3, by_table(object, query_fields));
        inner.message(2, non_body);
    }
    Message item;
    item.message(1, inner);
    return item;
}

Message responses(const json::object &object) {
    Message out;
    for (const auto &[code, value] : object) {
        const auto *response = value.if_object();
        if (!response) continue;
        Message body;
        body.text(1, text_of(*response, "description"));
        if (const auto *given = response->if_contains("schema"); given && given->is_object()) {
            Message item;
            item.message(1, schema(given->get_object()));
            body.message(2, item);
        }
        Message response_value;
        response_value.message(1, body);
        out.message(1, named(code, response_value));
    }
    return out;
}

Message operation(const json::object &object) {
    auto out = by_table(object, operation_fields, operation_extensions);
    if (const auto *parameters = object.if_contains("parameters"); parameters && parameters->is_array())
        for (const auto &entry : parameters->get_array())
            if (entry.is_object()) out.message(8, parameter(entry.get_object()));
    if (const auto *given = object.if_contains("responses"); given && given->is_object())
        out.message(9, responses(given->get_object()));
    return out;
}

Message path_item(const json::object &object) {
    struct Verb {
        std::string_view name;
        int field;
    };
    constexpr Verb verbs[] = {{"get", 2}, {"put", 3}, {"post", 4}, {"delete", 5}, {"patch", 8}};
    Message out;
    for (const auto &verb : verbs)
        if (const auto *value = object.if_contains(verb.name); value && value->is_object())
            out.message(verb.field, operation(value->get_object()));
    if (const auto *parameters = object.if_contains("parameters"); parameters && parameters->is_array())
        for (const auto &entry : parameters->get_array())
            if (entry.is_object()) out.message(9, parameter(entry.get_object()));
    return out;
}

} // namespace

std::string openapi_v2_protobuf(const json::object &document) {
    Message out;
    out.text(1, text_of(document, "swagger"));
    const auto &info = document.at("info").get_object();
    Message info_message;
    info_message.text(1, text_of(info, "title"));
    info_message.text(2, text_of(info, "version"));
    out.message(2, info_message);
    Message paths;
    for (const auto &[path, item] : document.at("paths").get_object())
        paths.message(2, named(path, path_item(item.get_object())));
    out.message(8, paths);
    Message definitions;
    for (const auto &[name, definition] : document.at("definitions").get_object())
        definitions.message(1, named(name, schema(definition.get_object())));
    out.message(9, definitions);
    return std::move(out).take();
}

} // namespace xtn::sandbox
