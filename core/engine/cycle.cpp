#include "core/engine/cycle.hpp"

#include "core/event/canonical.hpp"
#include "core/event/catalogue.hpp"

#include <fmt/format.h>

#include <iterator>

namespace xtn {

namespace {

EventDraft cascade_stopped(const Event &because_of, std::string_view last_type) {
    EventDraft draft;
    draft.type = type_of("policy.cascade.stopped");
    draft.subject = because_of.subject;
    draft.source = "engine";
    draft.cause = because_of.seq;
    draft.correlation = because_of.correlation;
    draft.payload["rounds"] = max_decision_rounds;
    draft.payload["last_type"] = std::string(last_type);
    return draft;
}

} // namespace

Status check_input(std::span<const EventDraft> drafts, std::span<const Blob> blobs) {
    for (const auto &draft : drafts) {
        if (auto checked = check_draft(draft); !checked) return checked;
        const auto *info = find_event_type(std::string_view(draft.type).substr(0, draft.type.rfind('/')));
        if (info->stream != Stream::control)
            return make_error(Code::invalid_argument, fmt::format("{} is no event of the control stream", draft.type));
    }
    for (const auto &blob : blobs)
        if (Digest::of(blob.content) != blob.digest)
            return make_error(Code::invalid_argument, fmt::format("blob {}: its content has another digest", blob.digest.hex));
    return ok();
}

Cycle::Cycle(Machine &machine, Start start) : machine_(machine), start_(start) {}

std::vector<std::size_t> Cycle::add(std::vector<EventDraft> drafts, std::vector<Blob> blobs) {
    blobs_.insert(blobs_.end(), std::make_move_iterator(blobs.begin()), std::make_move_iterator(blobs.end()));
    std::vector<std::size_t> places;
    places.reserve(drafts.size());
    for (auto &draft : drafts) {
        places.push_back(fold(std::move(draft)));
        decide_to_fixpoint(places.back());
    }
    return places;
}

std::size_t Cycle::fold(EventDraft draft) {
    Event event = unnumbered(std::move(draft));
    event.seq = Seq{start_.first.value + events_.size()};
    event.time = start_.time;
    event.epoch = start_.epoch;
    // A cause that is not earlier would be refused by the log after it was folded here.
    if (event.cause && (event.cause->value == 0 || *event.cause >= event.seq)) event.cause.reset();
    normalise(event.payload);
    machine_.apply(event);
    events_.push_back(std::move(event));
    return events_.size() - 1;
}

std::vector<std::size_t> Cycle::decide(std::size_t place) {
    auto decisions = machine_.decide(events_[place]);
    std::vector<std::size_t> places;
    for (auto &blob : decisions.blobs) {
        if (auto checked = check_input({}, {&blob, 1}); !checked)
            refused_.push_back(checked.error().message);
        else
            blobs_.push_back(std::move(blob));
    }
    // All drafts are checked and completed before the first is folded: folding makes room in events_.
    const Seq cause = events_[place].seq;
    const std::string correlation = events_[place].correlation;
    for (auto &draft : decisions.drafts) {
        if (!draft.cause) draft.cause = cause;
        if (draft.correlation.empty()) draft.correlation = correlation;
        if (auto checked = check_input({&draft, 1}, {}); !checked) {
            refused_.push_back(fmt::format("decided upon event #{}: {}", cause.value, checked.error().message));
            continue;
        }
        places.push_back(fold(std::move(draft)));
    }
    return places;
}

std::string Cycle::would_decide(std::size_t place) const {
    const auto decisions = machine_.decide(events_[place]);
    return decisions.drafts.empty() ? std::string() : decisions.drafts.front().type;
}

void Cycle::decide_to_fixpoint(std::size_t from) {
    std::vector<std::size_t> round{from};
    for (int rounds = 0; !round.empty(); ++rounds) {
        if (rounds == max_decision_rounds) {
            for (const auto place : round) {
                const auto wanted = would_decide(place);
                if (wanted.empty()) continue;
                // Folded, so that a condition can tell of it, but not decided upon.
                const Event &origin = events_[from];
                fold(cascade_stopped(origin, wanted));
                return;
            }
            return;
        }
        std::vector<std::size_t> next;
        for (const auto place : round) {
            const auto decided = decide(place);
            next.insert(next.end(), decided.begin(), decided.end());
        }
        round = std::move(next);
    }
}

Log::Append Cycle::take() {
    Log::Append append;
    append.epoch = start_.epoch;
    append.expect_first = start_.first;
    append.times.assign(events_.size(), start_.time);
    append.drafts.reserve(events_.size());
    for (auto &event : events_)
        append.drafts.push_back(draft_of(std::move(event)));
    append.blobs = std::move(blobs_);
    return append;
}

} // namespace xtn
