// One query and its pages. No HTTP and no waiting in here: the server asks, and is told either a page or how long to wait.
#pragma once

#include "adapters/sandbox/trino/page.hpp"
#include "adapters/sandbox/trino/statement_runner.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace xtn::sandbox::trino {

// What a query needs of its server.
struct QueryEnvironment {
    const Catalogs &catalogs;
    Transactions &transactions;
    std::string version;
    bool starting = false;
};

class Query {
  public:
    using Clock = std::chrono::steady_clock;
    enum class Phase { queued, executing };
    // Latencies to keep, from the server's behaviour and the session's own stand_in_* properties.
    struct Pace {
        std::chrono::milliseconds queued{0};
        std::chrono::milliseconds per_page{0};
    };

    Query(std::string id, std::string text, Session session, Pace pace, std::string slug_key, Clock::time_point now);

    const std::string &id() const { return id_; }
    const std::string &text() const { return text_; }
    const Session &session() const { return session_; }
    std::chrono::system_clock::time_point created() const { return created_at_; }
    std::optional<std::chrono::system_clock::time_point> ended_at() const { return ended_at_; }
    std::string_view state() const; // QUEUED, RUNNING, FINISHED, FAILED
    bool ended() const { return ended_at_.has_value(); }
    bool dispatched() const { return dispatched_at_.has_value(); }
    const std::optional<sql::SqlError> &error() const { return error_; }
    const std::string &update_type() const { return outcome_.update_type; }
    QueryStats stats(Clock::time_point now) const;

    // A slug belongs to one token of one phase; a link with any other is not found.
    bool link_is_ours(Phase phase, std::int64_t token, std::string_view slug) const;

    // The answer to the POST: state QUEUED, next link queued/1.
    Page first_page() const;
    // Of GET queued/<token>; nothing: ask again at wait_until(). `patient` false: an answer must be given now.
    std::optional<Page> queued_page(std::int64_t token, QueryEnvironment environment, Clock::time_point now, bool patient);

    enum class Token { current, next, past, unknown };
    Token executing_token(std::int64_t token) const;
    bool queued_token(std::int64_t token) const { return token >= 1 && token <= queued_token_; }
    // The page given last: the same token gets it again. Only for Token::current.
    const Page &current_page() const { return *current_; }
    // Makes the page of Token::next; nothing: ask again at wait_until().
    std::optional<Page> next_page(QueryEnvironment environment, Clock::time_point now, bool patient);
    // X-Trino-* headers of a page: with the last page only.
    const std::vector<std::pair<std::string, std::string>> &headers_of(const Page &page) const;
    Clock::time_point wait_until(Clock::time_point now) const;

    // Ends it (DELETE, kill, expiry) unless it has ended.
    void fail(sql::SqlError error, QueryEnvironment environment);
    // Ends it as FINISHED with the rows given so far, once it runs (partial cancel).
    void stop_early() { stopped_early_ = true; }
    std::size_t held_bytes() const { return current_ ? current_->data.size() : 0; }

    Clock::time_point last_contact; // set by the server with each request about it

  private:
    std::string path(Phase phase, std::int64_t token, bool partial = false) const;
    std::string slug(Phase phase, std::int64_t token) const;
    void dispatch(QueryEnvironment environment, Clock::time_point now);
    void plan(QueryEnvironment environment, Clock::time_point now);
    std::optional<sql::SqlError> session_error(QueryEnvironment environment, Clock::time_point now);
    std::optional<sql::SqlError> over_time(Clock::time_point now) const;
    Page page(Clock::time_point now) const;
    Page give(Page page, bool last);
    void end(std::string_view state);

    std::string id_;
    std::string text_;
    Session session_;
    Pace pace_;
    std::string slug_key_;
    std::size_t page_bytes_;
    Clock::time_point created_;
    std::chrono::system_clock::time_point created_at_;

    std::string_view state_ = "QUEUED";
    std::int64_t queued_token_ = 1; // the highest one given out
    std::int64_t next_token_ = 0;   // of the page not yet made
    bool complete_ = false;         // the last page was made
    std::optional<Clock::time_point> dispatched_at_;
    std::optional<Clock::time_point> planned_at_;
    std::optional<Clock::time_point> ended_steady_;
    std::optional<std::chrono::system_clock::time_point> ended_at_;
    Clock::time_point page_ready_{};
    std::optional<sql::Statement> statement_; // between dispatch and plan
    bool gives_rows_ = false;
    bool splits_known_ = false;
    bool rows_done_ = false;
    bool stopped_early_ = false;
    Outcome outcome_;
    std::vector<sql::Column> columns_;
    bool has_columns_ = false;
    bool two_stages_ = false;
    std::int64_t rows_ = 0;
    std::int64_t bytes_ = 0;
    std::optional<sql::SqlError> error_;
    std::optional<Page> current_;
};

} // namespace xtn::sandbox::trino
