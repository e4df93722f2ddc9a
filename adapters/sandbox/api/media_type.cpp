#include "adapters/sandbox/api/media_type.hpp"

#include "netkit/http_message.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace xtn::sandbox {
namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

// Calls `each` for the parts of `text` between `separator`s.
template <class Each> void split(std::string_view text, char separator, Each each) {
    while (true) {
        const auto end = text.find(separator);
        each(trimmed(text.substr(0, end)));
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + 1);
    }
}

struct ShapeName {
    std::string_view as;
    std::string_view group;
    std::string_view version; // empty: any
    Shape shape;
};
constexpr ShapeName shape_names[] = {
    {"Table", "meta.k8s.io", "v1", Shape::table},
    {"PartialObjectMetadata", "meta.k8s.io", "v1", Shape::partial_metadata},
    {"PartialObjectMetadataList", "meta.k8s.io", "v1", Shape::partial_metadata},
    {"APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2", Shape::aggregated_discovery},
};

std::optional<Shape> shape_of(const MediaType &type) {
    const auto as = type.parameter("as");
    if (as.empty()) return Shape::object;
    for (const auto &name : shape_names)
        if (name.as == as && name.group == type.parameter("g") && name.version == type.parameter("v")) return name.shape;
    return {};
}

} // namespace

std::string_view MediaType::parameter(std::string_view name) const {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string_view() : std::string_view(found->second);
}

bool MediaType::covers(std::string_view other) const {
    if (type == other || type == "*/*") return true;
    return type.ends_with("/*") && other.starts_with(std::string_view(type).substr(0, type.size() - 1));
}

std::vector<MediaType> parse_accept(std::string_view header) {
    std::vector<MediaType> out;
    if (trimmed(header).empty()) return out;
    split(header, ',', [&](std::string_view entry) {
        MediaType type;
        bool first = true;
        split(entry, ';', [&](std::string_view part) {
            if (first) {
                type.type = lower(part);
                first = false;
                return;
            }
            const auto equals = part.find('=');
            if (equals == std::string_view::npos) return;
            const auto name = lower(trimmed(part.substr(0, equals)));
            const auto value = trimmed(part.substr(equals + 1));
            if (name == "q")
                std::from_chars(value.data(), value.data() + value.size(), type.quality);
            else
                type.parameters.insert_or_assign(name, std::string(value));
        });
        if (type.type.empty()) return;
        // Inserted before the first worse one: a stable order without std::stable_sort.
        const auto at =
            std::find_if(out.begin(), out.end(), [&](const MediaType &other) { return other.quality < type.quality; });
        out.insert(at, std::move(type));
    });
    return out;
}

std::string content_type(std::string_view header) {
    return lower(trimmed(header.substr(0, header.find(';'))));
}

std::optional<Accepted> negotiate(std::string_view accept_header, std::span<const Shape> shapes) {
    const auto accepted = parse_accept(accept_header);
    if (accepted.empty()) return Accepted{};
    for (const auto &type : accepted) {
        const auto shape = shape_of(type);
        if (!shape || std::find(shapes.begin(), shapes.end(), *shape) == shapes.end()) continue;
        for (const std::string_view ours : {"application/json", "application/yaml"})
            if (type.covers(ours)) return Accepted{*shape, std::string(type.parameter("v")), std::string(ours)};
    }
    return {};
}

} // namespace xtn::sandbox
