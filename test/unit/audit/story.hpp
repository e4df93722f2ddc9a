// A short life of two runtimes in a log, at fixed times: the material of the audit tests.
#pragma once

#include "cli/audit/commands.hpp"
#include "core/event/catalogue.hpp"
#include "core/event/event_json.hpp"
#include "test/unit/core/log_fixture.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <sstream>
#include <string>

namespace xtn::audittest {

using logtest::open_log;

inline Timestamp clock_start() {
    return Timestamp{1'795'694'400'000'000'000}; // 2026-11-26T12:00:00Z
}

class Story {
  public:
    explicit Story(const std::filesystem::path &folder) : log_(open_log(folder)), epoch_(*log_->begin_epoch(Epoch{0})) {}

    // Appends one event, `after_ms` after the one before. The payload is JSON text.
    Seq add(int after_ms, const std::string &name, const std::string &subject, const std::string &source,
            const std::string &payload, std::optional<Seq> cause = {}, const std::string &actor = {},
            std::vector<Blob> blobs = {}) {
        now_ = now_.plus(std::chrono::milliseconds(after_ms));
        EventDraft draft;
        draft.type = type_of(name);
        draft.subject = Subject{subject};
        draft.source = source;
        draft.actor = actor;
        draft.cause = cause;
        auto parsed = parse_json(payload);
        if (!parsed.ok()) DOCTEST_FAIL(payload);
        draft.payload = parsed->as_object();
        auto append = logtest::one(epoch_, std::move(draft));
        append.times = {now_};
        append.blobs = std::move(blobs);
        auto stored = log_->append(std::move(append));
        if (!stored.ok()) DOCTEST_FAIL(stored.error().message);
        return stored->front().seq;
    }
    Log &log() { return *log_; }
    Epoch epoch() const { return epoch_; }
    Timestamp now() const { return now_; }

  private:
    std::unique_ptr<Log> log_;
    Epoch epoch_;
    Timestamp now_ = clock_start();
};

inline std::string spec(const std::string &uid, int generation) {
    return R"({"uid":")" + uid + R"(","resource_version":"1","generation":)" + std::to_string(generation) +
           R"(,"creation_timestamp":"2026-11-26T12:00:00Z","finalizers":[],"labels":{},"annotations":{},"spec":{},"created":true,"managers":["kubectl"]})";
}

inline std::string transition(const std::string &from, const std::string &message) {
    return R"({"from":")" + from + R"(","reason":"Because","message":")" + message + R"(","policy":"lifecycle/1"})";
}

inline std::string plan(const std::string &revision, const std::string &objects) {
    return R"({"generation":1,"renderer":"trino/1","revision":")" + revision + R"(","shape":{},"objects":[)" + objects +
           R"(],"rollout_hashes":{},"replicas":{},"coordinator_url":"http://trino-x.default:8080","catalogs":[],"reason":"spec changed"})";
}

inline std::string planned_object(const std::string &kind, const std::string &name, const std::string &content) {
    return R"({"api_version":"apps/v1","kind":")" + kind + R"(","ns":"default","name":")" + name + R"(","manifest":")" +
           Digest::of(content).hex + R"(","force":true})";
}

inline std::string outcome(const std::string &name, const std::string &extra) {
    return R"({"kind":"Deployment","api_version":"apps/v1","ns":"default","name":")" + name + R"(","uid":"u-9")" + extra + "}";
}

// default/x: set up, ready, then deleted again with its Deployment; default/y: only wanted.
inline void tell(Story &story) {
    const std::string x = "runtime/default/x";
    story.add(0, "log.genesis", "cluster", "engine", R"({"format":1,"log_id":"00112233445566778899aabbccddeeff"})");
    const auto wanted = story.add(500, "runtime.spec.applied", x, "kube", spec("u-1", 1), {}, "kubectl");
    const auto setup =
        story.add(0, "runtime.provisioning", x, "policy/lifecycle/1", transition("Pending", "objects are being made"), wanted);
    const auto planned = story.add(0, "topology.planned", x, "policy/topology/1",
                                   plan("aaaa1111", planned_object("Deployment", "trino-x-worker", "one")), wanted, {},
                                   {{Digest::of("one"), "one"}});
    const auto applied = story.add(20, "object.applied", x, "kube",
                                   outcome("trino-x-worker", R"(,"manifest":")" + Digest::of("one").hex +
                                                                 R"(","resource_version":"7","created":true,"changed":true)"),
                                   planned, "xtrinode");
    static_cast<void>(applied);
    static_cast<void>(setup);
    const auto seen =
        story.add(3000, "pod.observed", x, "kube",
                  R"({"name":"trino-x-worker-0","uid":"p-1","component":"worker","phase":"Running","ready":true,"restarts":0})");
    const auto ready =
        story.add(0, "runtime.ready", x, "policy/lifecycle/1", transition("Provisioning", "1 of 1 workers are ready"), seen);
    story.add(
        0, "route.published", x, "policy/routes/1",
        R"({"routing_group":"x","removed":false,"backend":{"name":"x","namespace":"default","coordinatorURL":"http://trino-x.default:8080","state":"RUNNING","active":true},"header":"default/x","default":false,"version":1})",
        ready);
    story.add(
        60'000, "runtime.spec.rejected", "runtime/default/y", "kube",
        R"({"uid":"u-2","resource_version":"3","generation":1,"finalizers":[],"spec":{},"errors":[{"field":"spec.size","reason":"Invalid","message":"size must be one of xs, s, m"}]})",
        {}, "alice");
    const auto gone = story.add(1000, "runtime.spec.deleted", x, "kube", R"({"uid":"u-1"})", {}, "kubectl");
    story.add(50, "object.deleted", x, "kube", outcome("trino-x-worker", R"(,"why":"its runtime is being deleted")"), gone,
              "xtrinode");
    story.add(0, "route.published", x, "policy/routes/1", R"({"routing_group":"x","removed":true,"default":false,"version":2})",
              gone);
}

// Asks and collects the answer as text.
struct Asking {
    explicit Asking(audit::Source source, audit::Format format = audit::Format::table)
        : ask{std::move(source), audit::Output{out, format}, clock_start().plus(std::chrono::minutes(10)), {}} {}
    std::string text() const { return out.str(); }

    std::ostringstream out;
    audit::Ask ask;
};

} // namespace xtn::audittest
