// A log in memory that knows the difference between written and durable: what was staged and not synced is lost in a crash, or
// kept (a disk may have got it although nobody was told). Records have the bytes and the chain of the real log.
#pragma once

#include "core/base/sha256.hpp"
#include "core/log/log.hpp"
#include "test/sim/broken.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace xtn::simulation {

class MemoryLog final : public Log {
  public:
    explicit MemoryLog(std::string id, Broken broken = Broken::nothing);

    // Checks, numbers and writes; nothing is durable yet. Errors: as append().
    Result<std::vector<Event>> stage(Append append);
    // What was staged becomes durable. Returns it.
    std::vector<Event> sync();
    // The process dies. `keep`: what was staged reached the disk all the same.
    void crash(bool keep);
    // Takes the last event away, durable as it was: what no disk may do.
    void lose_last();
    // The chain value over all that is durable.
    std::string chain() const;

    const std::string &log_id() const override { return id_; }
    Head head(Stream stream) const override;
    Seq first(Stream) const override { return Seq{1}; }
    Result<Event> get(Stream stream, Seq seq) const override;
    Status scan(Stream stream, Seq from, const std::function<bool(const Event &)> &each) const override;
    Result<std::vector<Seq>> by_subject(Stream stream, const Subject &subject, std::optional<std::size_t> limit) const override;
    Result<std::vector<Subject>> subjects(Stream stream, std::string_view prefix) const override;
    Result<Seq> seq_at(Stream stream, Timestamp time) const override;
    Seq wait_after(Stream stream, Seq after, Deadline deadline) const override;
    Result<std::string> blob(const Digest &digest) const override;
    Result<VerifyReport> verify(Stream stream, const std::function<void(Seq)> &progress) const override;

    Result<ContentReport> verify_content(const std::function<void(Seq)> &progress) const override;

    Result<Epoch> begin_epoch(Epoch at_least) override;
    Result<std::vector<Event>> append(Append append) override;
    std::future<Result<std::vector<Event>>> append_async(Append append) override;
    void close() override {}

  private:
    struct State {
        std::vector<std::string> records; // of the control stream
        std::map<Digest, std::string> blobs;
        Head head;
        Sha256 chain{};
    };
    struct Staged {
        std::vector<Event> events;
        std::vector<std::string> records;
        std::vector<Blob> blobs;
        Head head;
        Sha256 chain{};
    };
    std::string id_;
    Broken broken_;
    State durable_;
    std::optional<Staged> staged_;
    Epoch epoch_;
};

} // namespace xtn::simulation
