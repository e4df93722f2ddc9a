// One figure of a benchmark, as test/bench/run.py takes it: ours against a yardstick measured in the same run, in turn, or a
// bare amount with a bound of its own.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace xtn::bench {

inline double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const auto n = values.size();
    return n == 0 ? 0 : n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

enum class Goal { at_least, at_most, none };

// What a figure is called and held to. The texts go to docs/performance.md word by word.
struct Figure {
    std::string id; // row of PROMISED in run.py; empty: a figure that nobody promised
    std::string name;
    std::string unit;
    Goal direction = Goal::none;
    double goal = 0;
    std::string yardstick; // what the yardstick does, or how the amount is taken: one sentence
    std::string reason;    // why the goal is missed, where it is known to be; shown only while it is
};

inline boost::json::object judged(const Figure &figure, const std::vector<double> &values) {
    boost::json::object f;
    const double middle = median(values);
    f["id"] = figure.id;
    f["name"] = figure.name;
    f["unit"] = figure.unit;
    f["min"] = values.empty() ? 0 : *std::min_element(values.begin(), values.end());
    f["median"] = middle;
    f["max"] = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
    f["rounds"] = values.size();
    f["yardstick_is"] = figure.yardstick;
    f["note"] = figure.reason;
    if (figure.direction == Goal::none) {
        f["goal"] = "";
        f["met"] = nullptr;
    } else {
        f["goal"] = fmt::format("{} {:g}", figure.direction == Goal::at_least ? ">=" : "<=", figure.goal);
        f["met"] = !values.empty() && (figure.direction == Goal::at_least ? middle >= figure.goal : middle <= figure.goal);
    }
    return f;
}

// Rounds are paired: ours[i] was measured next to yardstick[i]; the ratio is taken pair by pair, so that drift of the machine
// cancels. Goal and spread are those of the ratio.
inline boost::json::object ratio(const Figure &figure, const std::vector<double> &ours, const std::vector<double> &yardstick) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < std::min(ours.size(), yardstick.size()); ++i)
        if (yardstick[i] > 0) ratios.push_back(ours[i] / yardstick[i]);
    auto f = judged(figure, ratios);
    f["ours"] = median(ours);
    f["yardstick"] = median(yardstick);
    f["ratio"] = median(ratios);
    return f;
}

// An amount that is judged as it is; goal and spread are in its unit.
inline boost::json::object amount(const Figure &figure, const std::vector<double> &values,
                                  std::optional<double> beside = std::nullopt) {
    auto f = judged(figure, values);
    f["ours"] = median(values);
    if (beside)
        f["yardstick"] = *beside;
    else
        f["yardstick"] = nullptr;
    f["ratio"] = nullptr;
    return f;
}

// The last thing a bench program does.
inline void print(const boost::json::array &figures) {
    std::puts(boost::json::serialize(figures).c_str());
}

} // namespace xtn::bench
