// Pods as real Trino processes, started from the rendered ConfigMaps.
#pragma once

#include "adapters/sandbox/pod_backend.hpp"
#include "core/base/result.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace xtn::sandbox {

struct TrinoInstallation {
    std::filesystem::path home;          // an unpacked Trino server: lib/, plugin/
    std::filesystem::path java;          // the java program; empty: $JAVA_HOME/bin/java, then PATH
    std::filesystem::path run_directory; // each pod gets a folder of its own below
    std::string heap = "512m";           // instead of the rendered -Xmx, which is meant for a pod of its own
};

// Errors: not_found (no lib/ in home, no java), unsupported (the Java is too old: which, and what is needed).
Result<std::unique_ptr<PodBackend>> make_process_backend(TrinoInstallation installation);

} // namespace xtn::sandbox
