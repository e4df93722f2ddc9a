#include "projections/redecide.hpp"

#include "core/event/canonical.hpp"
#include "projections/json_read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>
#include <string_view>
#include <utility>

namespace xtn {

namespace {

constexpr std::string_view policy_prefix = "policy/";

bool is_decision(const Event &event) {
    return event.source.starts_with(policy_prefix);
}

std::string payload_text(const boost::json::object &payload) {
    const auto text = canonical_json(payload);
    return text.ok() ? text.value() : text.error().message;
}

std::string text_of(const Event &event) {
    return fmt::format("{} {} {}", event.type, event.subject.text, payload_text(event.payload));
}

std::string text_of(const EventDraft &draft) {
    return fmt::format("{} {} {}", draft.type, draft.subject.text, payload_text(draft.payload));
}

// Who decided, with versions; the renderer is part of it for plans.
std::string author(std::string_view source, const boost::json::object &payload) {
    return fmt::format("{} {}", source, read::text(payload, "renderer"));
}

// The log, one event ahead.
class Reader {
  public:
    explicit Reader(const std::function<std::optional<Event>()> &next) : next_(next) {}

    const Event *peek() {
        if (!ahead_) ahead_ = next_();
        return ahead_ ? &*ahead_ : nullptr;
    }
    Event take() {
        Event event = std::move(*ahead_);
        ahead_.reset();
        return event;
    }

  private:
    const std::function<std::optional<Event>()> &next_;
    std::optional<Event> ahead_;
};

void compare(Redecision &report, const Event &event, const std::vector<Event> &recorded, const Machine::Decisions &decisions) {
    Difference difference{event.seq, {}, {}, Verdict::unexplained};
    std::set<std::string> authors_then;
    std::set<std::string> authors_now;
    for (const auto &decision : recorded) {
        difference.recorded.push_back(text_of(decision));
        authors_then.insert(author(decision.source, decision.payload));
    }
    for (const auto &draft : decisions.drafts) {
        difference.today.push_back(text_of(draft));
        authors_now.insert(author(draft.source, draft.payload));
    }
    std::sort(difference.recorded.begin(), difference.recorded.end());
    std::sort(difference.today.begin(), difference.today.end());
    if (difference.recorded == difference.today) {
        ++report.same;
        return;
    }
    // An author of then that today does not know, or the other way round, answers for the difference.
    const bool known = std::includes(authors_now.begin(), authors_now.end(), authors_then.begin(), authors_then.end()) ||
                       std::includes(authors_then.begin(), authors_then.end(), authors_now.begin(), authors_now.end());
    difference.verdict = known ? Verdict::unexplained : Verdict::explained;
    report.differences.push_back(std::move(difference));
}

} // namespace

// The engine folds an input, asks, folds what was decided, asks about each of those, and so on (core/engine/cycle.cpp). The same
// walk is done here with the recorded decisions, so that every question is asked of the state it was asked of then.
Redecision redecide(World &world, const std::function<std::optional<Event>()> &next) {
    Redecision report;
    Reader log(next);
    while (log.peek() != nullptr) {
        std::deque<Event> open;
        open.push_back(log.take());
        ++report.events;
        world.apply(open.front());
        // A decision whose cause was dropped by retention, or an engine's own word, is folded like an observation.
        if (is_decision(open.front())) {
            ++report.decisions;
            continue;
        }
        while (!open.empty()) {
            const Event event = std::move(open.front());
            open.pop_front();
            const auto today = world.decide(event);
            std::vector<Event> recorded;
            while (const auto *ahead = log.peek()) {
                if (!is_decision(*ahead) || ahead->cause != event.seq) break;
                recorded.push_back(log.take());
                ++report.events;
                ++report.decisions;
                world.apply(recorded.back());
            }
            compare(report, event, recorded, today);
            std::move(recorded.begin(), recorded.end(), std::back_inserter(open));
        }
    }
    return report;
}

} // namespace xtn
