#include "adapters/sandbox/trino/trino_files.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace xtn::sandbox::trino {

namespace {

constexpr std::string_view rendered_etc = "/etc/trino/";

// Options of the rendered jvm.config that make no sense here: their place is a container of the full size.
constexpr std::array<std::string_view, 8> dropped_options = {"-agentpath:",
                                                             "-Xmx",
                                                             "-Xms",
                                                             "-XX:G1HeapRegionSize=",
                                                             "-XX:ReservedCodeCacheSize=",
                                                             "-XX:+HeapDumpOnOutOfMemoryError",
                                                             "-Dcom.sun.management.jmxremote",
                                                             "-XX:InitialRAMPercentage"};
// In their place; the same for every pod. Vector module: Trino refuses to start without it.
constexpr std::array<std::string_view, 3> added_options = {"-XX:ReservedCodeCacheSize=150M", "-XX:TieredStopAtLevel=1",
                                                           "--add-modules=jdk.incubator.vector"};

// config.properties keys that are set here instead.
constexpr std::array<std::string_view, 5> dropped_keys = {"query.max-memory-per-node", "memory.heap-headroom-per-node",
                                                          "jmx.rmiregistry.port", "jmx.rmiserver.port", "discovery.uri"};

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        while (!line.empty() && (line.front() == ' ' || line.front() == '\t'))
            line.remove_prefix(1);
        while (!line.empty() && (line.back() == ' ' || line.back() == '\r'))
            line.remove_suffix(1);
        if (!line.empty() && line[0] != '#') out.emplace_back(line);
    }
    return out;
}

std::string key_of(std::string_view line) {
    auto key = line.substr(0, line.find('='));
    while (!key.empty() && key.back() == ' ')
        key.remove_suffix(1);
    return std::string(key);
}

std::string value_of(std::string_view line) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) return {};
    auto value = line.substr(equals + 1);
    while (!value.empty() && value.front() == ' ')
        value.remove_prefix(1);
    return std::string(value);
}

std::string text_of(const std::map<std::string, std::string> &files, const std::string &name) {
    const auto found = files.find(name);
    return found == files.end() ? std::string() : found->second;
}

void replace_all(std::string &text, std::string_view from, const std::string &to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
}

// Megabytes of "512m", "1g"; 512 for anything else.
long heap_megabytes(std::string_view heap) {
    long number = 0;
    const auto [end, ec] = std::from_chars(heap.data(), heap.data() + heap.size(), number);
    constexpr long standard = 512;
    if (ec != std::errc() || number <= 0 || end == heap.data() + heap.size()) return standard;
    return *end == 'g' || *end == 'G' ? number * 1024 : number;
}

template <std::size_t N> bool begins_with_any(std::string_view text, const std::array<std::string_view, N> &list) {
    return std::any_of(list.begin(), list.end(), [&](std::string_view prefix) { return text.starts_with(prefix); });
}

// "http://trino-a:8080" taken apart.
struct Uri {
    std::string scheme, host, port;
};
Uri split_uri(const std::string &uri) {
    Uri out;
    const auto slashes = uri.find("://");
    out.scheme = uri.substr(0, slashes);
    auto rest = slashes == std::string::npos ? uri : uri.substr(slashes + 3);
    rest = rest.substr(0, rest.find('/'));
    const auto colon = rest.rfind(':');
    out.host = rest.substr(0, colon);
    if (colon != std::string::npos) out.port = rest.substr(colon + 1);
    return out;
}

} // namespace

std::string find_host(std::string_view hosts_text, std::string_view name, std::string_view ns) {
    const std::array<std::string, 2> forms = {std::string(name), std::string(name) + "." + std::string(ns)};
    for (const auto &line : lines_of(hosts_text)) {
        const auto blank = line.find(' ');
        if (blank == std::string::npos) continue;
        for (const auto &form : forms)
            if (std::string_view(line).substr(blank + 1) == form) return line.substr(0, blank);
    }
    return {};
}

TrinoFiles make_trino_files(const PodPlan &plan, const TrinoPlaces &places) {
    TrinoFiles made;
    const std::string etc = (places.folder / "etc").string() + "/";
    for (const auto &[name, text] : plan.config_files) {
        auto copy = text;
        replace_all(copy, rendered_etc, etc);
        made.files[name] = std::move(copy);
    }
    for (const auto &[name, text] : plan.catalog_files) {
        auto copy = text;
        replace_all(copy, rendered_etc, etc);
        made.files["catalog/" + name] = std::move(copy);
    }
    const auto heap = heap_megabytes(places.heap);
    std::string config;
    for (const auto &line : lines_of(made.files["config.properties"])) {
        if (key_of(line) == "discovery.uri") {
            const auto uri = split_uri(value_of(line));
            std::string host = plan.ip;
            if (uri.host != "localhost") {
                made.discovery_host = uri.host;
                const auto known = plan.hosts.find(uri.host);
                made.discovery_address = known == plan.hosts.end() ? std::string() : known->second;
                host = made.discovery_address.empty() ? uri.host : made.discovery_address;
            }
            config += "discovery.uri=" + uri.scheme + "://" + host + (uri.port.empty() ? "" : ":" + uri.port) + "\n";
        } else if (!begins_with_any(line, dropped_keys)) {
            config += line + "\n";
        }
    }
    config += "query.max-memory-per-node=" + std::to_string(heap * 3 / 10) + "MB\n";
    config += "memory.heap-headroom-per-node=" + std::to_string(heap / 5) + "MB\n";
    config += "catalog.config-dir=" + etc + "catalog\n";
    made.files["config.properties"] = std::move(config);

    auto &options = made.jvm_options;
    options.push_back("-Xmx" + places.heap);
    for (const auto &option : lines_of(text_of(made.files, "jvm.config")))
        if (!begins_with_any(option, dropped_options)) options.push_back(option);
    options.insert(options.end(), added_options.begin(), added_options.end());
    for (const auto &line : lines_of(text_of(made.files, "node.properties"))) { // as Trino's own launcher passes them
        const auto key = key_of(line);
        if (key != "node.data-dir" && key != "plugin.dir" && key != "node.id")
            options.push_back("-D" + key + "=" + value_of(line));
    }
    options.push_back("-Dnode.id=" + plan.name);
    options.push_back("-Dnode.data-dir=" + (places.folder / "data").string());
    options.push_back("-Dplugin.dir=" + (places.home / "plugin").string());
    options.push_back("-Dnode.internal-address=" + plan.ip);
    options.push_back("-Dnode.bind-ip=" + plan.ip);
    options.push_back("-Dlog.levels-file=" + etc + "log.properties");
    options.push_back("-Dconfig=" + etc + "config.properties");
    return made;
}

} // namespace xtn::sandbox::trino
