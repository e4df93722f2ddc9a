#include "adapters/sandbox/sim/json_path.hpp"

#include <boost/json/array.hpp>

#include <charconv>

namespace xtn::sandbox::sim {

namespace json = boost::json;

const json::value *find(const json::object &object, std::string_view path) {
    const json::object *at = &object;
    for (;;) {
        const auto dot = path.find('.');
        const auto *value = at->if_contains(path.substr(0, dot));
        if (dot == std::string_view::npos || value == nullptr) return value;
        at = value->if_object();
        if (at == nullptr) return nullptr;
        path.remove_prefix(dot + 1);
    }
}

std::string text_at(const json::object &object, std::string_view path) {
    const auto *value = find(object, path);
    const auto *text = value != nullptr ? value->if_string() : nullptr;
    return text != nullptr ? std::string(*text) : std::string();
}

std::int64_t number_at(const json::object &object, std::string_view path, std::int64_t fallback) {
    const auto *value = find(object, path);
    if (value == nullptr) return fallback;
    if (const auto *n = value->if_int64()) return *n;
    if (const auto *n = value->if_uint64()) return static_cast<std::int64_t>(*n);
    return fallback;
}

const json::object &object_at(const json::object &object, std::string_view path) {
    static const json::object nothing;
    const auto *value = find(object, path);
    const auto *found = value != nullptr ? value->if_object() : nullptr;
    return found != nullptr ? *found : nothing;
}

const json::array &array_at(const json::object &object, std::string_view path) {
    static const json::array nothing;
    const auto *value = find(object, path);
    const auto *found = value != nullptr ? value->if_array() : nullptr;
    return found != nullptr ? *found : nothing;
}

bool is_deleting(const json::object &object) {
    return !text_at(object, "metadata.deletionTimestamp").empty();
}

std::uint64_t revision_of(const json::object &object) {
    const auto text = text_at(object, "metadata.resourceVersion");
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

bool is_controlled_by(const json::object &object, std::string_view uid) {
    for (const auto &owner : array_at(object, "metadata.ownerReferences")) {
        const auto *reference = owner.if_object();
        if (reference == nullptr || text_at(*reference, "uid") != uid) continue;
        const auto *controller = reference->if_contains("controller");
        return controller != nullptr && controller->is_bool() && controller->get_bool();
    }
    return false;
}

json::object controller_reference(std::string_view api_version, std::string_view kind, const json::object &owner) {
    return {{"apiVersion", api_version}, {"kind", kind},       {"name", name_of(owner)},
            {"uid", uid_of(owner)},      {"controller", true}, {"blockOwnerDeletion", true}};
}

bool has_labels(const json::object &object, const json::object &wanted) {
    if (wanted.empty()) return false;
    const auto &labels = object_at(object, "metadata.labels");
    for (const auto &[key, value] : wanted) {
        const auto *given = labels.if_contains(key);
        if (given == nullptr || *given != value) return false;
    }
    return true;
}

} // namespace xtn::sandbox::sim
