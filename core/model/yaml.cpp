#include "core/model/yaml.hpp"

#include "core/model/yaml_node.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <array>

namespace xtn {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 13> no_numbers{".inf",  ".Inf",  ".INF", "+.inf", "+.Inf", "+.INF", "-.inf",
                                                      "-.Inf", "-.INF", ".nan", ".NaN",  ".NAN",  "-.nan"};

Result<json::value> scalar_to_json(const YamlNode &node) {
    const auto scalar = node.scalar();
    switch (scalar.type) {
    case YamlScalar::Type::null:
        return json::value(nullptr);
    case YamlScalar::Type::boolean:
        return json::value(scalar.boolean);
    case YamlScalar::Type::integer:
        return json::value(scalar.integer);
    case YamlScalar::Type::unsigned_integer:
        return json::value(scalar.unsigned_integer);
    case YamlScalar::Type::floating: {
        json::object number;
        number["$float"] = scalar.number;
        return json::value(std::move(number));
    }
    case YamlScalar::Type::string:
        break;
    }
    if (node.plain) {
        for (const auto &word : no_numbers) {
            if (node.text == word) return make_error(Code::invalid_argument, node.place() + ": JSON has no number " + node.text);
        }
    }
    return json::value(node.text);
}

} // namespace

Result<json::value> yaml_to_json(const YamlNode &node) {
    if (node.kind == YamlNode::Kind::scalar) return scalar_to_json(node);
    if (node.kind == YamlNode::Kind::sequence) {
        json::array out;
        out.reserve(node.items.size());
        for (const auto &item : node.items) {
            auto value = yaml_to_json(item);
            if (!value.ok()) return value;
            out.push_back(std::move(*value));
        }
        return json::value(std::move(out));
    }
    json::object out;
    out.reserve(node.members.size());
    for (const auto &[key, item] : node.members) {
        auto value = yaml_to_json(item);
        if (!value.ok()) return value;
        out[key.text] = std::move(*value);
    }
    return json::value(std::move(out));
}

Result<json::value> yaml_to_json(std::string_view text) {
    auto documents = yaml_documents(text);
    if (!documents.ok()) return std::move(documents).error();
    if (documents->empty()) return json::value(nullptr);
    if (documents->size() > 1) return make_error(Code::invalid_argument, "more than one YAML document where one is expected");
    return std::move(documents->front());
}

Result<std::vector<json::value>> yaml_documents(std::string_view text) {
    auto nodes = parse_yaml(text);
    if (!nodes.ok()) return std::move(nodes).error();
    std::vector<json::value> out;
    out.reserve(nodes->size());
    for (const auto &node : *nodes) {
        auto value = yaml_to_json(node);
        if (!value.ok()) return std::move(value).error();
        out.push_back(std::move(*value));
    }
    return out;
}

} // namespace xtn
