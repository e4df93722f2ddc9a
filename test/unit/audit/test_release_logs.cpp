// What any release wrote is read: each log in test/fixtures/logs is imported, verified, folded, and its state compared.
#include "cli/audit/rebuild.hpp"
#include "core/event/canonical.hpp"
#include "core/event/event_json.hpp"
#include "core/event/printer.hpp"
#include "core/log/export.hpp"
#include "story.hpp"

#include <cstdlib>
#include <fstream>

using namespace xtn;
using namespace xtn::audit;
using namespace xtn::audittest;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> exports() {
    const char *root = std::getenv("XTN_SOURCE_ROOT");
    std::vector<fs::path> out;
    for (const auto &entry :
         fs::recursive_directory_iterator(fs::path(root != nullptr ? root : ".") / "test" / "fixtures" / "logs"))
        if (entry.path().extension() == ".export") out.push_back(entry.path());
    std::sort(out.begin(), out.end());
    return out;
}

std::string text_of(const fs::path &file) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return std::move(text).str();
}

// The state, as text to be read and compared: canonical, then indented.
std::string state_of(const World &world) {
    const auto parsed = parse_json(canonical_json_or_throw(world.serialize()));
    DOCTEST_REQUIRE(parsed.ok());
    return pretty_json(*parsed) + "\n";
}

} // namespace

DOCTEST_TEST_CASE("the logs of every release are read, are sound, and fold to the state beside them") {
    const auto files = exports();
    DOCTEST_REQUIRE(files.size() >= 2);
    for (const auto &file : files) {
        DOCTEST_CAPTURE(file.string());
        Scratch scratch;
        const auto folder = scratch.path() / "log";
        std::ifstream in(file, std::ios::binary);
        const auto imported = import_log(in, folder);
        if (!imported.ok()) DOCTEST_FAIL(imported.error().message);
        const auto log = open_log(folder); // as a starting control plane does
        for (const Stream stream : {Stream::control, Stream::queries}) {
            const auto verified = log->verify(stream);
            if (!verified.ok()) DOCTEST_FAIL(verified.error().message);
        }
        const auto content = log->verify_content();
        if (!content.ok()) DOCTEST_FAIL(content.error().message);
        DOCTEST_CHECK(content->skipped == 0); // every type is still known
        std::ostringstream nowhere;
        const auto world = rebuild(*log, log->head(Stream::control).seq, Output{nowhere}, "reading");
        if (!world.ok()) DOCTEST_FAIL(world.error().message);
        const auto golden = fs::path(file).replace_extension(".state.json");
        const auto state = state_of(**world);
        if (std::getenv("XTN_REFRESH_FIXTURES") != nullptr) std::ofstream(golden, std::ios::trunc) << state;
        DOCTEST_CHECK(state == text_of(golden));
    }
}
