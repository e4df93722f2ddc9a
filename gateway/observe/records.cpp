#include "gateway/observe/records.hpp"

#include "core/base/utf8.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace xtn::gateway {

namespace {

constexpr std::string_view gap_reason = "the gateway's buffer was full while the control plane did not take records";

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

// Types and subjects are ours or come from route tables, whose names are checked there; still, a quote must not end the string.
std::string quoted(std::string_view text) {
    return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

std::string record_text(std::string_view time, std::string_view type, std::string_view subject,
                        const boost::json::object &payload) {
    return fmt::format(R"("time":"{}","type":{},"subject":{},"payload":{}}})", time, quoted(type), quoted(subject),
                       boost::json::serialize(payload));
}

} // namespace

bool RecordQueue::lose(std::string_view type) {
    const auto now = Timestamp::now();
    if (!gap_) {
        gap_.emplace();
        gap_->since = now;
    }
    gap_->until = now;
    ++gap_->count;
    const auto known = gap_->by_type.find(type);
    if (known != gap_->by_type.end()) {
        ++known->second;
    } else {
        gap_->by_type.emplace(type, 1);
    }
    ++dropped_;
    return false;
}

// What was lost takes its place before whatever follows.
void RecordQueue::close_gap() {
    if (!gap_) return;
    Record record;
    record.gap = std::move(gap_);
    queue_.push_back(std::move(record));
    gap_.reset();
}

bool RecordQueue::add(std::string_view type, std::string_view subject, boost::json::object payload) {
    if (!enabled_) return true;
    make_utf8(payload);
    const auto time = Timestamp::now().rfc3339();
    auto text = record_text(time, type, subject, payload);
    const std::lock_guard lock(mutex_);
    // One place stays free for the gap's own record; a batch that is not acknowledged still takes its room.
    const auto held = queue_.size() + (in_flight_ ? in_flight_->records : 0);
    const auto held_bytes = bytes_ + (in_flight_ ? in_flight_->text.size() : 0);
    if (held + 1 >= bounds_.records || held_bytes + text.size() > bounds_.bytes) return lose(type);
    close_gap();
    bytes_ += text.size();
    queue_.push_back({std::move(text), std::nullopt});
    return true;
}

bool RecordQueue::set(std::string_view type, std::string_view subject, boost::json::object payload, std::string_view keep) {
    if (!enabled_) return true;
    make_utf8(payload);
    const auto time = Timestamp::now().rfc3339();
    std::pair<std::string, std::string> key(type, subject);
    const std::lock_guard lock(mutex_);
    const auto waiting = levels_.find(key);
    if (waiting == levels_.end()) {
        if (levels_.size() >= bounds_.level_keys) return lose(type);
        levels_.emplace(std::move(key), Level{time, std::move(payload)});
        return true;
    }
    if (!keep.empty()) {
        if (const auto *began = waiting->second.payload.if_contains(keep)) payload[keep] = *began;
    }
    waiting->second = Level{time, std::move(payload)};
    return true;
}

std::optional<RecordQueue::Batch> RecordQueue::batch(std::size_t max) {
    const std::lock_guard lock(mutex_);
    if (in_flight_) return in_flight_;
    if (queue_.size() + 1 < bounds_.records) close_gap();
    if (queue_.empty() && levels_.empty()) return std::nullopt;
    Batch batch;
    batch.text = fmt::format(R"({{"gateway":{},"records":[)", quoted(gateway_));
    const auto put = [&](std::string_view text) {
        if (batch.records++ > 0) batch.text.push_back(',');
        batch.last = next_sequence_++;
        fmt::format_to(std::back_inserter(batch.text), R"({{"sequence":{},{})", batch.last, text);
    };
    while (batch.records < max && !levels_.empty()) {
        const auto level = levels_.begin();
        put(record_text(level->second.time, level->first.first, level->first.second, level->second.payload));
        levels_.erase(level);
    }
    while (batch.records < max && !queue_.empty()) {
        auto &front = queue_.front();
        if (front.gap) {
            boost::json::object payload, by_type;
            payload["from_sequence"] = next_sequence_;
            next_sequence_ += front.gap->count;
            payload["to_sequence"] = next_sequence_ - 1;
            payload["reason"] = gap_reason;
            payload["since"] = front.gap->since.rfc3339();
            payload["until"] = front.gap->until.rfc3339();
            for (const auto &[type, count] : front.gap->by_type)
                by_type[type] = count;
            payload["by_type"] = std::move(by_type);
            put(record_text(front.gap->until.rfc3339(), "observation.gap", "gateway/" + gateway_, payload));
        } else {
            put(front.text);
        }
        bytes_ -= front.text.size();
        queue_.pop_front();
    }
    batch.text += "]}";
    in_flight_ = std::move(batch);
    return in_flight_;
}

void RecordQueue::acknowledge(std::uint64_t last) {
    const std::lock_guard lock(mutex_);
    if (in_flight_ && in_flight_->last <= last) in_flight_.reset();
}

std::size_t RecordQueue::size() const {
    const std::lock_guard lock(mutex_);
    return queue_.size() + levels_.size() + (in_flight_ ? in_flight_->records : 0);
}

std::size_t RecordQueue::bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_ + (in_flight_ ? in_flight_->text.size() : 0);
}

std::uint64_t RecordQueue::dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
}

} // namespace xtn::gateway
