// What survives a power loss.
#include "test/faultdisk/power_model.hpp"
#include "test/unit/core/scratch.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <set>

using namespace xtn::faultdisk;
namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path &file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}
void put(const fs::path &file, const std::string &text) {
    std::ofstream(file, std::ios::binary) << text;
}

} // namespace

DOCTEST_TEST_CASE("synced bytes under a synced name survive; unsynced ones only as far as luck goes") {
    Scratch scratch;
    const auto file = scratch.path() / "a";
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        fs::remove(file);
        PowerModel model(scratch.path());
        const auto inode = model.open(file, true, true);
        model.sync_folder(scratch.path());
        model.write(*inode, 0, "safe");
        model.sync(*inode);
        model.write(*inode, 4, "tail");
        model.restore(Survivors::prefix, seed);
        seen.insert(text_of(file));
        DOCTEST_CHECK(std::string("safetail").starts_with(text_of(file)));
        DOCTEST_CHECK(text_of(file).size() >= 4);
    }
    DOCTEST_CHECK(seen.size() == 5); // every place to tear was found
}

DOCTEST_TEST_CASE("none, all and zeros are what they say") {
    Scratch scratch;
    put(scratch.path() / "old", "old");
    const auto run = [&](Survivors survivors) {
        PowerModel model(scratch.path());
        const auto inode = model.open(scratch.path() / "old", true, false);
        model.write(*inode, 3, "er");
        model.restore(survivors, 7);
        const auto text = text_of(scratch.path() / "old");
        put(scratch.path() / "old", "old");
        return text;
    };
    DOCTEST_CHECK(run(Survivors::none) == "old");
    DOCTEST_CHECK(run(Survivors::all) == "older");
    DOCTEST_CHECK(run(Survivors::zeros).size() == 5);
}

DOCTEST_TEST_CASE("a name is as safe as its folder was synced: new files vanish, renames and removals are undone") {
    Scratch scratch;
    put(scratch.path() / "CURRENT", "one");
    put(scratch.path() / "going", "still here");
    PowerModel model(scratch.path());
    const auto fresh = model.open(scratch.path() / "CURRENT.new", true, true);
    model.write(*fresh, 0, "two");
    model.sync(*fresh);
    model.rename(scratch.path() / "CURRENT.new", scratch.path() / "CURRENT");
    model.remove(scratch.path() / "going");
    DOCTEST_SUBCASE("not synced") {
        model.restore(Survivors::none, 1);
        DOCTEST_CHECK(text_of(scratch.path() / "CURRENT") == "one");
        DOCTEST_CHECK(text_of(scratch.path() / "going") == "still here");
        DOCTEST_CHECK(!fs::exists(scratch.path() / "CURRENT.new"));
    }
    DOCTEST_SUBCASE("synced") {
        model.sync_folder(scratch.path());
        model.restore(Survivors::none, 1);
        DOCTEST_CHECK(text_of(scratch.path() / "CURRENT") == "two");
        DOCTEST_CHECK(!fs::exists(scratch.path() / "going"));
    }
}

DOCTEST_TEST_CASE("a folder whose name was not synced is gone with all that is in it") {
    Scratch scratch;
    PowerModel model(scratch.path());
    const auto db = scratch.path() / "db";
    model.make_folder(db);
    const auto file = model.open(db / "a", true, true);
    model.write(*file, 0, "text");
    model.sync(*file);
    model.sync_folder(db);
    DOCTEST_SUBCASE("not synced") {
        model.restore(Survivors::none, 1);
        DOCTEST_CHECK(!fs::exists(db));
    }
    DOCTEST_SUBCASE("synced") {
        model.sync_folder(scratch.path());
        model.restore(Survivors::none, 1);
        DOCTEST_CHECK(text_of(db / "a") == "text");
    }
}

DOCTEST_TEST_CASE("what survived one power loss is what the next one starts from") {
    Scratch scratch;
    PowerModel model(scratch.path());
    const auto file = model.open(scratch.path() / "a", true, true);
    model.sync_folder(scratch.path());
    model.write(*file, 0, "lost");
    model.restore(Survivors::none, 1);
    const auto again = model.open(scratch.path() / "a", false, false);
    DOCTEST_REQUIRE(again);
    model.write(*again, 0, "kept");
    model.sync(*again);
    model.restore(Survivors::none, 1);
    DOCTEST_CHECK(text_of(scratch.path() / "a") == "kept");
}
