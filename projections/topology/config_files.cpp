#include "projections/topology/config_files.hpp"

#include "core/model/look.hpp"
#include "core/model/overlay.hpp"
#include "core/model/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace xtn::topology {
namespace {

namespace json = boost::json;

constexpr std::int64_t mib = 1024 * 1024;
constexpr std::int64_t gib = 1024 * mib;
constexpr std::int64_t least_mib = 64; // a heap below two G1 regions (32M, see jvm_config) does not start

// Lines joined by line feeds, none at the end.
class Lines {
  public:
    template <class... Args> void add(fmt::format_string<Args...> format, Args &&...args) {
        if (!text_.empty()) text_ += '\n';
        fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    }
    std::string take() { return std::move(text_); }

  private:
    std::string text_;
};

std::string limit_of(const Rendering &rendering, Role role) {
    const auto *limits = look::object(rendering.resources(role), "limits");
    const auto given = limits == nullptr ? std::string_view() : look::text(*limits, "memory");
    const auto quantity = Quantity::parse(given);
    if (quantity.ok() && quantity->positive()) return quantity->canonical();
    // Typed resources without a memory limit: the preset's limit sets the heap.
    json::object preset;
    preset["size"] = rendering.shape.preset;
    const auto shape = resolve_shape(rendering.name(), preset);
    if (!shape.ok()) return {};
    const auto &resources = role == Role::worker ? shape->worker_resources : shape->coordinator_resources;
    return std::string(look::text(resources, "limits.memory"));
}

std::string config_properties(const Rendering &rendering, Role role, const NodeMemory &memory) {
    const auto &spec = rendering.spec;
    const bool coordinator = role == Role::coordinator;
    Lines lines;
    lines.add("coordinator={}", coordinator);
    if (coordinator) lines.add("node-scheduler.include-coordinator=false");
    lines.add("http-server.http.port={}", rendering.port);
    const bool forwarded = look::object(spec, "routing") != nullptr ||
                           look::object(spec, "trinoControlAuth.passwordSecret") != nullptr ||
                           !authentication_settings(spec).empty();
    if (forwarded) lines.add("http-server.process-forwarded=true");
    const auto query_memory = look::text(spec, "limits.session.maxQueryMemory");
    lines.add("query.max-memory={}", query_memory.empty() ? "4GB" : query_memory);
    lines.add("query.max-memory-per-node={}", memory.per_node);
    if (coordinator) {
        lines.add("discovery.uri=http://localhost:{}", rendering.port);
    } else {
        lines.add("discovery.uri=http://{}:{}", rendering.base_name(), rendering.port);
    }
    if (const auto *execution = look::object(spec, "faultTolerantExecution")) {
        const auto policy = look::upper(look::trim(look::text(*execution, "retryPolicy")));
        lines.add("retry-policy={}", policy.empty() ? "TASK" : policy);
    }
    return lines.take();
}

std::string jvm_config(const NodeMemory &memory) {
    Lines lines;
    lines.add("-server");
    lines.add("-agentpath:/usr/lib/trino/bin/libjvmkill.so");
    lines.add("-Xmx{}", memory.heap);
    lines.add("-XX:+UseG1GC");
    lines.add("-XX:G1HeapRegionSize=32M");
    lines.add("-XX:+ExplicitGCInvokesConcurrent");
    lines.add("-XX:+HeapDumpOnOutOfMemoryError");
    lines.add("-XX:+ExitOnOutOfMemoryError");
    lines.add("-XX:-OmitStackTraceInFastThrow");
    lines.add("-XX:ReservedCodeCacheSize=512M");
    lines.add("-XX:PerMethodRecompilationCutoff=10000");
    lines.add("-XX:PerBytecodeRecompilationCutoff=10000");
    lines.add("-Djdk.attach.allowAttachSelf=true");
    lines.add("-Djdk.nio.maxCachedBufferSize=2000000");
    lines.add("-XX:+EnableDynamicAgentLoading");
    lines.add("-XX:+UnlockDiagnosticVMOptions"); // these two: default image, newer than 447
    lines.add("-XX:G1NumCollectionsKeepPinned=10000000");
    return lines.take();
}

std::string node_properties() {
    return "node.environment=production\nnode.data-dir=/data/trino\nplugin.dir=/usr/lib/trino/plugin";
}

// Empty: no such file.
std::string exchange_manager(const json::object &spec) {
    const auto *execution = look::object(spec, "faultTolerantExecution");
    if (execution == nullptr) return {};
    const auto *enabled = look::at(*execution, "exchangeManager.enabled");
    if (enabled != nullptr && enabled->is_bool() && !enabled->get_bool()) return {};
    std::string name(look::trim(look::text(*execution, "exchangeManager.name")));
    if (name.empty()) name = "filesystem";
    std::string directories;
    for (const auto directory : look::texts(*execution, "exchangeManager.baseDirectories"))
        directories.append(directories.empty() ? "" : ",").append(directory);
    if (directories.empty() && name == "filesystem") directories = "/tmp/trino-exchange";
    Lines lines;
    lines.add("exchange-manager.name={}", name);
    if (!directories.empty()) lines.add("exchange.base-directories={}", directories);
    if (const auto *properties = look::object(*execution, "exchangeManager.properties")) {
        std::map<std::string_view, std::string_view> sorted;
        for (const auto &entry : *properties) {
            if (entry.value().is_string()) sorted.emplace(entry.key(), entry.value().get_string());
        }
        for (const auto &[key, value] : sorted)
            lines.add("{}={}", key, value);
    }
    return lines.take();
}

} // namespace

Result<NodeMemory> node_memory(std::string_view limit) {
    const auto quantity = Quantity::parse(limit);
    if (!quantity.ok()) return Error(quantity.error());
    const auto bytes = quantity->whole();
    const auto canonical = quantity->canonical();
    const bool binary = canonical.ends_with("Gi") || canonical.ends_with("Mi");
    if (binary && bytes > gib) {
        std::int64_t number = 0;
        std::from_chars(canonical.data(), canonical.data() + canonical.size(), number);
        const char unit = canonical[canonical.size() - 2];
        return NodeMemory{fmt::format("{}{}", number, unit), fmt::format("{}{}B", std::max<std::int64_t>(1, number / 2), unit)};
    }
    const auto whole = bytes / mib;
    if (whole < least_mib) {
        return make_error(Code::invalid_argument,
                          fmt::format("memory limit {} is too small: Trino needs at least {}Mi to start", canonical, least_mib));
    }
    return NodeMemory{fmt::format("{}M", whole), fmt::format("{}MB", whole / 2)};
}

Result<std::map<std::string, std::string>> config_files(const Rendering &rendering, Role role) {
    auto memory = node_memory(limit_of(rendering, role));
    if (!memory.ok()) return std::move(memory).error().with(fmt::format("spec.resources.{}.limits[memory]", text(role)));
    std::map<std::string, std::string> out;
    out["config.properties"] = config_properties(rendering, role, *memory);
    out["jvm.config"] = jvm_config(*memory);
    out["log.properties"] = "io.trino=INFO";
    out["node.properties"] = node_properties();
    if (auto exchange = exchange_manager(rendering.spec); !exchange.empty())
        out["exchange-manager.properties"] = std::move(exchange);
    if (role == Role::coordinator && !look::text(rendering.spec, "resourceGroupsProfile").empty()) {
        out["resource-groups.properties"] = "resource-groups.configuration-manager=file\n"
                                            "resource-groups.config-file=/etc/trino/resource-groups/resource-groups.json";
    }
    return out;
}

} // namespace xtn::topology
