#include "core/engine/input_queue.hpp"

#include <iterator>

namespace xtn {

bool InputQueue::push(std::string_view lane, EngineInput &input, Engine::Priority priority) {
    const bool decision = priority == Engine::Priority::decision;
    const std::size_t for_observations = room_ - room_ / 4;
    if (count_ >= (decision ? room_ : for_observations)) return false;
    auto at = lanes_.find(lane);
    if (!decision && at != lanes_.end() && at->second.size() * 4 >= for_observations) return false;
    if (at == lanes_.end()) at = lanes_.emplace(std::string(lane), std::deque<Waiting>()).first;
    at->second.push_back({std::move(input), next_number_++});
    ++count_;
    return true;
}

// Lanes below stand right behind it but for those whose names go on with a character less than '/'.
bool InputQueue::may_go(Lanes::const_iterator lane) const {
    const auto number = lane->second.front().number;
    const auto prefix = lane->first + "/";
    for (auto below = lanes_.lower_bound(prefix); below != lanes_.end() && below->first.starts_with(prefix); ++below)
        if (below->second.front().number < number) return false;
    return true;
}

std::vector<EngineInput> InputQueue::take(std::size_t most) {
    std::vector<EngineInput> out;
    while (out.size() < most && count_ > 0) {
        auto lane = lanes_.upper_bound(last_lane_);
        if (lane == lanes_.end()) lane = lanes_.begin();
        last_lane_ = lane->first;
        if (!may_go(lane)) continue; // the lane with the oldest input of all always may
        out.push_back(std::move(lane->second.front().input));
        lane->second.pop_front();
        --count_;
        if (lane->second.empty()) lanes_.erase(lane);
    }
    return out;
}

} // namespace xtn
