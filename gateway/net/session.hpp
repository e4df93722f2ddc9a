// A client connection: reads requests one after the other, has each answered or proxied, and ends. Lives on one worker's thread.
//
// The implementation is spread by idea: session.cpp (life of the connection, waiting), session_local.cpp (what the gateway
// answers itself), session_proxy.cpp (who gets the request, and what happens when that fails), session_send.cpp (the way there),
// session_deliver.cpp (the way back).
//
// Rules: every wait has a phase and a deadline, kept by Worker's sweep; a wait returns false when it was ended by the deadline,
// by the client's leaving or by a stop, and then only clean-up follows. Views of the request stay valid until its exchange ends.
#pragma once

#include "gateway/http/body_progress.hpp"
#include "gateway/net/worker.hpp"
#include "gateway/response/gunzip.hpp"
#include "gateway/response/page_scan.hpp"
#include "gateway/routing/query_id.hpp"
#include "gateway/routing/selection.hpp"

#include <optional>
#include <string>
#include <vector>

namespace xtn::gateway {

class Session {
  public:
    Session(Worker &worker, Socket socket, std::string peer, Surface surface);
    ~Session();
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;

    static Task<> serve(std::shared_ptr<Session> self);

    // All on the worker's thread.
    void sweep(TimePoint now);
    void drain(); // close when idle, else after the exchange
    void abort(); // close as soon as possible

  private:
    // A client that closes its sending side may still want its answer, one that is gone does not: after this long it is taken for
    // gone.
    static constexpr std::chrono::milliseconds half_close_grace{1000};

    enum class Phase : std::uint8_t {
        busy,
        idle,
        reading_head,
        reading_body,
        writing,
        connecting,
        sending,
        waiting,
        relaying,
        pausing,
        lingering
    };
    enum class Got : std::uint8_t { request, bad_request, nothing };

    // How one attempt at one coordinator ended.
    enum class Attempt : std::uint8_t {
        delivered,     // the client has its answer (or is gone): nothing more to do
        unreachable,   // no connection, nothing was sent
        died,          // closed or reset before the end of the answer's header block
        malformed,     // not HTTP
        timed_out,     // no answer in time
        empty_page,    // an empty 200 where a page belongs: the coordinator is stopping
        worth_a_retry, // 502, 503 or 504 for a result page
        client_fault   // the client's body is malformed or too slow
    };
    enum class Sent : std::uint8_t { done, upstream_failed, client_fault };

    struct Exchange {
        RequestHead head;
        TimePoint started{};
        std::shared_ptr<const RoutingTable> table;
        RouteChoice choice;
        const BackendEntry *backend = nullptr;
        CircuitBreaker::Permit permit;
        std::string_view query_id;  // of the path; empty: a new query
        bool statement = false;     // a path of the statement protocol
        bool new_statement = false; // POST /v1/statement
        bool plain_answer = false;  // ask the coordinator not to compress: the answer must be read, and is small
        bool retry_errors = false;  // this attempt's 502, 503, 504 are not passed on
        BodyProgress body;
        std::string_view body_start; // what came with the head
        bool body_sent = false;      // the coordinator has all of it
        bool body_touched = false;   // more was taken from the client than is kept: cannot be sent again
        std::size_t body_kept = 0;   // bytes of the body at the front of relay_ that were sent once, and could be once more
        bool continued = false;      // the client was told to go on with its body
        bool elsewhere = false;      // another backend could take it, should this one not answer
        bool keep = true;            // the client connection may be used again
        bool answered = false;       // at least one byte of an answer went out
        ResponseHead answer;
        int status = 0;
        std::uint64_t bytes_out = 0;
        std::chrono::milliseconds wait{0}; // before it was sent on
        std::string_view note;
        std::string learned_id;    // of the answer
        std::string upstream_path; // path and query, where they differ from what the client sent; else empty
    };

    // --- session.cpp
    Task<> run();
    Task<Got> read_request();
    class SocketWait;
    SocketWait wait_for(Socket &socket, Socket::Direction direction, Phase phase, TimePoint deadline);
    Task<bool> wait_client(Socket::Direction direction, Phase phase, std::chrono::milliseconds at_most);
    Task<bool> pause(TimePoint until); // true: the time is over; false: woken or ended
    Task<bool> send_to_client(Gather &pieces);
    Task<> linger();
    void cancel_waits();
    void reset_client(); // closes so that the client cannot take a cut-off answer for a whole one
    void finish_exchange();
    bool over() const { return aborted_ || client_gone_; }
    TimePoint now() const { return worker_.reactor().now(); }

    // --- session_local.cpp
    Task<> handle();
    Task<> refuse_request();
    Task<> answer(int status, std::string_view type, std::string_view body, std::string_view extra_lines = {});
    Task<> answer_error(int status, std::string_view text, std::string_view extra_lines = {});
    Task<> answer_metrics();
    Task<> answer_redirect(std::string location);
    Task<> answer_no_backend();
    Task<> answer_client_fault();
    Task<> answer_resuming(const BackendEntry &candidate);
    Task<> answer_lost_query(std::string_view why);
    std::optional<std::string> cleaned_path() const;
    void record_refusal(int status, std::string_view reason);

    // --- session_proxy.cpp
    Task<> proxy();
    Task<> proxy_new_query();
    Task<> proxy_follow_up();
    Task<const BackendEntry *> locate_follow_up(bool &complete);
    Task<FollowUpAnswer> ask_around();
    Task<Attempt> attempt();
    Task<bool> connect();
    Task<std::vector<Endpoint4or6>> resolve(const Endpoint &endpoint);
    bool repeatable() const;
    bool goes_elsewhere(Attempt result) const;
    CircuitBreaker::Outcome outcome_of(Attempt attempt) const;

    // --- session_ui.cpp
    Task<> proxy_ui(std::string_view path);

    // --- session_send.cpp
    void build_upstream_head();
    Task<Sent> send_request();
    Task<Sent> relay_request_body();
    Task<bool> send_upstream(Gather &pieces);

    // --- session_deliver.cpp
    Task<Attempt> receive();
    Task<bool> read_upstream(Phase phase, std::chrono::milliseconds at_most, Io &status);
    Task<Attempt> deliver();
    void look(std::string_view payload); // into an answer's body, as far as it is worth it
    Task<bool> settle_scan(BodyProgress &body, std::size_t &used);
    void build_client_head(std::optional<std::int64_t> length_change);

    // --- session_observe.cpp
    void learn_from_answer();
    void observe_answer();
    void observe_end(QueryState state, std::string_view id);
    void record_routed();

    Worker &worker_;
    Shared &shared_;
    const Surface surface_;
    Socket client_;
    std::string peer_;
    ByteQueue in_;     // from the client
    ByteQueue relay_;  // a request body on its way
    ByteQueue answer_; // from the coordinator
    std::unique_ptr<UpstreamConnection> upstream_;
    Socket *connecting_ = nullptr;
    Alarm alarm_;
    Exchange x_;
    PageScan scan_;
    bool scanning_ = false;
    std::unique_ptr<Gunzip> unpack_; // of a body that is scanned and compressed
    std::string out_;                // header block being written

    Phase phase_ = Phase::busy;
    TimePoint deadline_ = TimePoint::max();
    TimePoint next_look_ = TimePoint::max(); // when the sweep looks whether the client is still there
    bool expired_ = false;
    bool aborted_ = false;
    bool client_gone_ = false;
    bool counted_ = false; // in shared_.exchanges
};

// A wait with a phase and a deadline. True: the socket is ready; false: the deadline passed, the client left, or the session
// ends.
class Session::SocketWait {
  public:
    SocketWait(Session &session, Socket &socket, Socket::Direction direction)
        : session_(session), wait_(socket.wait(direction)) {}
    bool await_ready() noexcept { return session_.over() || wait_.await_ready(); }
    void await_suspend(std::coroutine_handle<> task) noexcept { wait_.await_suspend(task); }
    bool await_resume() noexcept {
        const bool ready = wait_.await_resume();
        session_.phase_ = Phase::busy;
        session_.deadline_ = TimePoint::max();
        // Expired beats ready: the deadline may be what made the socket speak.
        return ready && !session_.expired_ && !session_.over();
    }

  private:
    Session &session_;
    Socket::Wait wait_;
};

inline Session::SocketWait Session::wait_for(Socket &socket, Socket::Direction direction, Phase phase, TimePoint deadline) {
    phase_ = phase;
    deadline_ = deadline;
    expired_ = false;
    const bool unattended = phase == Phase::waiting || phase == Phase::sending;
    next_look_ = unattended ? now() + half_close_grace : TimePoint::max();
    return {*this, socket, direction};
}

} // namespace xtn::gateway
