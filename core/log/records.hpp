// What a reader asks of the stored records, written once for the writing log and for readers beside it. `head` bounds every
// answer: the database may hold records that are written and not yet durable. Internal to core/log.
#pragma once

#include "core/log/log.hpp"
#include "core/log/read_ahead.hpp"
#include "core/log/store.hpp"

namespace xtn {

class Records {
  public:
    explicit Records(const Store &store) : store_(&store) {}

    // The newest record of a stream that the database holds, durable or not. Errors: data_corrupted.
    Result<Head> newest(Stream stream) const;
    // The head that the stream had when `seq` was its newest event; 0: none yet. Errors: data_corrupted, naming the event.
    Result<Head> at(Stream stream, Seq seq) const;
    // Checks that the record at `at.seq` carries that chain value (nothing to check for 0), and that every later one continues
    // the chain. Errors: data_corrupted.
    Status continues(Stream stream, const Head &at) const;

    Result<Event> get(Stream stream, Seq head, Seq seq) const;
    Status scan(Stream stream, Seq head, Seq from, const std::function<bool(const Event &)> &each) const;
    Status scan_lent(Stream stream, Seq head, Seq from, const std::function<bool(const Event &)> &each) const;
    // As scan(), and checks every event against the one before. Errors: data_corrupted, naming the first event that is wrong.
    Status replay(Stream stream, Seq head, Seq from, const std::function<bool(const Event &)> &each) const;
    Result<std::vector<Seq>> by_subject(Stream stream, Seq head, const Subject &subject, std::optional<std::size_t> limit) const;
    Result<std::vector<Subject>> subjects(Stream stream, Seq head, std::string_view prefix) const;
    Result<Seq> seq_at(Stream stream, Seq head, Timestamp time) const;
    Result<std::string> blob(const Digest &digest) const;
    Result<LogReader::VerifyReport> verify(Stream stream, const Head &head, const std::function<void(Seq)> &progress) const;

  private:
    static Status lend(Seq head, Seq from, const std::function<Status(const EachRecord &)> &walk,
                       const std::function<bool(const Event &)> &each);
    using CheckRecord = std::function<Status(Seq want, std::string_view key, std::string_view record)>;
    Status each_record(Stream stream, Seq head, Seq from, const CheckRecord &check, const EachRecord &each) const;
    Status each_record(Stream stream, Seq head, Seq from, const EachRecord &each) const;
    Status each_checked_record(Stream stream, Seq head, Seq from, const EachRecord &each) const;

    const Store *store_;
};

// The head of a stream that holds nothing.
Head empty_head();

} // namespace xtn
