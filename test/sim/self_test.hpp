// Whether each predicate notices when its rule is broken on purpose (broken.hpp): a check that cannot fail is a defect.
#pragma once

#include "test/sim/simulation.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::simulation {

// One seed; `twice`: and once more, which must give the same bytes. `first`: the outcome of the first run.
std::optional<Violation> check_seed(std::uint64_t seed, const RunOptions &options, bool twice, Outcome *first = nullptr);

struct Noticed {
    std::optional<std::uint64_t> seed; // the first at which the promised predicate failed; nothing: at none
    std::string instead;               // the last other predicate that failed
};
Noticed notice(const Promise &promise, std::uint64_t within_seeds);

// Every predicate there is, by name.
std::vector<std::string_view> predicate_names();
// Those that no broken rule is promised to be noticed by.
std::vector<std::string_view> never_broken();

} // namespace xtn::simulation
