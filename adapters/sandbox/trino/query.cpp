#include "adapters/sandbox/trino/query.hpp"

#include "adapters/sandbox/trino/session_properties.hpp"

#include "core/base/hex.hpp"
#include "core/base/sha256.hpp"

#include <algorithm>

namespace xtn::sandbox::trino {

namespace {

constexpr std::size_t slug_digits = 40;
constexpr std::int64_t scan_per_step = 100000; // rows looked at per poll: a huge table keeps a query running, not the processor
constexpr std::int64_t min_page_bytes = 1;
constexpr std::int64_t max_page_bytes = std::int64_t{16} * 1024 * 1024;

std::int64_t millis(Query::Clock::duration time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

bool gives_rows(const sql::Body &body) {
    return std::holds_alternative<sql::Select>(body) || std::holds_alternative<sql::Show>(body) ||
           std::holds_alternative<sql::Execute>(body) || std::holds_alternative<sql::DescribePrepared>(body);
}

} // namespace

Query::Query(std::string id, std::string text, Session session, Pace pace, std::string slug_key, Clock::time_point now)
    : last_contact(now), id_(std::move(id)), text_(std::move(text)), session_(std::move(session)), pace_(pace),
      slug_key_(std::move(slug_key)),
      page_bytes_(
          static_cast<std::size_t>(std::clamp(number_property(session_, "stand_in_page_bytes"), min_page_bytes, max_page_bytes))),
      created_(now), created_at_(std::chrono::system_clock::now()) {
    pace_.queued = std::max(pace_.queued, duration_property(session_, "stand_in_queued_time"));
    pace_.per_page = std::max(pace_.per_page, duration_property(session_, "stand_in_page_time"));
}

std::string_view Query::state() const {
    return state_;
}

std::string Query::slug(Phase phase, std::int64_t token) const {
    const std::string what = id_ + (phase == Phase::queued ? "/queued/" : "/executing/") + std::to_string(token);
    const auto digest = hmac_sha256(slug_key_, what);
    return "y" + to_hex(view(digest)).substr(0, slug_digits);
}

bool Query::link_is_ours(Phase phase, std::int64_t token, std::string_view given) const {
    return token >= 0 && given == slug(phase, token);
}

std::string Query::path(Phase phase, std::int64_t token, bool partial) const {
    std::string out = "/v1/statement/";
    out += phase == Phase::queued ? "queued/" : partial ? "executing/partialCancel/" : "executing/";
    out += id_ + "/";
    if (partial) out += two_stages_ ? "1/" : "0/";
    return out + slug(phase, token) + "/" + std::to_string(token);
}

QueryStats Query::stats(Clock::time_point now) const {
    QueryStats stats;
    stats.state = state_;
    stats.queued = state_ == "QUEUED";
    stats.with_stages = gives_rows_ && planned_at_.has_value() && next_token_ > 0;
    stats.scheduled = stats.with_stages || state_ == "FINISHED";
    stats.with_progress = splits_known_;
    stats.two_stages = two_stages_;
    stats.failed = state_ == "FAILED";
    stats.done = ended();
    const auto until = ended_steady_.value_or(now);
    stats.elapsed_ms = millis(until - created_);
    stats.queued_ms = millis(planned_at_.value_or(until) - created_);
    stats.rows = rows_;
    stats.bytes = bytes_;
    return stats;
}

Page Query::page(Clock::time_point now) const {
    Page made;
    made.stats = stats(now);
    made.error = error_;
    made.update_type = outcome_.update_type;
    if (has_columns_) made.columns = &columns_;
    return made;
}

Page Query::first_page() const {
    Page made;
    made.stats = stats(created_);
    made.next_path = path(Phase::queued, 1);
    return made;
}

void Query::end(std::string_view state) {
    state_ = state;
    ended_steady_ = Clock::now();
    ended_at_ = std::chrono::system_clock::now();
    outcome_.rows.reset();
    statement_.reset();
}

void Query::fail(sql::SqlError error, QueryEnvironment environment) {
    if (ended()) return;
    error_ = std::move(error);
    if (!session_.transaction.empty()) environment.transactions.abort(session_.transaction);
    end("FAILED");
}

std::optional<sql::SqlError> Query::session_error(QueryEnvironment environment, Clock::time_point now) {
    sql::SqlError error;
    if (environment.starting) {
        error.code = sql::errors::server_starting_up;
        error.message = "Trino server is still initializing";
        return error;
    }
    if (session_.user != session_.original_user) {
        error.code = sql::errors::permission_denied;
        error.message = "Access Denied: User " + session_.original_user + " cannot impersonate user " + session_.user;
        error.exception = "io.trino.spi.security.AccessDeniedException";
        return error;
    }
    if (auto wrong = check_time_zone(session_.time_zone)) return wrong;
    if (auto wrong = check_session_properties(session_)) return wrong;
    auto parsed = parse_statement(text_);
    if (auto *wrong = std::get_if<sql::SqlError>(&parsed)) return std::move(*wrong);
    statement_ = std::get<sql::Statement>(std::move(parsed));
    const bool ending = std::holds_alternative<sql::EndTransaction>(statement_->body);
    if (!session_.transaction.empty()) return environment.transactions.use(session_.transaction, ending, now);
    return std::nullopt;
}

void Query::dispatch(QueryEnvironment environment, Clock::time_point now) {
    dispatched_at_ = now;
    if (auto error = session_error(environment, now)) {
        fail(std::move(*error), environment);
        return;
    }
    gives_rows_ = gives_rows(statement_->body);
}

void Query::plan(QueryEnvironment environment, Clock::time_point now) {
    const StatementContext context{environment.catalogs, environment.transactions, session_, environment.version};
    auto ran = run_statement(std::move(*statement_), context);
    statement_.reset();
    if (auto *error = std::get_if<sql::SqlError>(&ran)) {
        fail(std::move(*error), environment);
        return;
    }
    planned_at_ = now;
    outcome_ = std::get<Outcome>(std::move(ran));
    gives_rows_ = outcome_.rows != nullptr;
    has_columns_ = true;
    if (gives_rows_) {
        columns_ = outcome_.rows->columns();
        two_stages_ = outcome_.rows->two_stages();
    }
}

std::optional<Page> Query::queued_page(std::int64_t token, QueryEnvironment environment, Clock::time_point now, bool patient) {
    const bool first = !dispatched_at_;
    if (first && !ended()) dispatch(environment, now);
    if (ended() && !planned_at_) return page(now);
    auto more = [&] {
        Page made;
        made.stats = stats(now);
        queued_token_ = std::max(queued_token_, token + 1);
        made.next_path = path(Phase::queued, token + 1);
        return made;
    };
    if (!planned_at_ && now < *dispatched_at_ + pace_.queued) {
        if (patient && !first) return std::nullopt;
        return more();
    }
    if (first && gives_rows_) return more(); // a real server is still busy with the first poll; one more page tells it
    if (!planned_at_) plan(environment, now);
    if (ended() && !planned_at_) return page(now);
    Page made;
    made.stats = stats(now);
    made.next_path = path(Phase::executing, 0);
    return made;
}

Query::Token Query::executing_token(std::int64_t token) const {
    if (!planned_at_) return Token::unknown;
    if (current_ && token == next_token_ - 1) return Token::current;
    if (token < next_token_) return Token::past;
    return token == next_token_ && !complete_ ? Token::next : Token::unknown;
}

std::optional<sql::SqlError> Query::over_time(Clock::time_point now) const {
    const auto run = duration_property(session_, "query_max_run_time");
    const auto execution = duration_property(session_, "query_max_execution_time");
    const bool over_run = now - created_ > run;
    if (!over_run && now - *planned_at_ <= execution) return std::nullopt;
    sql::SqlError error;
    error.code = sql::errors::exceeded_time_limit;
    const auto limit = over_run ? run : execution;
    char text[40];
    std::snprintf(text, sizeof text, "%.2fs", static_cast<double>(limit.count()) / 1000);
    error.message = std::string("Query exceeded maximum ") + (over_run ? "time" : "execution time") + " limit of " + text;
    return error;
}

Page Query::give(Page made, bool last) {
    const auto token = next_token_++;
    complete_ = last;
    if (!last) {
        made.next_path = path(Phase::executing, token + 1);
        if (made.stats.state == "RUNNING") made.partial_cancel_path = path(Phase::executing, token + 1, true);
    }
    current_ = std::move(made);
    return *current_;
}

std::optional<Page> Query::next_page(QueryEnvironment environment, Clock::time_point now, bool patient) {
    if (!ended() && !gives_rows_) end("FINISHED");
    if (ended()) return give(page(now), true);
    if (auto error = over_time(now)) {
        fail(std::move(*error), environment);
        return give(page(now), true);
    }
    if (next_token_ == 0) { // planned and started, nothing read yet
        state_ = "RUNNING";
        page_ready_ = now + pace_.per_page;
        Page made = page(now);
        made.stats.with_stages = made.stats.scheduled = true;
        return give(std::move(made), false);
    }
    std::string data;
    if (!rows_done_ && !stopped_early_) {
        if (now >= page_ready_) {
            const auto progress = outcome_.rows->step(data, page_bytes_, scan_per_step);
            splits_known_ = true;
            rows_ = outcome_.rows->scanned();
            bytes_ += static_cast<std::int64_t>(data.size());
            rows_done_ = progress == Execution::Progress::finished;
            if (progress == Execution::Progress::failed) { // rows before the bad one are still given, as a real server does
                if (data.empty()) {
                    fail(*outcome_.rows->error(), environment);
                    return give(page(now), true);
                }
            }
        }
        if (data.empty() && !rows_done_) {
            if (patient) return std::nullopt;
            return give(page(now), false);
        }
    }
    if (!data.empty()) {
        page_ready_ = now + pace_.per_page;
        Page made = page(now);
        made.data = std::move(data);
        return give(std::move(made), false);
    }
    splits_known_ = true;
    end("FINISHED");
    return give(page(now), true);
}

const std::vector<std::pair<std::string, std::string>> &Query::headers_of(const Page &page) const {
    static const std::vector<std::pair<std::string, std::string>> none;
    return page.next_path.empty() && !page.error ? outcome_.headers : none;
}

Query::Clock::time_point Query::wait_until(Clock::time_point now) const {
    constexpr std::chrono::milliseconds between_steps{250};
    if (!planned_at_) return dispatched_at_ ? *dispatched_at_ + pace_.queued : now;
    return std::max(page_ready_, now + between_steps);
}

} // namespace xtn::sandbox::trino
