// From the files of a rendered pod to those of a Trino process on this machine. Changed is only what assumes a machine of its
// own: heap and memory limits, folders, the address to bind, the address of the coordinator; what is changed stands in
// docs/stand-in.md.
#pragma once

#include "adapters/sandbox/pod_backend.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::sandbox::trino {

struct TrinoPlaces {
    std::filesystem::path home;   // lib/, plugin/
    std::filesystem::path folder; // of the pod; its etc/ and data/ are below
    std::string heap;             // "512m"
};

struct TrinoFiles {
    std::map<std::string, std::string> files; // relative to the pod's etc folder
    std::vector<std::string> jvm_options;     // before the class path
    std::string discovery_host;               // the name in the rendered discovery.uri, "" for the coordinator itself
    std::string discovery_address;            // what it was resolved to at the start; empty: not known yet
};

TrinoFiles make_trino_files(const PodPlan &plan, const TrinoPlaces &places);

// The address that a hosts file gives a name, or one of its longer forms; empty: none.
std::string find_host(std::string_view hosts_text, std::string_view name, std::string_view ns);

} // namespace xtn::sandbox::trino
