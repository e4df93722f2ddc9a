#include "adapters/sandbox/trino/query_server.hpp"

#include "adapters/sandbox/trino/answers.hpp"
#include "adapters/sandbox/trino/forwarded.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <random>

namespace xtn::sandbox::trino {

namespace {

constexpr std::chrono::milliseconds longest_poll{1000}; // a real server's polls return after a second
constexpr std::chrono::milliseconds sweep_interval{5000};

std::string random_key() {
    std::random_device random;
    std::string key;
    for (int i = 0; i < 32; ++i)
        key += static_cast<char>(random() & 255U);
    return key;
}

sql::SqlError simple_error(sql::ErrorCode code, std::string message) {
    sql::SqlError error;
    error.code = code;
    error.message = std::move(message);
    return error;
}

} // namespace

std::string random_coordinator_id() {
    static constexpr std::string_view alphabet = "abcdefghijkmnpqrstuvwxyz23456789"; // without l, o, 0, 1
    std::random_device random;
    std::string id;
    for (int i = 0; i < 5; ++i)
        id += alphabet[random() % alphabet.size()];
    return id;
}

QueryServer::QueryServer(Settings settings, std::string coordinator_id, std::shared_ptr<Scheduler> scheduler)
    : settings_(std::move(settings)), coordinator_id_(std::move(coordinator_id)), slug_key_(random_key()),
      scheduler_(std::move(scheduler)) {
    const MutexLock lock(mutex_);
    catalogs_.connectors = settings_.connectors;
    catalogs_.nodes = settings_.nodes;
    catalogs_.queries = [this]() XTN_THREAD_ATTRIBUTE(no_thread_safety_analysis) { // called by a query that runs, under the lock
        std::vector<QueryRow> rows;
        rows.reserve(queries_.size());
        for (const auto &[id, held] : queries_)
            rows.push_back({id, std::string(held.query->state()), held.query->session().user, held.query->session().source,
                            held.query->text()});
        return rows;
    };
}

QueryEnvironment QueryServer::environment() {
    return {catalogs_, transactions_, settings_.version, starting_};
}

void QueryServer::set_pace(Query::Pace pace) {
    const MutexLock lock(mutex_);
    pace_ = pace;
}

void QueryServer::set_starting(bool starting) {
    const MutexLock lock(mutex_);
    starting_ = starting;
}

std::string QueryServer::next_id() {
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    char text[48];
    const auto length = std::strftime(text, sizeof text, "%Y%m%d_%H%M%S", &utc);
    char number[16];
    std::snprintf(number, sizeof number, "_%05d_", counter_);
    counter_ = (counter_ + 1) % 100000;
    return std::string(text, length) + number + coordinator_id_;
}

bool QueryServer::full() const {
    const auto live =
        std::count_if(queries_.begin(), queries_.end(), [](const auto &entry) { return !entry.second.query->ended(); });
    return static_cast<std::size_t>(live) >= settings_.max_live;
}

void QueryServer::post(const std::shared_ptr<netkit::Exchange> &exchange) {
    auto read = read_session(exchange->request());
    if (const auto *refused = std::get_if<Refusal>(&read)) {
        if (refused->challenge)
            answer_unauthorized(*exchange, refused->text);
        else
            answer_error(*exchange, refused->status, refused->text.substr(refused->text.find(": ") + 2));
        return;
    }
    if (exchange->request().body.empty()) {
        answer_error(*exchange, 400, "SQL statement is empty");
        return;
    }
    const auto base = base_uri(exchange->request());
    if (!base) {
        answer_error(*exchange, 400, "Bad header value");
        return;
    }
    const MutexLock lock(mutex_);
    if (stopped_) {
        exchange->abort();
        return;
    }
    const auto now = Clock::now();
    const auto id = next_id();
    const bool too_many = full();
    auto query = std::make_shared<Query>(id, exchange->request().body, std::get<Session>(std::move(read)), pace_, slug_key_, now);
    if (too_many) {
        auto error = simple_error(sql::errors::query_queue_full, "Too many queued queries for \"global\"");
        error.exception = "io.trino.execution.resourcegroups.QueryQueueFullException";
        query->fail(std::move(error), environment());
    }
    answer_json(*exchange, render(query->first_page(), id, *base, true));
    const bool first = queries_.empty();
    queries_[id].query = std::move(query);
    if (first) arm_sweep();
}

QueryServer::LinkForm QueryServer::read_link(const std::vector<std::string> &rest, Link &into) {
    // queued/ID/SLUG/TOKEN, executing/ID/SLUG/TOKEN, executing/partialCancel/ID/STAGE/SLUG/TOKEN
    std::size_t at = 1;
    if (rest.size() == 6 && rest[0] == "executing" && rest[1] == "partialCancel") {
        into.partial = true;
        into.phase = Query::Phase::executing;
        into.id = rest[2];
        at = 4;
    } else if (rest.size() == 4 && (rest[0] == "queued" || rest[0] == "executing")) {
        into.phase = rest[0] == "queued" ? Query::Phase::queued : Query::Phase::executing;
        into.id = rest[at++];
    } else {
        return LinkForm::not_a_path;
    }
    into.slug = rest[at];
    const auto &number = rest[at + 1];
    const auto [end, ec] = std::from_chars(number.data(), number.data() + number.size(), into.token);
    return ec == std::errc() && end == number.data() + number.size() ? LinkForm::ours : LinkForm::not_a_number;
}

void QueryServer::follow(const std::shared_ptr<netkit::Exchange> &exchange, const std::vector<std::string> &rest) {
    const auto &method = exchange->request().method;
    Link link;
    const auto form = read_link(rest, link);
    if (form == LinkForm::not_a_path) return answer_error(*exchange, 404);
    if (form == LinkForm::not_a_number) return answer_empty(*exchange, 404);
    if (link.partial && method != "DELETE") return answer_empty(*exchange, 405, {{"Allow", "DELETE,OPTIONS"}});
    if (method != "GET" && method != "HEAD" && method != "DELETE")
        return answer_empty(*exchange, 405, {{"Allow", "HEAD,DELETE,GET,OPTIONS"}});
    const auto base = base_uri(exchange->request());
    if (!base) return answer_error(*exchange, 400, "Bad header value");

    const MutexLock lock(mutex_);
    const auto found = queries_.find(link.id);
    if (found == queries_.end() || !found->second.query->link_is_ours(link.phase, link.token, link.slug))
        return answer_error(*exchange, 404, "Query not found");
    auto &held = found->second;
    held.query->last_contact = Clock::now();
    if (method == "DELETE") return remove(*exchange, link, held);
    get(exchange, held, link, *base);
}

void QueryServer::get(const std::shared_ptr<netkit::Exchange> &exchange, Held &held, const Link &link, std::string base) {
    auto &query = *held.query;
    const auto now = Clock::now();
    const bool queued = link.phase == Query::Phase::queued;
    if (queued) {
        if (!query.queued_token(link.token)) return answer_error(*exchange, 404, "Query not found");
    } else {
        switch (query.executing_token(link.token)) {
        case Query::Token::unknown:
            return answer_error(*exchange, 404, "Query not found");
        case Query::Token::past:
            return answer_error(*exchange, 410);
        case Query::Token::current:
            return answer(*exchange, query, query.current_page(), base);
        case Query::Token::next:
            break;
        }
        if (exchange->request().method == "HEAD") return answer_empty(*exchange, 200, {{"Content-Type", "application/json"}});
    }
    // Polls of another page than the waiting ones do not wait themselves.
    const bool same = held.waiters.empty() || (held.queued_phase == queued && held.token == link.token);
    const auto page =
        queued ? query.queued_page(link.token, environment(), now, same) : query.next_page(environment(), now, same);
    if (page) {
        answer(*exchange, query, *page, base);
        if (!same) return;
        for (auto &waiter : held.waiters)
            answer(*waiter.exchange, query, *page, waiter.base);
        held.waiters.clear();
        return;
    }
    held.queued_phase = queued;
    held.token = link.token;
    held.waiters.push_back({exchange, std::move(base), now + longest_poll});
    arm(query.id(), held);
}

void QueryServer::answer(netkit::Exchange &exchange, const Query &query, const Page &page, const std::string &base) {
    answer_json(exchange, render(page, query.id(), base, query.session().parametric_datetime()), query.headers_of(page));
}

void QueryServer::arm(const std::string &id, Held &held) {
    const auto now = Clock::now();
    auto when = held.query->wait_until(now);
    for (const auto &waiter : held.waiters)
        when = std::min(when, waiter.until);
    const auto timer = held.timer = ++timers_;
    scheduler_->at(when, [weak = weak_from_this(), id, timer] {
        const auto self = weak.lock();
        if (!self) return;
        const MutexLock lock(self->mutex_);
        const auto found = self->queries_.find(id);
        if (found != self->queries_.end() && found->second.timer == timer) self->serve(id, true);
    });
}

void QueryServer::serve(const std::string &id, bool timer) {
    auto &held = queries_[id];
    if (held.waiters.empty()) return;
    auto &query = *held.query;
    const auto now = Clock::now();
    const bool over = std::any_of(held.waiters.begin(), held.waiters.end(), [&](const Waiter &w) { return w.until <= now; });
    const bool patient = timer && !over && !query.ended();
    const auto page = held.queued_phase ? query.queued_page(held.token, environment(), now, patient)
                                        : query.next_page(environment(), now, patient);
    if (!page) {
        arm(id, held);
        return;
    }
    for (auto &waiter : held.waiters)
        answer(*waiter.exchange, query, *page, waiter.base);
    held.waiters.clear();
}

void QueryServer::cancel(Held &held, sql::SqlError error) {
    held.query->fail(std::move(error), environment());
    serve(held.query->id(), false);
}

void QueryServer::remove(netkit::Exchange &exchange, const Link &link, Held &held) {
    auto &query = *held.query;
    if (link.phase == Query::Phase::queued ? !query.queued_token(link.token)
                                           : query.executing_token(link.token) == Query::Token::past ||
                                                 query.executing_token(link.token) == Query::Token::unknown)
        return answer_error(exchange, 404, "Query not found");
    if (link.partial)
        query.stop_early();
    else
        cancel(held, simple_error(sql::errors::user_canceled, "Query was canceled"));
    if (link.partial) serve(query.id(), false);
    answer_empty(exchange, 204);
}

void QueryServer::arm_sweep() {
    scheduler_->at(Clock::now() + sweep_interval, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->sweep();
    });
}

void QueryServer::sweep() {
    const MutexLock lock(mutex_);
    if (stopped_) return;
    const auto now = Clock::now();
    transactions_.expire(now);
    std::size_t ended = 0;
    std::size_t bytes = 0;
    for (auto &[id, held] : queries_) {
        auto &query = *held.query;
        bytes += query.held_bytes();
        if (!query.ended() && held.waiters.empty() && now - query.last_contact > settings_.client_timeout) {
            query.fail(simple_error(sql::errors::abandoned_query,
                                    "Query " + id +
                                        " was abandoned by the client, as it may have exited or stopped checking for query "
                                        "results. Query results have not been accessed for a while"),
                       environment());
        }
        if (query.ended()) ++ended;
    }
    for (auto at = queries_.rbegin(); at != queries_.rend() && bytes > settings_.max_page_bytes; ++at) { // the youngest pay first
        auto &query = *at->second.query;
        if (query.held_bytes() == 0 || query.ended()) continue;
        bytes -= query.held_bytes();
        cancel(at->second,
               simple_error(sql::errors::cluster_out_of_memory, "The stand-in holds too many unread pages of results"));
    }
    for (auto at = queries_.begin(); at != queries_.end() && ended > settings_.max_ended;) {
        const bool goes = at->second.query->ended() && at->second.waiters.empty();
        if (goes) --ended;
        at = goes ? queries_.erase(at) : std::next(at);
    }
    if (!queries_.empty()) arm_sweep();
}

void QueryServer::stop() {
    const MutexLock lock(mutex_);
    stopped_ = true;
    for (auto &[id, held] : queries_)
        for (auto &waiter : held.waiters)
            waiter.exchange->respond(netkit::Response{});
    queries_.clear();
}

} // namespace xtn::sandbox::trino
