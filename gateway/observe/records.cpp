#include "gateway/observe/records.hpp"

#include "core/base/ids.hpp"
#include "core/base/utf8.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace xtn::gateway {

namespace {

// Some of it was chosen by clients, who may send any bytes: one that is not UTF-8 would make the whole batch unreadable. Cutting
// may have split a character as well.
void make_utf8(boost::json::object &payload) {
    for (auto &member : payload) {
        if (!member.value().is_string() || valid_utf8(member.value().get_string())) continue;
        for (char &c : member.value().get_string()) {
            if (static_cast<unsigned char>(c) >= 0x80) c = '?';
        }
    }
}

boost::json::object make_record(std::uint64_t sequence, std::string_view type, std::string_view subject,
                                boost::json::object payload) {
    boost::json::object record;
    record["sequence"] = sequence;
    record["time"] = Timestamp::now().rfc3339();
    record["type"] = type;
    record["subject"] = subject;
    record["payload"] = std::move(payload);
    return record;
}

} // namespace

// What was lost becomes a record of its own as soon as there is room again.
void RecordQueue::close_gap() {
    if (gap_from_ == 0 || queue_.size() >= max_records_) return;
    boost::json::object payload;
    payload["from_sequence"] = gap_from_;
    payload["to_sequence"] = gap_to_;
    payload["reason"] = "the gateway's buffer was full while the control plane did not take records";
    const auto sequence = next_sequence_++;
    queue_.push_back({sequence, make_record(sequence, "observation.gap", "gateway/" + gateway_, std::move(payload))});
    gap_from_ = gap_to_ = 0;
}

bool RecordQueue::add(std::string_view type, std::string subject, boost::json::object payload) {
    if (!enabled_) return true;
    make_utf8(payload);
    const std::lock_guard lock(mutex_);
    // One place stays free for the record of the gap, so that a gap always ends before what follows it.
    if (queue_.size() + 1 >= max_records_) {
        const auto sequence = next_sequence_++;
        if (gap_from_ == 0) gap_from_ = sequence;
        gap_to_ = sequence;
        ++dropped_;
        return false;
    }
    close_gap();
    const auto sequence = next_sequence_++;
    queue_.push_back({sequence, make_record(sequence, type, std::move(subject), std::move(payload))});
    return true;
}

std::optional<RecordQueue::Batch> RecordQueue::batch(std::size_t max) {
    const std::lock_guard lock(mutex_);
    close_gap();
    if (queue_.empty()) return std::nullopt;
    if (in_flight_ == 0) in_flight_ = std::min(max, queue_.size());
    boost::json::array records;
    for (std::size_t i = 0; i < in_flight_; ++i)
        records.push_back(queue_[i].body);
    boost::json::object document;
    document["gateway"] = gateway_;
    document["records"] = std::move(records);
    return Batch{boost::json::serialize(document), queue_[in_flight_ - 1].sequence};
}

void RecordQueue::acknowledge(std::uint64_t last) {
    const std::lock_guard lock(mutex_);
    while (!queue_.empty() && queue_.front().sequence <= last) {
        queue_.pop_front();
        if (in_flight_ > 0) --in_flight_;
    }
}

std::size_t RecordQueue::size() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

std::uint64_t RecordQueue::dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
}

} // namespace xtn::gateway
