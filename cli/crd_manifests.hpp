// The CustomResourceDefinitions of manifests/crds, built into the program.
#pragma once

#include <string>
#include <vector>

namespace xtn::cli {

// YAML texts, one per CRD.
std::vector<std::string> crd_manifests();

} // namespace xtn::cli
