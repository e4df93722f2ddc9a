// One figure of a benchmark: ours against a yardstick measured in the same run, in turn.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace xtn::bench {

inline double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const auto n = values.size();
    return n == 0 ? 0 : n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

enum class Goal { at_least, at_most };

// Rounds are paired: ours[i] was measured next to yardstick[i]; the ratio is taken pair by pair, so that drift of the machine
// cancels.
inline boost::json::object figure(std::string name, std::string unit, const std::vector<double> &ours,
                                  const std::vector<double> &yardstick, Goal direction, double goal, std::string note) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < std::min(ours.size(), yardstick.size()); ++i)
        ratios.push_back(yardstick[i] > 0 ? ours[i] / yardstick[i] : 0);
    const double ratio = median(ratios);
    boost::json::object f;
    f["name"] = std::move(name);
    f["unit"] = std::move(unit);
    f["ours"] = median(ours);
    f["yardstick"] = median(yardstick);
    f["ratio"] = ratio;
    f["goal"] = std::string(direction == Goal::at_least ? ">= " : "<= ") + std::to_string(goal).substr(0, 4);
    f["met"] = direction == Goal::at_least ? ratio >= goal : ratio <= goal;
    f["min"] = ratios.empty() ? 0 : *std::min_element(ratios.begin(), ratios.end());
    f["median"] = ratio;
    f["max"] = ratios.empty() ? 0 : *std::max_element(ratios.begin(), ratios.end());
    f["note"] = std::move(note);
    return f;
}

} // namespace xtn::bench
