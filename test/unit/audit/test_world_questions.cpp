// state and replay on the life of a real World; and every question over HTTP, where the answers must be those of the folder.
#include "adapters/api/api_server.hpp"
#include "adapters/api/audit_api.hpp"
#include "adapters/kube/ingest/ledger.hpp"
#include "cli/audit/json_difference.hpp"
#include "cli/audit/rebuild.hpp"
#include "core/event/canonical.hpp"
#include "story.hpp"
#include "test/unit/core/tally_machine.hpp"
#include "test/unit/projections/story.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

using namespace xtn;
using namespace xtn::audit;
using namespace xtn::audittest;
using namespace std::chrono_literals;

namespace {

const RuntimeId id{"team-a", "x"};

// A runtime that became ready, went to sleep and woke up, written into a log as the engine would.
struct Life {
    Life() : log(open_log(scratch.path() / "log")) {
        test::Cluster cluster(story, id);
        cluster.ready_to_plan();
        auto spec = test::minimal_spec();
        cluster.bring_up(spec);
        spec["suspended"] = true;
        cluster.apply_spec(spec);
        for (int i = 0; i < 20 && story.phase(id) != "Suspended"; ++i) {
            cluster.act();
            cluster.pods_settle();
            cluster.endpoints(0);
            if (story.phase(id) != "Suspended") story.pass_to_deadline();
        }
        DOCTEST_REQUIRE(story.phase(id) == "Suspended");
        write();
    }
    void write() {
        Log::Append append;
        append.epoch = *log->begin_epoch(Epoch{0});
        for (const auto &event : story.events()) {
            EventDraft draft{event.type, event.subject, event.source, event.actor, event.cause, event.correlation, event.payload};
            append.drafts.push_back(std::move(draft));
            append.times.push_back(event.time);
        }
        for (const auto &[digest, content] : story.blobs())
            append.blobs.push_back({Digest::of(content), content});
        append.expect_first = story.events().front().seq;
        auto stored = log->append(std::move(append));
        if (!stored.ok()) DOCTEST_FAIL(stored.error().message);
    }
    Seq first_of(std::string_view type) const {
        for (const auto &event : story.events())
            if (event.name() == type) return event.seq;
        return Seq{0};
    }
    Source folder() const { return Source::folder(scratch.path()); }

    Scratch scratch;
    test::Story story;
    std::unique_ptr<Log> log;
};

// The same log behind a running engine and its API.
struct Server {
    Server(Life &life, Machine &machine) {
        Engine::Options options;
        options.log = life.log.get();
        options.machine = &machine;
        auto started = Engine::start(std::move(options));
        DOCTEST_REQUIRE(started.ok());
        engine = std::move(*started);
        ApiServer::Options api_options;
        api_options.mounts.push_back({"/api/v1/audit", audit_api(*engine, *life.log)});
        api_options.token = "let-me-in";
        auto serving = ApiServer::start(std::move(api_options));
        DOCTEST_REQUIRE(serving.ok());
        api = std::move(*serving);
    }
    Source source(const std::string &token = "let-me-in") const { return Source::server(api->url(), token); }

    std::unique_ptr<Engine> engine;
    std::unique_ptr<ApiServer> api;
};

using Question = std::function<Status(const Ask &)>;

std::string answer(const Source &source, const Question &question, Format format = Format::table) {
    Asking asking(source, format);
    const auto done = question(asking.ask);
    if (!done.ok()) DOCTEST_FAIL(done.error().message);
    return asking.text();
}

Question state_at(std::string at, std::string runtime = {}) {
    return [at = std::move(at), runtime = std::move(runtime)](const Ask &ask) { return show_state(ask, at, runtime); };
}

bool contains(const std::string &text, std::string_view part) {
    const bool found = text.find(part) != std::string::npos;
    if (!found) DOCTEST_MESSAGE(text);
    return found;
}

} // namespace

DOCTEST_TEST_CASE("the state at a moment is what was true then") {
    Life life;
    DOCTEST_CHECK(contains(answer(life.folder(), state_at("now")), "Suspended"));
    const auto ready = life.first_of("runtime.ready");
    const auto then = answer(life.folder(), state_at(std::to_string(ready.value)));
    DOCTEST_CHECK(contains(then, "team-a/x"));
    DOCTEST_CHECK(contains(then, "Ready"));
    DOCTEST_CHECK(then.find("Suspended") == std::string::npos);
    const auto time = life.log->get(Stream::control, life.first_of("runtime.suspended"))->time.rfc3339();
    DOCTEST_CHECK(contains(answer(life.folder(), state_at(time)), "Suspended"));
    DOCTEST_CHECK(contains(answer(life.folder(), state_at("0")), "There are no runtimes."));
    DOCTEST_CHECK(contains(answer(life.folder(), state_at("now", "team-a/x")), "PLANNED OBJECT"));
    Asking asking(life.folder());
    DOCTEST_CHECK(show_state(asking.ask, "now", "team-a/none").error().code == Code::not_found);
}

DOCTEST_TEST_CASE("the state carries the planned manifests, as YAML and as JSON") {
    Life life;
    DOCTEST_CHECK(contains(answer(life.folder(), state_at("now"), Format::yaml), "kind: Deployment"));
    const auto state = parse_json(answer(life.folder(), state_at("now", "team-a/x"), Format::json));
    DOCTEST_REQUIRE(state.ok());
    const auto &manifests = state->at("runtimes").at("team-a/x").at("manifests").as_array();
    DOCTEST_CHECK(manifests.size() == life.story.view(id).desired.size());
    DOCTEST_CHECK(!manifests.empty());
    DOCTEST_CHECK(state->at("at").at("seq").to_number<std::uint64_t>() == life.story.events().size());
}

DOCTEST_TEST_CASE("a replay equals a second one, and the running state, byte for byte") {
    Life life;
    DOCTEST_CHECK(contains(answer(life.folder(), replay), "byte for byte"));
    auto world = create_world(test::Story::small_planner());
    Server server(life, *world);
    DOCTEST_CHECK(contains(answer(server.source(), replay), "equals the running one, byte for byte"));
}

DOCTEST_TEST_CASE("a running state that is not the log's is told, with the place where they part") {
    Life life;
    logtest::TallyMachine other;
    Server server(life, other);
    Asking asking(server.source());
    const auto done = replay(asking.ask);
    DOCTEST_REQUIRE(!done.ok());
    DOCTEST_CHECK(contains(done.error().message, "is not the running one: at /"));
}

DOCTEST_TEST_CASE(
    "what a start from the newest snapshot makes is held against the whole log; a forged snapshot is told by its place") {
    Life life;
    std::ostringstream nowhere;
    const auto world = rebuild(*life.log, life.log->head(Stream::control).seq, Output{nowhere}, "reading");
    DOCTEST_REQUIRE(world.ok());
    const auto state = canonical_json_or_throw((*world)->serialize());
    const Seq at{life.story.events().size()};
    const auto kept = [&](const std::string &text) {
        DOCTEST_REQUIRE(life.log->keep_snapshot({at, {World::state_version()}, text}).ok());
    };
    kept(state);
    DOCTEST_CHECK(
        contains(answer(life.folder(), replay), fmt::format("equals that of a start from the snapshot at #{}", at.value)));
    auto forged = state;
    const auto place = forged.find("Suspended");
    DOCTEST_REQUIRE(place != std::string::npos);
    forged.replace(place, 9, "Invented!");
    kept(forged);
    Asking asking(life.folder());
    const auto done = replay(asking.ask);
    DOCTEST_REQUIRE_FALSE(done.ok());
    DOCTEST_CHECK(done.error().code == Code::data_corrupted);
    DOCTEST_CHECK(contains(done.error().message, "says \"Invented!"));
    DOCTEST_CHECK(contains(done.error().message, "Somebody changed the snapshot"));
}

DOCTEST_TEST_CASE("what the Kubernetes adapter would begin with is held against the whole log, too") {
    Life life;
    ingest::Ledger ledger;
    const Seq at{life.story.events().size() / 2};
    DOCTEST_REQUIRE(life.log
                        ->scan(Stream::control, Seq{1},
                               [&](const Event &event) {
                                   ledger.apply(event);
                                   return event.seq < at;
                               })
                        .ok());
    auto state = ledger.serialize();
    const auto keep = [&] {
        DOCTEST_REQUIRE(life.log->keep_snapshot({at, ingest::Ledger::kept_as(), canonical_json_or_throw(state)}).ok());
    };
    keep();
    DOCTEST_CHECK(contains(answer(life.folder(), replay),
                           fmt::format("What the Kubernetes adapter begins with, from its snapshot at #{}", at.value)));
    DOCTEST_REQUIRE_FALSE(state.at("objects").as_array().empty());
    auto invented = state.at("objects").as_array().back();
    invented.as_object()["uid"] = "invented";
    state.at("objects").as_array().push_back(std::move(invented));
    keep();
    Asking asking(life.folder());
    const auto done = replay(asking.ask);
    DOCTEST_REQUIRE_FALSE(done.ok());
    DOCTEST_CHECK(done.error().code == Code::data_corrupted);
    DOCTEST_CHECK(contains(done.error().message, "What the Kubernetes adapter would begin with"));
    DOCTEST_CHECK(contains(done.error().message, "at /objects"));
}

DOCTEST_TEST_CASE("every question has the same answer over HTTP as in the folder") {
    Life life;
    auto world = create_world(test::Story::small_planner());
    Server server(life, *world);
    const auto planned = life.first_of("topology.planned");
    const Question questions[] = {[](const Ask &ask) { return show_log(ask, {}); },
                                  [](const Ask &ask) { return show_log(ask, {.subject = "runtime/team-a/x", .limit = 3}); },
                                  [&](const Ask &ask) { return show_event(ask, Stream::control, planned); },
                                  [](const Ask &ask) { return show_timeline(ask, "runtime/team-a/x"); },
                                  [](const Ask &ask) { return explain(ask, "runtime", "team-a/x", 10); },
                                  [](const Ask &ask) { return explain(ask, "route", "team-a/x", 10); },
                                  [](const Ask &ask) { return explain(ask, "object", "Deployment/team-a/trino-x-worker", 10); },
                                  state_at("now"),
                                  state_at("2030-01-01T00:00:00Z"),
                                  verify};
    for (const auto &question : questions)
        for (const auto format : {Format::table, Format::json, Format::yaml})
            DOCTEST_CHECK(answer(server.source(), question, format) == answer(life.folder(), question, format));
}

DOCTEST_TEST_CASE("a server that refuses or does not answer is told in a sentence") {
    Life life;
    auto world = create_world(test::Story::small_planner());
    Server server(life, *world);
    Asking locked_out(server.source("wrong"));
    DOCTEST_CHECK(verify(locked_out.ask).error().code == Code::permission_denied);
    const auto url = server.api->url();
    server.api->stop();
    Asking nobody(Source::server(url, ""));
    const auto error = verify(nobody.ask).error();
    DOCTEST_CHECK(error.code == Code::unavailable);
    DOCTEST_CHECK(contains(error.message, url));
}

DOCTEST_TEST_CASE("the first difference of two values is found by its path") {
    const auto differ = [](const char *left, const char *right) {
        const auto found = first_difference(*parse_json(left), *parse_json(right));
        return found ? found->path + ": " + found->left + " / " + found->right : std::string("equal");
    };
    DOCTEST_CHECK(differ(R"({"a":[1,{"b":2}]})", R"({"a":[1,{"b":2}]})") == "equal");
    DOCTEST_CHECK(differ(R"({"a":[1,{"b":2}]})", R"({"a":[1,{"b":3}]})") == "/a/1/b: 2 / 3");
    DOCTEST_CHECK(differ(R"({"a":[1]})", R"({"a":[1,2]})") == "/a/1: (absent) / 2");
    DOCTEST_CHECK(differ(R"({"a":1})", R"({"a":1,"c":null})") == "/c: (absent) / null");
}
