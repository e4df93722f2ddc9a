// A log that counts the events it hands to the thread that made it, when that reads a stretch of it.
#pragma once

#include "core/log/log.hpp"

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace fakes {

class CountedLog final : public xtn::Log {
  public:
    explicit CountedLog(std::unique_ptr<xtn::Log> log) : log_(std::move(log)) {}
    mutable std::uint64_t handed = 0; // events

    const std::string &log_id() const override { return log_->log_id(); }
    xtn::Head head(xtn::Stream stream) const override { return log_->head(stream); }
    xtn::Seq first(xtn::Stream stream) const override { return log_->first(stream); }
    xtn::Result<xtn::Event> get(xtn::Stream stream, xtn::Seq seq) const override { return log_->get(stream, seq); }
    xtn::Status scan(xtn::Stream stream, xtn::Seq from, const std::function<bool(const xtn::Event &)> &each) const override {
        return log_->scan(stream, from, counted(each));
    }
    xtn::Status scan_lent(xtn::Stream stream, xtn::Seq from, const std::function<bool(const xtn::Event &)> &each) const override {
        return log_->scan_lent(stream, from, counted(each));
    }
    xtn::Status replay(xtn::Stream stream, xtn::Seq from, const std::function<bool(const xtn::Event &)> &each) const override {
        return log_->replay(stream, from, counted(each));
    }
    xtn::Result<std::vector<xtn::Seq>> by_subject(xtn::Stream stream, const xtn::Subject &subject,
                                                  std::optional<std::size_t> limit) const override {
        return log_->by_subject(stream, subject, limit);
    }
    xtn::Result<std::vector<xtn::Subject>> subjects(xtn::Stream stream, std::string_view prefix) const override {
        return log_->subjects(stream, prefix);
    }
    xtn::Result<xtn::Seq> seq_at(xtn::Stream stream, xtn::Timestamp time) const override { return log_->seq_at(stream, time); }
    xtn::Seq wait_after(xtn::Stream stream, xtn::Seq after, xtn::Deadline deadline) const override {
        return log_->wait_after(stream, after, deadline);
    }
    xtn::Result<std::string> blob(const xtn::Digest &digest) const override { return log_->blob(digest); }
    xtn::Result<xtn::SnapshotLookup> snapshot(const xtn::KeptAs &as, xtn::Seq at_most) const override {
        return log_->snapshot(as, at_most);
    }
    xtn::Result<VerifyReport> verify(xtn::Stream stream, const std::function<void(xtn::Seq)> &progress) const override {
        return log_->verify(stream, progress);
    }
    xtn::Result<ContentReport> verify_content(const std::function<void(xtn::Seq)> &progress) const override {
        return log_->verify_content(progress);
    }
    xtn::Result<xtn::Epoch> begin_epoch(xtn::Epoch at_least) override { return log_->begin_epoch(at_least); }
    xtn::Result<std::vector<xtn::Event>> append(Append append) override { return log_->append(std::move(append)); }
    std::future<xtn::Result<std::vector<xtn::Event>>> append_async(Append append) override {
        return log_->append_async(std::move(append));
    }
    xtn::Status keep_snapshot(const xtn::Snapshot &snapshot) override { return log_->keep_snapshot(snapshot); }
    void close() override { log_->close(); }

  private:
    using Each = std::function<bool(const xtn::Event &)>;
    Each counted(const Each &each) const {
        return [this, &each](const xtn::Event &event) {
            if (std::this_thread::get_id() == owner_) ++handed;
            return each(event);
        };
    }
    const std::unique_ptr<xtn::Log> log_;
    const std::thread::id owner_ = std::this_thread::get_id();
};

} // namespace fakes
