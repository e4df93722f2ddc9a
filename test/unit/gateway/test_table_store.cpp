// Which table is in use: never an older one, the last good one after a restart, and what a routes file does.
#include "gateway/control/routes_file.hpp"
#include "gateway/control/table_store.hpp"
#include "test/unit/core/scratch.hpp"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

using namespace xtn;
using namespace xtn::gateway;
namespace json = boost::json;

namespace {

RouteTable table_of(std::uint64_t epoch, std::uint64_t version, const std::string &name = "x") {
    RouteTable table;
    table.epoch = epoch;
    table.version = version;
    Backend backend;
    backend.ns = "team-a";
    backend.name = name;
    backend.coordinator_url = "http://" + name + ":8080";
    Route route;
    route.name = route.routing_group = "team-a--" + name;
    route.header = "team-a/" + name;
    route.backends.push_back(backend);
    table.routes.push_back(route);
    return table;
}

struct Place {
    Shared shared;
    std::vector<std::string> installed; // "epoch.version" in order
    TableStore store;

    explicit Place(Gateway::Options options)
        : shared(std::move(options)), store(shared, [this](const std::shared_ptr<const RoutingTable> &table) {
              installed.push_back(std::to_string(table->epoch()) + "." + std::to_string(table->version()));
          }) {}
};

Gateway::Options keeping(const std::filesystem::path &folder) {
    Gateway::Options options;
    options.state_dir = folder;
    return options;
}

void write(const std::filesystem::path &path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
}

std::string read_file(const std::filesystem::path &path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

} // namespace

DOCTEST_TEST_CASE("a table is taken only if it is newer: by epoch first, then by version") {
    Place place{Gateway::Options()};
    DOCTEST_CHECK_FALSE(place.shared.ready());
    const auto offer = [&](std::uint64_t e, std::uint64_t v) {
        return place.store.offer(table_of(e, v), "test", TableStore::Keep::in_memory);
    };
    DOCTEST_CHECK(offer(2, 5));
    DOCTEST_CHECK(place.shared.ready());
    DOCTEST_CHECK_FALSE(offer(2, 5));
    DOCTEST_CHECK_FALSE(offer(2, 4));
    DOCTEST_CHECK_FALSE(offer(1, 99));
    DOCTEST_CHECK(offer(2, 6));
    DOCTEST_CHECK(offer(3, 0));
    DOCTEST_CHECK(place.installed == std::vector<std::string>{"2.5", "2.6", "3.0"});
    place.store.close();
    DOCTEST_CHECK_FALSE(offer(9, 9));
}

DOCTEST_TEST_CASE("the last table from the control plane is there after a restart, one given in memory is not") {
    const Scratch scratch;
    {
        Place place(keeping(scratch.path() / "state"));
        place.store.offer(table_of(1, 7, "kept"), "stream", TableStore::Keep::on_disk);
        place.store.offer(table_of(1, 8, "other"), "in process", TableStore::Keep::in_memory);
    }
    Place place(keeping(scratch.path() / "state"));
    place.store.load_last_good();
    DOCTEST_CHECK(place.installed == std::vector<std::string>{"1.7"});
    DOCTEST_REQUIRE(place.shared.table() != nullptr);
    DOCTEST_CHECK(place.shared.table()->backend("team-a/kept") != nullptr);
    DOCTEST_CHECK_FALSE(place.store.offer(table_of(1, 7), "stream", TableStore::Keep::on_disk));
}

DOCTEST_TEST_CASE("a kept table that cannot be read is ignored") {
    const Scratch scratch;
    for (const auto *text : {"", "{", "[]", "{\"epoch\":1}", "{\"epoch\":1,\"version\":2,\"routes\":[{\"name\":3}]}"}) {
        DOCTEST_CAPTURE(text);
        write(scratch.path() / "routes.last-good.json", text);
        Place place(keeping(scratch.path()));
        place.store.load_last_good();
        DOCTEST_CHECK_FALSE(place.shared.ready());
    }
}

DOCTEST_TEST_CASE("a kept table with a flipped byte is noticed, one of a release without digests is read") {
    const Scratch scratch;
    const auto file = scratch.path() / "routes.last-good.json";
    {
        Place place(keeping(scratch.path()));
        place.store.offer(table_of(1, 7, "kept"), "stream", TableStore::Keep::on_disk);
    }
    auto text = read_file(file);
    const auto at = text.find("kept:8080");
    DOCTEST_REQUIRE(at != std::string::npos);
    text[at] = 'w'; // JSON as before
    write(file, text);
    {
        Place place(keeping(scratch.path()));
        place.store.load_last_good();
        DOCTEST_CHECK_FALSE(place.shared.ready());
        DOCTEST_CHECK(place.store.offer(table_of(1, 8, "next"), "stream", TableStore::Keep::on_disk)); // which replaces it
    }
    {
        Place place(keeping(scratch.path()));
        place.store.load_last_good();
        DOCTEST_CHECK(place.installed == std::vector<std::string>{"1.8"});
    }
    write(file, json::serialize(table_of(2, 3).to_json()));
    Place place(keeping(scratch.path()));
    place.store.load_last_good();
    DOCTEST_CHECK(place.installed == std::vector<std::string>{"2.3"});
}

DOCTEST_TEST_CASE("a write that was cut off leaves the table before it") {
    const Scratch scratch;
    {
        Place place(keeping(scratch.path()));
        place.store.offer(table_of(1, 7, "kept"), "stream", TableStore::Keep::on_disk);
    }
    write(scratch.path() / "routes.last-good.json.new", "{\"epoch\":9,\"ver"); // killed between write and rename
    Place place(keeping(scratch.path()));
    place.store.load_last_good();
    DOCTEST_CHECK(place.installed == std::vector<std::string>{"1.7"});
    DOCTEST_CHECK(place.store.offer(table_of(1, 8), "stream", TableStore::Keep::on_disk));
    DOCTEST_CHECK(read_file(scratch.path() / "routes.last-good.json").find("\"version\":8") != std::string::npos);
}

DOCTEST_TEST_CASE("a routes file is one version above what is in use, and a broken one changes nothing") {
    const Scratch scratch;
    const auto path = scratch.path() / "routes.yaml";
    Place place{Gateway::Options()};
    RoutesFile file(place.shared, place.store, path);
    const auto missing = file.load();
    DOCTEST_REQUIRE_FALSE(missing.ok());
    DOCTEST_CHECK(missing.error().message.find(path.string()) != std::string::npos);
    write(path, table_of(0, 0, "one").to_yaml());
    DOCTEST_REQUIRE(file.load().ok());
    DOCTEST_CHECK(place.shared.table()->backend("team-a/one") != nullptr);
    for (const auto *text :
         {"routes: [", "routes:\n  - name: 1\n    backends: 3\n", "routes:\n  - name: x\n    backends: []\n"}) {
        DOCTEST_CAPTURE(text);
        write(path, text);
        DOCTEST_CHECK_FALSE(file.load().ok());
        DOCTEST_CHECK(place.shared.table()->backend("team-a/one") != nullptr);
    }
    write(path, table_of(0, 0, "two").to_yaml());
    DOCTEST_REQUIRE(file.load().ok());
    DOCTEST_CHECK(place.shared.table()->backend("team-a/one") == nullptr);
    DOCTEST_CHECK(place.shared.table()->backend("team-a/two") != nullptr);
    write(path, "routes: []\n"); // zero routes are a table as well
    DOCTEST_REQUIRE(file.load().ok());
    DOCTEST_CHECK(place.shared.table()->routes().empty());
}
