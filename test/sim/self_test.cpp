#include "test/sim/self_test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace xtn::simulation {
using namespace std::chrono_literals;

std::optional<Violation> check_seed(std::uint64_t seed, const RunOptions &options, bool twice, Outcome *first) {
    auto outcome = run(script_of(seed), options);
    auto violation = outcome.violation;
    if (!violation && twice) {
        const auto again = run(script_of(seed), options);
        if (again.chain != outcome.chain)
            violation =
                Violation{"same_seed_same_bytes", fmt::format("{} events, then {} events", outcome.events, again.events), {}};
    }
    if (first) *first = std::move(outcome);
    return violation;
}

Noticed notice(const Promise &promise, std::uint64_t within_seeds) {
    RunOptions options;
    options.broken = promise.broken;
    options.patience = 1h; // what does not come to rest is not waited for
    Noticed out;
    for (std::uint64_t seed = 1; seed <= within_seeds; ++seed) {
        const auto violation = check_seed(seed, options, promise.predicate == "same_seed_same_bytes");
        if (!violation) continue;
        if (violation->predicate == promise.predicate) {
            out.seed = seed;
            return out;
        }
        out.instead = violation->predicate;
    }
    return out;
}

std::vector<std::string_view> predicate_names() {
    std::vector<std::string_view> out(run_predicates().begin(), run_predicates().end());
    const auto add = [&out](const auto &predicates) {
        for (const auto &predicate : predicates)
            out.push_back(predicate.name);
    };
    add(event_predicates());
    add(request_predicates());
    add(change_predicates());
    add(rest_predicates());
    return out;
}

std::vector<std::string_view> never_broken() {
    auto out = predicate_names();
    for (const auto &promise : promises())
        std::erase(out, promise.predicate);
    return out;
}

} // namespace xtn::simulation
