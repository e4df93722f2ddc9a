#include "core/event/blob_references.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>

namespace xtn {

namespace json = boost::json;

namespace {

struct Naming {
    std::string_view type;
    std::string_view
        list; // payload member that is an array of objects with a manifest each; empty: the payload is such an object
};
constexpr auto namings = std::to_array<Naming>({
    {"topology.planned", "objects"},
    {"object.applied", ""},
    {"object.failed", ""},
    {"object.skipped", ""},
});

const Naming *find_naming(std::string_view type) {
    const auto *found = std::find_if(namings.begin(), namings.end(), [&](const Naming &n) { return n.type == type; });
    return found == namings.end() ? nullptr : found;
}

std::string text(const json::object &from, std::string_view name) {
    const auto *value = from.if_contains(json::string_view(name.data(), name.size()));
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

void add(const json::object &object, std::vector<BlobReference> &to) {
    auto digest = text(object, "manifest");
    if (digest.empty()) return;
    to.push_back({Digest{std::move(digest)}, text(object, "kind") + "/" + text(object, "ns") + "/" + text(object, "name")});
}

} // namespace

bool names_blobs(std::string_view type_name) {
    return find_naming(type_name) != nullptr;
}

std::vector<BlobReference> blob_references(const Event &event) {
    std::vector<BlobReference> out;
    const Naming *naming = find_naming(event.name());
    if (naming == nullptr) return out;
    if (naming->list.empty()) {
        add(event.payload, out);
        return out;
    }
    const auto *list = event.payload.if_contains(json::string_view(naming->list.data(), naming->list.size()));
    if (list == nullptr || !list->is_array()) return out;
    for (const auto &element : list->get_array())
        if (const auto *object = element.if_object()) add(*object, out);
    return out;
}

} // namespace xtn
