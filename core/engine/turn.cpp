#include "core/engine/turn.hpp"

#include "core/engine/cycle.hpp"
#include "core/event/catalogue.hpp"

#include <chrono>

namespace xtn {

namespace {

constexpr std::size_t looked_ahead = 4; // inputs

} // namespace

Timestamp Turn::stamp(Timestamp now, std::vector<EngineInput> &inputs) {
    if (now >= head_.time) {
        skewed_ = false;
        return now;
    }
    const auto behind = std::chrono::ceil<std::chrono::milliseconds>(head_.time.since(now));
    if (!std::exchange(skewed_, true)) {
        EventDraft draft;
        draft.type = type_of("clock.skewed");
        draft.subject = Subject::cluster();
        draft.source = "engine";
        draft.payload["by_ms"] = std::int64_t{behind.count()};
        inputs.insert(inputs.begin(), EngineInput{{std::move(draft)}, {}, std::nullopt});
    }
    return head_.time;
}

Log::Append Turn::begin(std::vector<EngineInput> inputs, Timestamp now) {
    const Timestamp time = stamp(now, inputs);
    Cycle cycle(machine_, {head_.seq.next(), epoch_, time});
    inputs_ = std::move(inputs);
    places_.clear();
    places_.reserve(inputs_.size());
    cycle.reserve(inputs_.size());
    const auto expect = [this](std::size_t input) {
        if (input < inputs_.size() && !inputs_[input].drafts.empty()) machine_.expect(inputs_[input].drafts.front().subject);
    };
    for (std::size_t i = 0; i < looked_ahead; ++i)
        expect(i);
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
        expect(i + looked_ahead); // what a later one will touch is fetched while this one is dealt with
        places_.push_back(cycle.add(std::move(inputs_[i].drafts), std::move(inputs_[i].blobs)));
    }
    for (const auto &text : cycle.refused())
        logger_.error("a policy decided what the log cannot hold (a bug): {}", text);
    return cycle.take();
}

void Turn::finish(const Result<std::vector<Event>> &stored) {
    auto inputs = std::exchange(inputs_, {});
    if (!stored.ok()) {
        for (auto &input : inputs)
            if (input.answer) input.answer->set_value(stored.error());
        return;
    }
    if (!stored->empty()) {
        head_.seq = stored->back().seq;
        head_.time = stored->back().time;
    }
    for (const auto &[name, subscriber] : subscribers_)
        subscriber(machine_, *stored);
    pause_points_.pass(PausePoint::engine_published);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (!inputs[i].answer) continue;
        std::vector<Event> own;
        own.reserve(places_[i].size());
        for (const auto place : places_[i])
            own.push_back((*stored)[place]);
        inputs[i].answer->set_value(std::move(own));
    }
}

void Turn::add(std::string name, Engine::Subscriber subscriber) {
    subscriber(machine_, {});
    subscribers_.emplace_back(std::move(name), std::move(subscriber));
}

} // namespace xtn
