#include "adapters/sandbox/sim/pod_plan.hpp"

#include "adapters/sandbox/sim/json_path.hpp"

#include <boost/json/array.hpp>

#include <fmt/format.h>

namespace xtn::sandbox::sim {

namespace json = boost::json;

namespace {

constexpr std::string_view etc = "/etc/trino/";
constexpr std::string_view catalog_folder = "catalog/";

using Files = std::map<std::string, std::string>;

std::string decode_base64(std::string_view text) {
    static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    unsigned group = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const auto digit = alphabet.find(c);
        if (digit == std::string_view::npos) continue;
        group = group << 6U | static_cast<unsigned>(digit);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out += static_cast<char>(group >> bits & 255U);
        }
    }
    return out;
}

// The files of one ConfigMap or Secret, all of its keys or those of `items`.
Status add_source(const json::object &source, bool secret, const ReadSource &read, Files &files) {
    const auto name = secret && source.contains("secretName") ? text_at(source, "secretName") : text_at(source, "name");
    const auto *flag = source.if_contains("optional");
    const bool optional = flag != nullptr && flag->is_bool() && flag->get_bool();
    const std::string what = std::string(secret ? "secret" : "configmap") + " \"" + name + "\"";
    const auto found = read(secret, name);
    if (!found) {
        if (optional) return ok();
        return make_error(Code::not_found, what + " not found");
    }
    Files all;
    for (const auto &[key, value] : object_at(*found, "data"))
        if (value.is_string())
            all[std::string(key)] = secret ? decode_base64(value.get_string()) : std::string(value.get_string());
    for (const auto &[key, value] : object_at(*found, "binaryData"))
        if (value.is_string()) all[std::string(key)] = decode_base64(value.get_string());
    const auto &items = array_at(source, "items");
    if (items.empty()) {
        files.merge(all);
        return ok();
    }
    for (const auto &entry : items) {
        const auto key = text_at(entry.get_object(), "key");
        const auto at = all.find(key);
        if (at != all.end())
            files[text_at(entry.get_object(), "path")] = at->second;
        else if (!optional)
            return make_error(Code::not_found, fmt::format("{} references non-existent config key: {}", what, key));
    }
    return ok();
}

Result<Files> volume_files(const json::object &volume, const ReadSource &read) {
    Files files;
    if (const auto *map = volume.if_contains("configMap")) {
        if (auto added = add_source(map->get_object(), false, read, files); !added) return std::move(added).error();
    } else if (const auto *secret = volume.if_contains("secret")) {
        if (auto added = add_source(secret->get_object(), true, read, files); !added) return std::move(added).error();
    }
    for (const auto &entry : array_at(volume, "projected.sources")) {
        const auto &source = entry.get_object();
        for (const bool is_secret : {false, true}) {
            const auto *part = source.if_contains(is_secret ? "secret" : "configMap");
            if (part == nullptr) continue;
            if (auto added = add_source(part->get_object(), is_secret, read, files); !added) return std::move(added).error();
        }
    }
    return files;
}

const json::object *trino_container(const json::object &pod) {
    const json::object *first = nullptr;
    for (const auto &entry : array_at(pod, "spec.containers")) {
        const auto *container = entry.if_object();
        if (container == nullptr) continue;
        if (first == nullptr) first = container;
        if (text_at(*container, "name").starts_with("trino-")) return container;
    }
    return first;
}

std::string label(const json::object &pod, std::string_view name) {
    const auto *value = object_at(pod, "metadata.labels").if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

void put_file(PodPlan &plan, const std::string &path, std::string text) {
    if (path.starts_with(catalog_folder))
        plan.catalog_files[path.substr(catalog_folder.size())] = std::move(text);
    else
        plan.config_files[path] = std::move(text);
}

} // namespace

bool is_trino_pod(const json::object &pod) {
    const auto component = label(pod, "app.kubernetes.io/component");
    return label(pod, "app.kubernetes.io/name") == "trino" && (component == "coordinator" || component == "worker");
}

Result<PodPlan> plan_pod(const json::object &pod, const ReadSource &read) {
    PodPlan plan;
    plan.ns = namespace_of(pod);
    plan.name = name_of(pod);
    plan.runtime = label(pod, "app.kubernetes.io/instance");
    plan.component = label(pod, "app.kubernetes.io/component");
    std::map<std::string, Files> volumes;
    for (const auto &entry : array_at(pod, "spec.volumes")) {
        auto files = volume_files(entry.get_object(), read);
        const auto name = text_at(entry.get_object(), "name");
        if (!files) return std::move(files).error().with("MountVolume.SetUp failed for volume \"" + name + "\"");
        volumes[name] = std::move(*files);
    }
    const auto *container = trino_container(pod);
    if (container == nullptr) return plan;
    for (const auto &entry : array_at(*container, "ports"))
        if (text_at(entry.get_object(), "name") == "http")
            plan.http_port = static_cast<int>(number_at(entry.get_object(), "containerPort", plan.http_port));
    for (const auto &entry : array_at(*container, "env"))
        if (entry.get_object().contains("value"))
            plan.env[text_at(entry.get_object(), "name")] = text_at(entry.get_object(), "value");
    for (const auto &entry : array_at(*container, "volumeMounts")) {
        const auto &mount = entry.get_object();
        std::string path = text_at(mount, "mountPath");
        const auto sub_path = text_at(mount, "subPath");
        if (sub_path.empty() && !path.ends_with('/')) path += '/';
        if (!path.starts_with(etc)) continue;
        path.erase(0, etc.size());
        for (const auto &[name, text] : volumes[text_at(mount, "name")]) {
            if (sub_path.empty())
                put_file(plan, path + name, text);
            else if (name == sub_path)
                put_file(plan, path, text);
        }
    }
    return plan;
}

} // namespace xtn::sandbox::sim
