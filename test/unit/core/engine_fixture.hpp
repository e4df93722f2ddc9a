// An engine on a log of its own with the tally machine, and a way to keep its thread busy.
#pragma once

#include "core/event/canonical.hpp"
#include "log_fixture.hpp"
#include "tally_machine.hpp"

#include <chrono>
#include <future>
#include <thread>

namespace xtn::logtest {

inline constexpr auto soon = std::chrono::seconds(20);

struct Running {
    explicit Running(const std::filesystem::path &folder, Engine::Options options = {}, void *env = nullptr)
        : machine(std::make_unique<TallyMachine>()) {
        Log::Options log_options;
        log_options.directory = folder;
        log_options.rocksdb_env = env;
        log_options.pause_points = options.pause_points;
        auto opened = Log::open(std::move(log_options));
        DOCTEST_REQUIRE(opened.ok());
        log = std::move(*opened);
        engine_options = std::move(options);
    }
    Running &start() {
        engine_options.log = log.get();
        engine_options.machine = machine.get();
        auto started = Engine::start(engine_options);
        if (!started.ok()) DOCTEST_FAIL(started.error().message);
        engine = std::move(*started);
        return *this;
    }
    std::vector<Event> put(EventDraft draft) const {
        std::vector<EventDraft> drafts{std::move(draft)};
        auto events = engine->submit_and_wait("test", std::move(drafts), Deadline::after(soon));
        if (!events.ok()) DOCTEST_FAIL(events.error().message);
        return std::move(*events);
    }
    std::string state() const {
        std::string text;
        DOCTEST_REQUIRE(
            engine->ask([&](const Machine &m, Seq) { text = canonical_json_or_throw(m.serialize()); }, Deadline::after(soon))
                .ok());
        return text;
    }

    std::unique_ptr<TallyMachine> machine;
    std::unique_ptr<Log> log;
    Engine::Options engine_options;
    std::unique_ptr<Engine> engine; // stops before the others go
};

// Keeps the engine thread busy until let go, so that a test can fill the queue behind it.
class Held {
  public:
    explicit Held(Engine &engine) {
        thread_ = std::jthread([this, &engine] {
            const auto asked = engine.ask(
                [this](const Machine &, Seq) {
                    reached_.set_value();
                    go_.get_future().wait();
                },
                Deadline::never());
            static_cast<void>(asked.ok());
        });
        reached_.get_future().wait();
    }
    void release() {
        go_.set_value();
        thread_.join();
    }

  private:
    std::promise<void> reached_;
    std::promise<void> go_;
    std::jthread thread_;
};

} // namespace xtn::logtest
