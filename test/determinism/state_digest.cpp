// Folds event sequences and prints what they fold to, so that builds by other compilers and at other optimisation levels can be
// held against each other line by line.
//
//   state_digest generated FIRST LAST    generated histories, one seed each: the history itself is compared as well, and with it
//                                        every decision that the policies took
//   state_digest FILE...                 events as `xtn-audit export` or `log -o jsonl` writes them, one JSON object to a line
//
// A line is: name, number of the event, SHA-256 over the states so far. Each sequence is folded twice, once without a break and
// once by worlds that were serialized and restored in between; a difference ends the program with status 1.
#include "histories.hpp"

#include "core/base/sha256.hpp"
#include "core/event/canonical.hpp"
#include "core/event/event_json.hpp"
#include "projections/world.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string_view>

using namespace xtn;

namespace {

constexpr std::size_t line_every = 25;
constexpr std::size_t restore_every = 19;
constexpr int steps = 160;

class Fold {
  public:
    explicit Fold(std::unique_ptr<World> world) : world_(std::move(world)) {}
    const std::string &add(const Event &event) {
        world_->apply(event);
        state_ = canonical_json_or_throw(world_->serialize());
        digest_ = Digest::of(digest_ + state_).hex;
        return digest_;
    }
    // Goes on as a process that starts with a snapshot.
    Status restart() {
        auto next = World::create();
        const auto parsed = parse_state_json(state_);
        if (!parsed) return parsed.error();
        if (auto done = next->restore(*parsed); !done) return done;
        world_ = std::move(next);
        return ok();
    }

  private:
    std::unique_ptr<World> world_;
    std::string state_;
    std::string digest_;
};

bool fold(const std::string &name, const std::vector<Event> &events) {
    Fold whole(World::create());
    Fold broken(World::create());
    std::size_t count = 0;
    for (const auto &event : events) {
        const auto digest = whole.add(event);
        if (broken.add(event) != digest) {
            fmt::print(stderr, "{}: event #{}: a world that was restored in between has another state\n", name, event.seq.value);
            return false;
        }
        if (++count % restore_every == 0)
            if (const auto done = broken.restart(); !done) {
                fmt::print(stderr, "{}: behind event #{}: {}\n", name, event.seq.value, done.error().message);
                return false;
            }
        if (count % line_every == 0 || count == events.size()) fmt::print("{} {} {}\n", name, event.seq.value, digest);
    }
    return true;
}

bool generated(std::uint64_t first, std::uint64_t last) {
    for (auto seed = first; seed <= last; ++seed) {
        const auto history = test::random_history(seed, steps);
        std::string text;
        for (const auto &event : history.events)
            text += canonical_json_or_throw(event_to_json(Stream::control, event)) + "\n";
        fmt::print("seed-{} history {} {}\n", seed, history.events.size(), Digest::of(text).hex);
        if (!fold(fmt::format("seed-{}", seed), history.events)) return false;
    }
    return true;
}

bool file(const std::string &path) {
    std::ifstream in(path);
    if (!in) {
        fmt::print(stderr, "{}: cannot be read\n", path);
        return false;
    }
    std::vector<Event> events;
    for (std::string line; std::getline(in, line);) {
        if (line.empty()) continue;
        const auto parsed = parse_json(line);
        auto event = parsed ? event_from_json(*parsed) : Result<StreamedEvent>(parsed.error());
        if (!event) {
            fmt::print(stderr, "{}: line {}: {}\n", path, events.size() + 1, event.error().message);
            return false;
        }
        if (event->stream == Stream::control) events.push_back(std::move(event->event));
    }
    const auto slash = path.rfind('/');
    return fold(path.substr(slash == std::string::npos ? 0 : slash + 1), events);
}

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

} // namespace

int main(int argc, char **argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.empty()) {
        fmt::print(stderr, "state_digest generated FIRST LAST | FILE...\n");
        return 2;
    }
    if (arguments.front() == "generated")
        return arguments.size() == 3 && generated(number(arguments[1]), number(arguments[2])) ? 0 : 1;
    for (const auto &path : arguments)
        if (!file(path)) return 1;
    return 0;
}
