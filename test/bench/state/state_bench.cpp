// What folding and deciding costs: per event with few and with many runtimes, in memory, and when a whole log is replayed.
#include "core/engine/turn.hpp"
#include "core/event/canonical.hpp"
#include "core/log/log.hpp"
#include "projections/world.hpp"
#include "test/bench/figures.hpp"
#include "test/bench/state/fleet.hpp"
#include "test/bench/state/parse_log.hpp"

#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

using namespace xtn;
using namespace xtn::bench;
using Clock = std::chrono::steady_clock;

namespace {

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

// Of all threads of this process.
double cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Bytes that malloc handed out, its own headers included.
std::size_t allocated() {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

// The engine without its threads and without a log: takes events in turns, folds them, asks the policies and makes up what the
// log would be given. Goes on where it stopped.
class Living {
  public:
    Living(const Fleet &fleet, int runtimes)
        : fleet_(fleet), runtimes_(runtimes), told_(fleet.tell(runtimes)),
          turn_(*told_.world, {told_.seq, told_.epoch, told_.time, {}}, told_.epoch) {}

    // Microseconds per event. `at_a_time`: events to a turn.
    double live(int events, int at_a_time) {
        std::vector<std::vector<EngineInput>> turns;
        for (int i = 0; i < events; ++i) {
            if (i % at_a_time == 0) turns.emplace_back();
            turns.back().emplace_back().drafts.push_back(fleet_.everyday(number_++, runtimes_));
        }
        const auto start = Clock::now();
        for (auto &inputs : turns) {
            told_.time = told_.time.plus(std::chrono::milliseconds(1));
            const auto append = turn_.begin(std::move(inputs), told_.time);
            Event last;
            last.seq = told_.seq = Seq{told_.seq.value + append.drafts.size()};
            last.time = told_.time;
            turn_.finish(std::vector<Event>{std::move(last)});
        }
        return seconds_since(start) * 1e6 / events;
    }
    const World &world() const { return *told_.world; }

  private:
    const Fleet &fleet_;
    int runtimes_;
    Fleet::Told told_;
    Turn turn_;
    int number_ = 0;
};

void cost_and_memory(boost::json::array &out, const Fleet &fleet, bool quick) {
    const int many = quick ? 500 : 10'000;
    const int rounds = quick ? 3 : 11;
    const int events = quick ? 2'000 : 20'000;
    Living few(fleet, 10);
    const auto before = allocated();
    Living lots(fleet, many);
    const auto bytes = static_cast<double>(allocated() - before) / many;
    if (lots.world().runtimes().size() != static_cast<std::size_t>(many)) throw std::logic_error("runtimes are missing");
    constexpr int to_a_turn = 50; // many at once is when the cost of one matters; the engine takes up to 512
    std::vector<double> with_few, with_many, few_alone, many_alone;
    few.live(events, to_a_turn);
    lots.live(events, to_a_turn);
    for (int r = 0; r < rounds; ++r) {
        with_few.push_back(few.live(events, to_a_turn));
        with_many.push_back(lots.live(events, to_a_turn));
        few_alone.push_back(few.live(events, 1));
        many_alone.push_back(lots.live(events, 1));
    }
    out.push_back(
        ratio({"cost.runtimes", "cost per event with 10 and with 10,000 runtimes", "us", Goal::at_most, 1.3,
               "The engine's turns without a log: fold, decide and make up what is to be appended, " + std::to_string(to_a_turn) +
                   " events to a turn, each about another runtime: pods, activity, endpoints, Deployments and statuses of ready "
                   "runtimes. Ours: " +
                   std::to_string(many) + " runtimes; yardstick: the same events with 10.",
               "with many runtimes an event finds nothing of its runtime in the processor's nearer caches; it is fetched while "
               "the events "
               "before it are dealt with"},
              with_many, with_few));
    out.push_back(
        ratio({"", "cost per event with 10 and with 10,000 runtimes, one event to a turn", "us", Goal::none, 0,
               "The same where each event comes alone: nothing can be fetched ahead then, and nothing waits for it.", ""},
              many_alone, few_alone));
    out.push_back(amount({"memory.runtime", "memory per runtime (objects planned, three pods)", "KiB", Goal::at_most, 64,
                          "What malloc handed out for a world of " + std::to_string(many) +
                              " ready runtimes that were planned by the real renderer, malloc's own headers included.",
                          ""},
                         {bytes / 1024}));
}

// A log of many lives and of everyday events after them.
void fill(const std::filesystem::path &folder, const Fleet &fleet, int runtimes, int everyday) {
    Log::Options options;
    options.directory = folder;
    auto log = Log::open(std::move(options));
    if (!log) throw std::runtime_error(log.error().message);
    const auto epoch = (*log)->begin_epoch(Epoch{1});
    if (!epoch) throw std::runtime_error(epoch.error().message);
    std::vector<EventDraft> drafts;
    const auto write = [&](std::size_t at_least) {
        if (drafts.size() < at_least) return;
        Log::Append append;
        append.epoch = *epoch;
        append.drafts = std::move(drafts);
        drafts.clear();
        if (const auto done = (*log)->append(std::move(append)); !done) throw std::runtime_error(done.error().message);
    };
    const auto add = [&](const Event &event) {
        EventDraft draft;
        draft.type = event.type;
        draft.subject = event.subject;
        draft.source = event.source;
        draft.payload = event.payload;
        drafts.push_back(std::move(draft));
        write(500);
    };
    for (const auto &event : fleet.beginning())
        add(event);
    for (int index = 0; index < runtimes; ++index)
        for (const auto &event : fleet.life(index))
            add(event);
    for (int number = 0; number < everyday; ++number) {
        drafts.push_back(fleet.everyday(number, runtimes));
        write(500);
    }
    write(1);
    (*log)->close();
}

void replay(boost::json::array &out, const Fleet &fleet, bool quick) {
    const int rounds = quick ? 3 : 9;
    const int runtimes = quick ? 50 : 1'000;
    const auto folder =
        std::filesystem::temp_directory_path() / ("xtn-state-bench-" + std::to_string(Clock::now().time_since_epoch().count()));
    fill(folder, fleet, runtimes, runtimes * 60);
    std::vector<double> mine, bare, my_cpu, bare_cpu;
    for (int r = 0; r < rounds; ++r) {
        {
            Log::Options options;
            options.directory = folder;
            const auto log = Log::open(std::move(options));
            if (!log) throw std::runtime_error(log.error().message);
            const auto world = World::create();
            std::size_t events = 0;
            const double before = cpu_seconds();
            const auto start = Clock::now();
            const auto done = (*log)->scan_lent(Stream::control, Seq{1}, [&](const Event &event) {
                world->apply(event);
                ++events;
                return true;
            });
            const double took = seconds_since(start);
            if (!done) throw std::runtime_error(done.error().message);
            if (world->runtimes().size() != static_cast<std::size_t>(runtimes)) throw std::logic_error("runtimes are missing");
            mine.push_back(static_cast<double>(events) / took);
            my_cpu.push_back((cpu_seconds() - before) * 1e6 / static_cast<double>(events));
        }
        std::size_t records = 0;
        const double took = read_and_parse(folder, records);
        bare.push_back(static_cast<double>(records) / took);
        bare_cpu.push_back(took * 1e6 / static_cast<double>(records)); // it does not wait
    }
    std::filesystem::remove_all(folder);
    out.push_back(ratio(
        {"replay", "replay through all projections", "events/s", Goal::at_least, 0.6,
         "A log of " + std::to_string(runtimes) +
             " runtimes: their way to Ready, and 60 everyday events of each. Yardstick: iterating over the "
             "same records with a bare RocksDB iterator and parsing each payload with Boost.JSON, in one thread. Ours reads and "
             "parses in a thread of its own while it folds (core/log/read_ahead.hpp); what both threads use together stands "
             "below. A start checks the chain on the way, which is not in here (see verify).",
         ""},
        mine, bare));
    out.push_back(ratio({"", "replay through all projections, CPU time of both threads", "us CPU", Goal::none, 0,
                         "The same runs. On a machine with one processor a replay takes this long.", ""},
                        my_cpu, bare_cpu));
}

} // namespace

int main(int argc, char **argv) {
    try {
        const bool quick = argc > 1 && std::string_view(argv[1]) == "--quick";
        const Fleet fleet;
        boost::json::array out;
        cost_and_memory(out, fleet, quick);
        replay(out, fleet, quick);
        print(out);
        return 0;
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "state bench: %s\n", failure.what());
        return 1;
    }
}
