// Who gets a request: selection for new queries, the query id's coordinator for follow-ups, and what happens when that one fails.
#include "gateway/net/session.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace xtn::gateway {

namespace {

constexpr std::string_view backend_failed = "Gateway error: backend request failed";
constexpr std::chrono::milliseconds first_retry_delay{100};
constexpr std::chrono::milliseconds longest_retry_delay{1600};
constexpr int error_answer_retries = 3; // of 502, 503, 504 for a result page, before one is passed on
constexpr std::size_t max_tried = 16;   // backends tried for one new query

// One request that its coordinator has not answered yet.
class Pending {
  public:
    explicit Pending(std::atomic<std::int64_t> &count) : count_(count) { count_.fetch_add(1, std::memory_order_relaxed); }
    ~Pending() { count_.fetch_sub(1, std::memory_order_relaxed); }
    Pending(const Pending &) = delete;
    Pending &operator=(const Pending &) = delete;

  private:
    std::atomic<std::int64_t> &count_;
};

bool safe_method(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "DELETE" || method == "OPTIONS" || method == "TRACE";
}

} // namespace

Task<> Session::proxy() {
    x_.table = worker_.table();
    if (x_.table == nullptr) {
        shared_.metrics.no_route();
        co_await answer_error(404, "No route found");
        co_return;
    }
    const auto path = x_.head.path.substr(0, x_.head.path.find('?'));
    x_.statement = path.starts_with("/v1/statement") && (path.size() == 13 || path[13] == '/');
    x_.new_statement = x_.statement && path.size() <= 14 && x_.head.method == "POST";
    x_.plain_answer = x_.new_statement || path.starts_with("/v1/statement/queued/");
    x_.retry_errors = false;
    if (path == "/ui" || path.starts_with("/ui/")) {
        co_await proxy_ui(path);
        co_return;
    }
    x_.choice = x_.table->find(x_.head.host, x_.head.value(Field::trino_selector));
    if (const auto id = query_id_in_path(path)) x_.query_id = *id;
    if (x_.query_id.empty()) {
        co_await proxy_new_query();
    } else {
        co_await proxy_follow_up();
    }
}

Task<> Session::proxy_new_query() {
    if (x_.choice.route == nullptr) {
        shared_.metrics.no_route();
        record_refusal(404, "no route found");
        co_await answer_error(404, "No route found");
        co_return;
    }
    std::array<const BackendEntry *, max_tried> tried{};
    std::size_t tries = 0;
    Attempt last = Attempt::unreachable;
    for (;;) {
        const auto now = this->now();
        const BackendEntry *next = tries < max_tried ? select_backend(x_.choice, std::span(tried.data(), tries), now) : nullptr;
        if (next == nullptr) {
            if (last == Attempt::unreachable) {
                co_await answer_no_backend();
            } else {
                record_refusal(502, "the coordinator failed after the request was sent");
                co_await answer_error(last == Attempt::timed_out ? 504 : 502, backend_failed);
            }
            co_return;
        }
        x_.backend = next;
        x_.permit = next->coordinator->breaker.allow(now);
        if (!x_.permit) {
            record_refusal(503, "the circuit breaker is open");
            co_await answer_error(503, "Service temporarily unavailable", "Retry-After: 30\r\n");
            co_return;
        }
        x_.wait = std::chrono::duration_cast<std::chrono::milliseconds>(now - x_.started);
        tried[tries++] = next;
        x_.elsewhere = x_.new_statement && x_.choice.route->backends.size() > 1 && tries < max_tried &&
                       select_backend(x_.choice, std::span(tried.data(), tries), now) != nullptr;
        {
            const Pending waits(next->coordinator->pending);
            last = co_await attempt();
        }
        const auto after = this->now();
        x_.permit.settle(outcome_of(last), after);
        if (last == Attempt::delivered || over()) co_return;
        if (last == Attempt::client_fault) {
            co_await answer_client_fault();
            co_return;
        }
        if (last == Attempt::unreachable) { // the next request should not try this one first
            next->coordinator->health.record(Health::Probe::unreachable, 0, "connection refused or no address", after);
            shared_.metrics.count(Metrics::Event::upstream_connect_failed);
        } else if (!goes_elsewhere(last)) {
            tries = max_tried;
            continue;
        }
        if (tries < max_tried) shared_.metrics.count(Metrics::Event::upstream_retried);
    }
}

// A statement whose answer nobody got has begun nothing: Trino dispatches a query at the first GET of its nextUri, and one that
// is never followed is never created (docs/decisions/statements-are-sent-again.md). So may whatever changes nothing by its
// method.
bool Session::goes_elsewhere(Attempt result) const {
    if (!x_.new_statement && !safe_method(x_.head.method)) return false;
    return repeatable() && (result == Attempt::died || result == Attempt::timed_out || result == Attempt::empty_page);
}

// A follow-up has one place to go: the coordinator that made its id, whatever its route says now (spec 50 §8.3, §26.3, §26.4). It
// never triggers a resume, and the breaker does not hold it back.
Task<> Session::proxy_follow_up() {
    bool complete = true;
    x_.backend = co_await locate_follow_up(complete);
    if (over()) co_return;
    if (x_.backend == nullptr) {
        if (!complete) {
            co_await answer_error(503, "The coordinator of this query could not be asked for", "Retry-After: 2\r\n");
        } else if (x_.choice.route == nullptr) {
            shared_.metrics.no_route();
            co_await answer_error(404, "No route found");
        } else {
            co_await answer_error(404, "Error 404 Not Found: Query not found");
        }
        co_return;
    }
    x_.choice = RouteChoice{x_.backend->route, x_.backend, SelectedBy::query};
    const bool page = x_.statement && (x_.head.method == "GET" || x_.head.method == "HEAD");
    const bool again = x_.statement && safe_method(x_.head.method);
    const auto give_up = x_.started + shared_.options.timeouts.follow_up_retry;
    auto delay = first_retry_delay;
    for (int tries = 1;; ++tries) {
        x_.retry_errors = again && tries <= error_answer_retries;
        x_.permit = x_.backend->coordinator->breaker.pass();
        const Attempt result = co_await attempt();
        const auto now = this->now();
        x_.permit.settle(outcome_of(result), now);
        if (result == Attempt::delivered || over()) co_return;
        if (result == Attempt::client_fault) {
            co_await answer_client_fault();
            co_return;
        }
        if (result == Attempt::unreachable) shared_.metrics.count(Metrics::Event::upstream_connect_failed);
        if (again && repeatable() && now + delay < give_up && !worker_.draining()) {
            shared_.metrics.count(Metrics::Event::upstream_retried);
            const bool rested = co_await pause(now + delay);
            if (over()) co_return;
            if (rested) {
                delay = std::min(delay * 2, longest_retry_delay);
                // The runtime may have moved meanwhile; the table that this request began with stays alive through x_.table.
                if (const auto *moved = worker_.table()->backend(x_.backend->identity)) {
                    x_.table = worker_.table();
                    x_.backend = moved;
                    x_.choice = RouteChoice{moved->route, moved, SelectedBy::query};
                }
                continue;
            }
        }
        if (page && x_.head.method == "GET") {
            co_await answer_lost_query(result == Attempt::timed_out ? "did not answer in time" : "is gone");
        } else {
            co_await answer_error(result == Attempt::timed_out ? 504 : 502, backend_failed);
        }
        co_return;
    }
}

// By the suffix, if it is known; by asking, if it is not and there is more than one place to go. `complete` is false when nobody
// was found but somebody could not be asked.
Task<const BackendEntry *> Session::locate_follow_up(bool &complete) {
    const auto usable = [this](std::string_view identity) -> const BackendEntry * {
        const auto *entry = x_.table->backend(identity);
        return entry != nullptr && entry->serves_follow_ups() ? entry : nullptr;
    };
    if (const auto identity = shared_.directory.find(coordinator_suffix(x_.query_id))) {
        if (const auto *entry = usable(*identity)) co_return entry;
    }
    const auto &routes = x_.table->routes();
    if (routes.size() == 1 && routes.front().backends.size() == 1) co_return &routes.front().backends.front();
    shared_.metrics.count(Metrics::Event::follow_up_asked);
    const FollowUpAnswer answer = co_await ask_around();
    complete = answer.complete;
    if (over()) co_return nullptr;
    // The table may have changed meanwhile; nothing of the old one is used any more.
    x_.choice = RouteChoice();
    x_.table = worker_.table();
    x_.choice = x_.table->find(x_.head.host, x_.head.value(Field::trino_selector));
    if (!answer.identity.empty()) {
        if (const auto *entry = usable(answer.identity)) co_return entry;
    }
    // Nobody has it. The only backend of the selected route says so best, in Trino's own words.
    if (complete && x_.choice.route != nullptr) {
        if (x_.choice.only != nullptr) co_return x_.choice.only;
        if (x_.choice.route->backends.size() == 1) co_return &x_.choice.route->backends.front();
    }
    co_return nullptr;
}

Task<FollowUpAnswer> Session::ask_around() {
    FollowUpQuestion question;
    question.suffix = std::string(coordinator_suffix(x_.query_id));
    question.target = std::string(x_.head.path);
    question.table = x_.table;
    for (const auto &line : x_.head.lines) {
        if (line.field == Field::trino_user || equals_ignoring_case(line.name, "Authorization"))
            question.credentials.append(line.whole);
    }
    struct Job {
        FollowUpAnswer answer;
        Session *waiting = nullptr;
    };
    auto job = std::make_shared<Job>();
    job->waiting = this;
    job->answer.complete = false;
    auto deliver = [job, &reactor = worker_.reactor()](FollowUpAnswer answer) {
        reactor.post([job, answer = std::move(answer)] {
            job->answer = answer;
            if (job->waiting != nullptr) job->waiting->alarm_.cancel();
        });
    };
    shared_.ask_for_follow_up(std::move(question), std::move(deliver));
    co_await pause(now() + 2 * shared_.options.timeouts.health_timeout);
    job->waiting = nullptr;
    FollowUpAnswer answer = job->answer;
    co_return answer;
}

// True while the same bytes could be sent once more.
bool Session::repeatable() const {
    return !x_.body_touched && (x_.body.done() || x_.new_statement) && !x_.answered;
}

CircuitBreaker::Outcome Session::outcome_of(Attempt attempt) const {
    using Outcome = CircuitBreaker::Outcome;
    if (over()) return Outcome::cancelled;
    switch (attempt) {
    case Attempt::unreachable:
        return Outcome::unreachable;
    case Attempt::delivered:
        return x_.answer.status == 503 ? Outcome::overload : x_.answer.status >= 500 ? Outcome::failure : Outcome::success;
    case Attempt::client_fault:
        return Outcome::cancelled;
    case Attempt::worth_a_retry:
        return x_.answer.status == 503 ? Outcome::overload : Outcome::failure;
    case Attempt::died:
    case Attempt::malformed:
    case Attempt::timed_out:
    case Attempt::empty_page:
        return Outcome::failure;
    }
    return Outcome::failure;
}

// One try at x_.backend. A pooled connection may have died unnoticed: a request that may be repeated gets one fresh connection
// then.
Task<Session::Attempt> Session::attempt() {
    const bool may_repeat = (safe_method(x_.head.method) || x_.new_statement) && repeatable();
    bool certain = !may_repeat;
    for (;;) {
        upstream_ = worker_.pool().take(*x_.backend->coordinator, certain);
        if (upstream_ == nullptr && !co_await connect()) co_return Attempt::unreachable;
        shared_.upstream.fetch_add(1, std::memory_order_relaxed);
        const bool reused = upstream_->reused;
        build_upstream_head();
        // A coordinator that stopped reading may have answered before it did.
        Attempt result = Attempt::client_fault;
        if (co_await send_request() != Sent::client_fault && !over()) result = co_await receive();
        shared_.upstream.fetch_sub(1, std::memory_order_relaxed);
        if (result == Attempt::delivered || over()) co_return result;
        upstream_.reset();
        answer_.clear();
        if (result != Attempt::died || !reused || !may_repeat || !repeatable()) co_return result;
        certain = true; // what is still pooled is looked at before it is used
        shared_.metrics.count(Metrics::Event::upstream_retried);
    }
}

Task<bool> Session::connect() {
    const auto deadline = now() + shared_.options.timeouts.connect;
    const auto addresses = co_await resolve(x_.backend->coordinator->endpoint);
    for (const auto &address : addresses) {
        if (over()) co_return false;
        const int fd = begin_connect(address);
        if (fd < 0) continue;
        Socket socket(worker_.reactor(), fd);
        socket.expect_connection();
        connecting_ = &socket;
        phase_ = Phase::connecting;
        deadline_ = deadline;
        next_look_ = TimePoint::max();
        const bool settled = co_await socket.wait(Socket::Direction::write);
        phase_ = Phase::busy;
        connecting_ = nullptr;
        if (!settled || over() || connect_error(socket) != 0) continue;
        socket.no_delay();
        socket.keep_alive(30);
        upstream_ = std::make_unique<UpstreamConnection>(std::move(socket), x_.backend->coordinator);
        co_return true;
    }
    co_return false;
}

// Hosts file, then literal addresses, then DNS.
Task<std::vector<Endpoint4or6>> Session::resolve(const Endpoint &endpoint) {
    std::vector<Endpoint4or6> out;
    boost::system::error_code ec;
    const auto known = shared_.hosts.find(endpoint.host);
    const auto literal = boost::asio::ip::make_address(known ? *known : endpoint.host, ec);
    if (!ec) {
        out.emplace_back(literal, endpoint.port);
        co_return out;
    }
    // The lookup itself cannot be called off, so it must not hold the session: whoever comes too late finds nobody waiting.
    struct Lookup {
        Session *waiting = nullptr;
        std::vector<Endpoint4or6> found;
    };
    auto lookup = std::make_shared<Lookup>();
    lookup->waiting = this;
    auto done = [lookup, &reactor = worker_.reactor()](std::vector<Endpoint4or6> found) {
        reactor.post([lookup, found = std::move(found)] {
            lookup->found = found;
            if (lookup->waiting != nullptr) lookup->waiting->alarm_.cancel();
        });
    };
    shared_.look_up(endpoint.host, endpoint.port, std::move(done));
    co_await pause(now() + shared_.options.timeouts.connect);
    lookup->waiting = nullptr;
    out = std::move(lookup->found);
    co_return out;
}

} // namespace xtn::gateway
