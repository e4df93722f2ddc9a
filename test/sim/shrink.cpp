#include "test/sim/shrink.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace xtn::simulation {

namespace {

class Shrinker {
  public:
    Shrinker(Shrunk best, RunOptions options, int most_runs)
        : best_(std::move(best)), options_(std::move(options)), left_(most_runs) {}

    Shrunk run() {
        auto calm = best_.script;
        calm.calm_schedule = true;
        attempt(std::move(calm));
        for (bool smaller = true; smaller && left_ > 0;) {
            smaller = minimise([this] { return best_.script.plan.size(); },
                               [](Script &script, std::size_t from, std::size_t to) {
                                   script.plan.erase(script.plan.begin() + static_cast<std::ptrdiff_t>(from),
                                                     script.plan.begin() + static_cast<std::ptrdiff_t>(to));
                               });
            smaller |= minimise([this] { return best_.script.faults->size(); },
                                [](Script &script, std::size_t from, std::size_t to) {
                                    script.faults->erase(std::next(script.faults->begin(), static_cast<std::ptrdiff_t>(from)),
                                                         std::next(script.faults->begin(), static_cast<std::ptrdiff_t>(to)));
                                });
        }
        return std::move(best_);
    }

  private:
    // Takes pieces away, large ones first. True: something went.
    bool minimise(const std::function<std::size_t()> &size,
                  const std::function<void(Script &, std::size_t, std::size_t)> &erase) {
        bool any = false;
        for (auto piece = std::max<std::size_t>(1, size() / 2); size() > 0 && left_ > 0; piece /= 2) {
            for (std::size_t from = 0; from < size() && left_ > 0;) {
                auto smaller = best_.script;
                erase(smaller, from, std::min(size(), from + piece));
                if (attempt(std::move(smaller)))
                    any = true;
                else
                    from += piece;
            }
            if (piece == 1) break;
        }
        return any;
    }

    bool attempt(Script script) {
        --left_;
        ++best_.runs;
        auto outcome = simulation::run(script, options_);
        if (!outcome.violation || outcome.violation->predicate != best_.outcome.violation->predicate) return false;
        // Faults that never came to fire are not needed.
        script.faults = std::set<Fault>(outcome.faults.begin(), outcome.faults.end());
        best_.script = std::move(script);
        best_.outcome = std::move(outcome);
        return true;
    }

    Shrunk best_;
    RunOptions options_;
    int left_;
};

} // namespace

Shrunk shrink(const Script &script, const Outcome &failed, const RunOptions &options, int most_runs) {
    Shrunk first{script, failed, 0};
    first.script.faults = std::set<Fault>(failed.faults.begin(), failed.faults.end());
    return Shrinker(std::move(first), options, most_runs).run();
}

} // namespace xtn::simulation
