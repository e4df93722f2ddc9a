// The questions of xtn-audit, asked of one story: beside the process that writes, and after it ended.
#include "golden.hpp"
#include "story.hpp"

#include <boost/json/array.hpp>

#include <thread>

using namespace xtn;
using namespace xtn::audit;
using namespace xtn::audittest;
using namespace std::chrono_literals;

namespace {

struct Told {
    Told() : story(scratch.path() / "log") { tell(story); }
    Source source() const { return Source::folder(scratch.path()); }

    template <class Question> std::string answer(const Question &question, Format format = Format::table) const {
        Asking asking(source(), format);
        const Status done = question(asking.ask);
        if (!done.ok()) DOCTEST_FAIL(done.error().message);
        return asking.text();
    }
    template <class Question> Error refusal(const Question &question) const {
        Asking asking(source());
        const Status done = question(asking.ask);
        DOCTEST_REQUIRE(!done.ok());
        return done.error();
    }

    Scratch scratch;
    Story story;
};

auto log_with(LogQuery query) {
    return [query = std::move(query)](const Ask &ask) { return show_log(ask, query); };
}

auto why(std::string what, std::string name) {
    return [what = std::move(what), name = std::move(name)](const Ask &ask) { return explain(ask, what, name, 10); };
}

std::vector<std::uint64_t> seqs(const std::string &lines) {
    std::vector<std::uint64_t> out;
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);)
        out.push_back(parse_json(line)->at("seq").to_number<std::uint64_t>());
    return out;
}

} // namespace

DOCTEST_TEST_CASE("answers for people read as pinned") {
    Told told;
    check_golden("log.txt", told.answer(log_with({})));
    check_golden("show.txt", told.answer([](const Ask &ask) { return show_event(ask, Stream::control, Seq{4}); }));
    check_golden("timeline.txt", told.answer([](const Ask &ask) { return show_timeline(ask, "default/x"); }));
    check_golden("why-runtime.txt", told.answer(why("runtime", "default/x")));
    check_golden("why-rejected.txt", told.answer(why("runtime", "default/y")));
    check_golden("why-route.txt", told.answer(why("route", "default/x")));
    check_golden("why-object.txt", told.answer(why("object", "Deployment/default/trino-x-worker")));
    check_golden("verify.txt", told.answer(verify));
}

DOCTEST_TEST_CASE("the answers are the same after the writer ended, and for the log's own folder") {
    Told told;
    const auto before = told.answer(why("object", "deployment/default/trino-x-worker"));
    told.story.log().close();
    DOCTEST_CHECK(told.answer(why("object", "deployment/default/trino-x-worker")) == before);
    Asking asking(Source::folder(told.scratch.path() / "log"));
    DOCTEST_REQUIRE(explain(asking.ask, "object", "deployment/default/trino-x-worker", 10).ok());
    DOCTEST_CHECK(asking.text() == before);
}

DOCTEST_TEST_CASE("the log is filtered by subject, type, beginning and count") {
    Told told;
    const auto found = [&](LogQuery query) { return seqs(told.answer(log_with(std::move(query)), Format::jsonl)); };
    using Seqs = std::vector<std::uint64_t>;
    DOCTEST_CHECK(found({.type = "runtime.ready"}) == Seqs{7});
    DOCTEST_CHECK(found({.type = "runtime.ready/1"}) == Seqs{7});
    DOCTEST_CHECK(found({.type = "runtime.spec."}) == Seqs{2, 9, 10});
    DOCTEST_CHECK(found({.subject = "runtime/default/y"}) == Seqs{9});
    DOCTEST_CHECK(found({.subject = "runtime/default/", .type = "runtime.spec.*"}) == Seqs{2, 9, 10});
    DOCTEST_CHECK(found({.subject = "runtime/default/x", .type = "object.*"}) == Seqs{5, 11});
    DOCTEST_CHECK(found({.limit = 2}) == Seqs{11, 12});
    DOCTEST_CHECK(found({.from = "3", .limit = 2}) == Seqs{3, 4});
    DOCTEST_CHECK(found({.from = "2026-11-26T12:00:00.500Z", .limit = 1}) == Seqs{2});
    DOCTEST_CHECK(found({.from = "2026-11-26T12:00:00.501Z", .limit = 1}) == Seqs{5});
    DOCTEST_CHECK(found({.stream = Stream::queries}).empty());
    DOCTEST_CHECK(told.refusal(log_with({.from = "yesterday"})).code == Code::invalid_argument);
}

DOCTEST_TEST_CASE("JSON and YAML answers are whole documents") {
    Told told;
    const auto list = parse_json(told.answer(log_with({}), Format::json));
    DOCTEST_REQUIRE(list.ok());
    DOCTEST_CHECK(list->as_array().size() == 12);
    DOCTEST_CHECK(parse_json(told.answer(log_with({.type = "none"}), Format::json))->as_array().empty());
    const auto runtime = parse_json(told.answer(why("runtime", "default/x"), Format::json));
    DOCTEST_CHECK(runtime->at("is").as_string() == "gone");
    const auto object = parse_json(told.answer(why("object", "Deployment/default/trino-x-worker"), Format::jsonl));
    DOCTEST_REQUIRE(object.ok());
    const auto &newest = object->at("history").as_array().front();
    DOCTEST_CHECK(newest.at("seq").as_int64() == 11);
    DOCTEST_CHECK(newest.at("actor").as_string() == "xtrinode");
    DOCTEST_CHECK(newest.at("because").as_array().front().at("seq").as_int64() == 10);
    DOCTEST_CHECK(told.answer([](const Ask &ask) { return show_event(ask, Stream::control, Seq{7}); }, Format::yaml)
                      .find("type: runtime.ready/1\n") != std::string::npos);
}

DOCTEST_TEST_CASE("a route that stands is shown with its backend") {
    Scratch scratch;
    Story story(scratch.path());
    story.add(
        0, "route.published", "runtime/default/x", "policy/routes/1",
        R"({"routing_group":"x","removed":false,"backend":{"name":"x","state":"RUNNING"},"header":"default/x","default":true,"version":1})");
    Asking asking(Source::folder(scratch.path()));
    DOCTEST_REQUIRE(explain(asking.ask, "route", "runtime/default/x", 10).ok());
    check_golden("why-route-running.txt", asking.text());
}

DOCTEST_TEST_CASE("the story goes on behind an observation, to what was written and to the one who wished it") {
    Scratch scratch;
    Story story(scratch.path());
    const std::string x = "runtime/default/x";
    auto seen_again = spec("u-1", 1);
    seen_again.replace(seen_again.find("[\"kubectl\"]"), 11, "[\"kubectl\",\"xtrinode-operator\"]");
    const auto wish =
        story.add(0, "runtime.spec.applied", x, "kube", seen_again, {}, "xtrinode-operator"); // our finalizer was the last write
    const auto planned = story.add(0, "topology.planned", x, "policy/topology/1",
                                   plan("aaaa1111", planned_object("Deployment", "trino-x-worker", "one")), wish);
    story.add(5, "object.applied", x, "kube",
              outcome("trino-x-worker",
                      R"(,"manifest":")" + Digest::of("one").hex + R"(","resource_version":"7","created":true,"changed":true)"),
              planned, "xtrinode-operator");
    const auto seen = story.add(
        900, "deployment.observed", x, "kube",
        R"({"name":"trino-x-worker","uid":"u-9","resource_version":"9","generation":1,"component":"worker","replicas":1,"observed_generation":1,"updated_replicas":1,"ready_replicas":1,"available_replicas":1,"stale":false})",
        {}, "kube-controller-manager");
    story.add(0, "runtime.ready", x, "policy/lifecycle/1", transition("Reconciling", "all there"), seen);
    Asking asking(Source::folder(scratch.path()));
    DOCTEST_REQUIRE(explain(asking.ask, "runtime", "default/x", 10).ok());
    check_golden("why-behind-observation.txt", asking.text());
}

DOCTEST_TEST_CASE("what is unknown is said in a sentence that helps") {
    Told told;
    const auto says = [](const Error &error, std::string_view text) {
        DOCTEST_INFO(error.message);
        DOCTEST_CHECK(error.code == Code::not_found);
        return error.message.find(text) != std::string::npos;
    };
    DOCTEST_CHECK(says(told.refusal(why("runtime", "default/no-such")),
                       "No event is about runtime default/no-such. Known are: default/x, default/y."));
    DOCTEST_CHECK(says(told.refusal(why("route", "default/y")), "never had a route"));
    DOCTEST_CHECK(says(told.refusal(why("object", "Pod/default/none")), "No event tells of Pod/default/none"));
    DOCTEST_CHECK(says(told.refusal([](const Ask &ask) { return show_event(ask, Stream::control, Seq{99}); }), "#99"));
    DOCTEST_CHECK(says(told.refusal([](const Ask &ask) { return show_timeline(ask, "catalog/a/b"); }), "catalog/a/b"));
    DOCTEST_CHECK(told.refusal(why("object", "default/x")).code == Code::invalid_argument);
    Asking nowhere(Source::folder(told.scratch.path() / "nothing"));
    DOCTEST_CHECK(says(show_log(nowhere.ask, {}).error(), "there is no log"));
}

DOCTEST_TEST_CASE("a follower shows what is there and then what comes") {
    Told told;
    Asking asking(told.source(), Format::jsonl);
    int looks = 0;
    std::jthread writer;
    asking.ask.keep_following = [&] {
        // The first look starts the writer; it ends once its event was shown.
        if (++looks == 1)
            writer = std::jthread([&] {
                told.story.add(10, "pod.gone", "runtime/default/x", "kube", R"({"name":"trino-x-worker-0","uid":"p-1"})");
            });
        return asking.text().find("pod.gone") == std::string::npos && looks < 60;
    };
    DOCTEST_REQUIRE(show_log(asking.ask, {.subject = "runtime/default/x", .type = "pod.*", .follow = true}).ok());
    writer.join();
    DOCTEST_CHECK(seqs(asking.text()) == std::vector<std::uint64_t>{6, 13});
}

DOCTEST_TEST_CASE("a position is now, a number or a time") {
    Told told;
    auto &log = told.story.log();
    DOCTEST_CHECK(*position(log, Stream::control, "now") == Seq{12});
    DOCTEST_CHECK(*position(log, Stream::control, "5") == Seq{5});
    DOCTEST_CHECK(*position(log, Stream::control, "2026-11-26T12:00:01Z") == Seq{5});
    DOCTEST_CHECK(*position(log, Stream::control, "2026-11-26T14:00:00+02:00") == Seq{1});
    DOCTEST_CHECK(position(log, Stream::control, "13").error().code == Code::not_found);
    DOCTEST_CHECK(position(log, Stream::control, "noon").error().code == Code::invalid_argument);
}
