// A log in a folder of its own, and drafts to fill it with.
#pragma once

#include "core/base/ids.hpp"
#include "core/event/event.hpp"
#include "core/event/printer.hpp"
#include "core/log/log.hpp"
#include "test/unit/core/scratch.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace xtn::logtest {

inline EventDraft pod(const std::string &runtime, std::int64_t restarts) {
    EventDraft draft;
    draft.type = "pod.observed/1";
    draft.subject = Subject{"runtime/" + runtime};
    draft.source = "kube";
    draft.payload["name"] = "trino-worker-0";
    draft.payload["uid"] = "0f5d7f0e-6f0a-4b7e-9d3c-0123456789ab";
    draft.payload["component"] = "worker";
    draft.payload["phase"] = "Running";
    draft.payload["ready"] = true;
    draft.payload["restarts"] = restarts;
    return draft;
}

inline EventDraft query_ended(const std::string &runtime, std::int64_t number) {
    EventDraft draft;
    draft.type = "query.ended/1";
    draft.subject = Subject{"runtime/" + runtime};
    draft.source = "gateway/g1";
    draft.payload["gateway"] = "g1";
    draft.payload["gateway_sequence"] = number;
    draft.payload["query_id"] = "20261126_114500_00001_abcde";
    draft.payload["runtime"] = runtime;
    draft.payload["backend"] = "trino-a";
    draft.payload["state"] = "FINISHED";
    draft.payload["elapsed_ms"] = 12;
    return draft;
}

inline std::unique_ptr<Log> open_log(const std::filesystem::path &folder) {
    Log::Options options;
    options.directory = folder;
    auto log = Log::open(std::move(options));
    if (!log.ok()) DOCTEST_FAIL(log.error().message);
    return std::move(*log);
}

inline std::unique_ptr<LogReader> open_reader(const std::filesystem::path &folder) {
    auto reader = Log::open_reader(folder);
    if (!reader.ok()) DOCTEST_FAIL(reader.error().message);
    return std::move(*reader);
}

inline Log::Append one(Epoch epoch, EventDraft draft, Stream stream = Stream::control) {
    Log::Append append;
    append.stream = stream;
    append.epoch = epoch;
    append.drafts.push_back(std::move(draft));
    return append;
}

// A log whose leader term has begun.
struct OpenLog {
    explicit OpenLog(const std::filesystem::path &folder) : log(open_log(folder)) {
        auto begun = log->begin_epoch(Epoch{0});
        DOCTEST_REQUIRE(begun.ok());
        epoch = *begun;
    }
    // Appends `count` events, each in a call of its own.
    void fill(int count, const std::string &runtime = "team-a/x") {
        for (int i = 0; i < count; ++i)
            DOCTEST_REQUIRE(log->append(one(epoch, pod(runtime, i))).ok());
    }
    Head head() const { return log->head(Stream::control); }
    Log *operator->() const { return log.get(); }

    std::unique_ptr<Log> log;
    Epoch epoch;
};

// The newest file in the log's database whose name ends so ("log": the WAL).
inline std::filesystem::path newest_file(const std::filesystem::path &folder, const std::string &extension) {
    std::filesystem::path found;
    for (const auto &entry : std::filesystem::directory_iterator(folder / "db")) {
        if (entry.path().extension() != "." + extension) continue;
        if (found.empty() || entry.path().filename() > found.filename()) found = entry.path();
    }
    return found;
}

} // namespace xtn::logtest
