#include "core/engine/input_queue.hpp"

namespace xtn {

bool InputQueue::push(std::string_view lane, EngineInput &input, Engine::Priority priority) {
    const std::size_t bound = priority == Engine::Priority::decision ? room_ : room_ - room_ / 4;
    if (count_ >= bound) return false;
    auto at = lanes_.find(lane);
    if (at == lanes_.end()) at = lanes_.emplace(std::string(lane), std::deque<EngineInput>()).first;
    at->second.push_back(std::move(input));
    ++count_;
    return true;
}

std::vector<EngineInput> InputQueue::take(std::size_t most) {
    std::vector<EngineInput> out;
    while (out.size() < most && count_ > 0) {
        auto lane = lanes_.upper_bound(last_lane_);
        if (lane == lanes_.end()) lane = lanes_.begin();
        out.push_back(std::move(lane->second.front()));
        lane->second.pop_front();
        --count_;
        last_lane_ = lane->first;
        if (lane->second.empty()) lanes_.erase(lane);
    }
    return out;
}

} // namespace xtn
