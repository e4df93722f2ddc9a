// Golden files: test/fixtures/topology/<case>.yaml is a custom resource, <case>.objects.yaml what is rendered from it.
// Refresh after a wanted change, then read the diff:  XTN_REFRESH_GOLDEN=1
// build-asan/test/unit/projections/topology/topology_test
#include "core/model/yaml_writer.hpp"
#include "planning.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace xtn;
using namespace xtn::test;

namespace {

std::filesystem::path fixtures() {
    const char *root = std::getenv("XTN_SOURCE_ROOT");
    return std::filesystem::path(root == nullptr ? "." : root) / "test" / "fixtures" / "topology";
}

std::string slurp(const std::filesystem::path &path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Custom resource first; XTrinodeCatalog documents after it are the catalogs selected.
std::string rendered(const std::filesystem::path &path) {
    auto documents = yaml_documents(slurp(path));
    DOCTEST_REQUIRE_MESSAGE(documents.ok(), documents.error().message);
    DOCTEST_REQUIRE(!documents->empty());
    std::vector<CatalogInput> catalogs;
    for (std::size_t i = 1; i < documents->size(); ++i) {
        const auto &catalog = documents->at(i).as_object();
        catalogs.push_back({std::string(look::text(catalog, "metadata.name")), catalog.at("spec").as_object()});
    }
    const auto plan = plan_of(documents->front().as_object(), std::move(catalogs));
    DOCTEST_REQUIRE_MESSAGE(plan.ok(), plan.error().message);
    std::string out;
    for (const auto &object : plan->objects)
        out += "---\n" + yaml_text(object.manifest);
    return out;
}

} // namespace

DOCTEST_TEST_CASE("each custom resource of the fixtures renders to its golden file") {
    std::vector<std::filesystem::path> cases;
    for (const auto &entry : std::filesystem::directory_iterator(fixtures())) {
        const auto name = entry.path().filename().string();
        if (name.ends_with(".yaml") && !name.ends_with(".objects.yaml")) cases.push_back(entry.path());
    }
    std::sort(cases.begin(), cases.end());
    DOCTEST_REQUIRE(cases.size() >= 3);
    for (const auto &path : cases) {
        DOCTEST_CAPTURE(path.string());
        auto golden = path;
        golden.replace_extension(".objects.yaml");
        const auto text = rendered(path);
        if (std::getenv("XTN_REFRESH_GOLDEN") != nullptr) {
            std::ofstream(golden, std::ios::binary) << text;
            continue;
        }
        DOCTEST_CHECK(text == slurp(golden));
    }
}
