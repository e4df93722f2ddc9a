#include "adapters/kube/act/event_writer.hpp"

#include "core/base/logging.hpp"
#include "netkit/task.hpp"

namespace xtn::act {
using namespace std::chrono_literals;

namespace {

constexpr std::size_t most_waiting = 512;
constexpr int tries = 3;

const kube::Kind &event_kind() {
    static const kube::Kind kind{"", "v1", "events", "Event", true};
    return kind;
}

} // namespace

void EventWriter::tell(KubeEvent event, std::string uid) {
    if (queue_.size() >= most_waiting) queue_.pop_front();
    queue_.push_back({std::move(event), std::move(uid)});
    if (writing_) return;
    writing_ = true;
    tasks_.spawn("events", write_all());
}

boost::asio::awaitable<void> EventWriter::write_all() {
    while (!queue_.empty()) {
        auto next = std::move(queue_.front());
        queue_.pop_front();
        auto body = next.event.manifest(next.uid);
        for (int attempt = 1;; ++attempt) {
            kube::WriteOptions options;
            options.field_manager = field_manager_;
            auto copy = body;
            pause_points_.pass(PausePoint::act_sending);
            auto written =
                co_await client_.create(event_kind(), next.event.runtime.ns, std::move(copy), options, kube::Deadline::after(5s));
            pause_points_.pass(PausePoint::act_answered);
            // Told before (a retry whose first answer was lost), or a namespace on its way out: nothing to repeat.
            if (written.ok() || !written.error().retryable()) break;
            if (attempt == tries) {
                Logger("kube").debug("Event {} of {} was not written: {}", next.event.reason, next.event.runtime.text(),
                                     written.error().message);
                break;
            }
            co_await netkit::sleep_for(500ms * attempt);
        }
    }
    writing_ = false;
}

} // namespace xtn::act
