#include "core/model/resource_file.hpp"

#include "core/model/look.hpp"
#include "core/model/yaml.hpp"

#include <charconv>

namespace xtn {
namespace {

// The next step of a field path: ".name", "[3]" or "[any.key/x]"; removes it from `path`.
std::string_view next_step(std::string_view &path) {
    if (path.starts_with('.')) path.remove_prefix(1);
    std::string_view step;
    if (path.starts_with('[')) {
        const auto end = path.find(']');
        step = path.substr(1, end == std::string_view::npos ? end : end - 1);
        path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
    } else {
        step = path.substr(0, path.find_first_of(".["));
        path.remove_prefix(step.size());
    }
    return step;
}

const YamlNode *child(const YamlNode &node, std::string_view step) {
    if (node.kind == YamlNode::Kind::mapping) return node.find(step);
    std::size_t index = 0;
    const auto [end, failed] = std::from_chars(step.data(), step.data() + step.size(), index);
    if (node.kind != YamlNode::Kind::sequence || failed != std::errc{} || end != step.data() + step.size()) return nullptr;
    return index < node.items.size() ? &node.items[index] : nullptr;
}

Status add_document(const YamlNode &node, std::vector<ResourceDocument> &out) {
    if (node.kind != YamlNode::Kind::mapping) {
        return make_error(Code::invalid_argument, node.place() + ": a resource must be a map with apiVersion, kind and metadata");
    }
    auto value = yaml_to_json(node);
    if (!value.ok()) return std::move(value).error();
    const auto *kind = node.find("kind");
    const auto *items = node.find("items");
    if (kind != nullptr && kind->text.ends_with("List") && items != nullptr && items->kind == YamlNode::Kind::sequence) {
        for (const auto &item : items->items) {
            if (auto added = add_document(item, out); !added.ok()) return added;
        }
        return ok();
    }
    out.push_back({std::move(value->get_object()), node});
    return ok();
}

} // namespace

std::string ResourceDocument::kind() const {
    return std::string(look::text(object, "kind"));
}
std::string ResourceDocument::api_version() const {
    return std::string(look::text(object, "apiVersion"));
}
std::string ResourceDocument::identity() const {
    const auto ns = look::text(object, "metadata.namespace");
    const auto name = look::text(object, "metadata.name");
    return kind() + " " + (ns.empty() ? "" : std::string(ns) + "/") + (name.empty() ? "(no name)" : std::string(name));
}

int ResourceDocument::line_of(std::string_view path) const {
    const YamlNode *here = &node;
    int line = node.line;
    while (!path.empty()) {
        const auto step = next_step(path);
        const auto *below = child(*here, step);
        if (below == nullptr) break;
        for (const auto &member : here->members) {
            if (&member.value == below) line = member.key.line;
        }
        if (here->kind == YamlNode::Kind::sequence) line = below->line;
        here = below;
    }
    return line;
}

Result<std::vector<ResourceDocument>> read_resources(std::string_view text) {
    auto nodes = parse_yaml(text);
    if (!nodes.ok()) return std::move(nodes).error();
    std::vector<ResourceDocument> out;
    for (const auto &node : *nodes) {
        if (auto added = add_document(node, out); !added.ok()) return std::move(added).error();
    }
    return out;
}

} // namespace xtn
