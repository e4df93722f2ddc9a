#include "adapters/kube/recorder.hpp"

#include "core/base/logging.hpp"
#include "core/base/probe.hpp"
#include "netkit/task.hpp"

#include <algorithm>
#include <chrono>

namespace xtn {
using namespace std::chrono_literals;
namespace asio = boost::asio;

asio::awaitable<bool> Recorder::record(std::string lane, EventDraft draft, Engine::Priority priority, std::vector<Blob> blobs) {
    if (const auto checked = check_draft(draft); !checked.ok()) {
        Logger("kube").error("an event of {} cannot be recorded: {}", draft.subject.text, checked.error().message);
        co_return false;
    }
    const bool outcome = priority == Engine::Priority::decision;
    pause_points_.pass(outcome ? PausePoint::outcome_known : PausePoint::ingest_observed);
    for (std::chrono::milliseconds pause = 5ms;; pause = std::min<std::chrono::milliseconds>(pause * 2, 500ms)) {
        std::vector<EventDraft> drafts(1, draft);
        if (engine_.submit(lane, std::move(drafts), blobs, priority)) break;
        reached(Probe::recorder_waited_for_the_queue);
        co_await netkit::sleep_for(pause);
    }
    if (outcome) pause_points_.pass(PausePoint::outcome_submitted);
    ledger_.fold(draft);
    co_return true;
}

bool Recorder::try_record_news(const std::string &lane, const EventDraft &draft) {
    if (!ledger_.news(draft)) return true;
    if (const auto checked = check_draft(draft); !checked.ok()) {
        Logger("kube").error("an event of {} cannot be recorded: {}", draft.subject.text, checked.error().message);
        return true;
    }
    std::vector<EventDraft> drafts(1, draft);
    if (!engine_.submit(lane, std::move(drafts), {}, Engine::Priority::observation)) return false;
    ledger_.fold(draft);
    return true;
}

asio::awaitable<void> Recorder::record_news(std::string lane, EventDraft draft) {
    if (!ledger_.news(draft)) {
        reached(Probe::ledger_knew_it_already);
        co_return;
    }
    co_await record(std::move(lane), std::move(draft), Engine::Priority::observation);
}

} // namespace xtn
