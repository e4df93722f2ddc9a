#include "test/sim/simulation.hpp"

#include "core/base/probe.hpp"
#include "core/event/catalogue.hpp"
#include "core/event/printer.hpp"
#include "test/sim/plane.hpp"
#include "test/sim/users.hpp"

#include <fmt/format.h>

#include <deque>
#include <memory>
#include <stdexcept>
#include <utility>

namespace xtn::simulation {
using namespace std::chrono_literals;

namespace {

constexpr Duration quiet_for = 20min; // longer than any back-off, drain window or wake window
constexpr std::uint64_t most_steps = 400000;

class Run {
  public:
    Run(const Script &script, const RunOptions &options);
    Outcome run();

  private:
    void live();
    void rest();
    void come_to_rest();
    void edit_again();
    void act(const Action &action);
    void die(bool keep);
    void start_plane();
    bool may_crash(std::string_view point);
    void report(int target, std::int64_t running);
    void flush_reports();

    void on_durable(const std::vector<Event> &events);
    void on_send(const netkit::Request &request);
    void on_change(const sandbox::StoredChange &change, ApiServer::Writer writer);
    void violated(std::string_view predicate, std::string message);
    bool over() const { return outcome_.violation.has_value(); }

    const Script &script_;
    const RunOptions &options_;
    Outcome outcome_;
    ProbeSet probes_;
    EventLoop loop_;
    Choices choices_;
    MemoryLog log_;
    RedactionKey key_ = std::move(*RedactionKey::from_bytes("the key of the simulation"));
    Facts facts_;
    std::unique_ptr<ApiServer> server_;
    std::unique_ptr<Users> users_;
    std::unique_ptr<Plane> plane_;
    bool dying_ = false;
    bool starting_ = false;
    std::deque<EventDraft> reports_; // of the gateway, not yet taken
    std::set<int> busy_;
    Duration last_activity_{0};
};

std::uint64_t chance_of(std::uint64_t seed, Broken broken) {
    static std::uint64_t runs = 0;
    return broken == Broken::true_randomness ? seed + ++runs * 1'000'003 : seed;
}

Run::Run(const Script &script, const RunOptions &options)
    : script_(script), options_(options), choices_(chance_of(script.seed, options.broken)),
      log_("00000000000000000000000000000001", options.broken) {
    note_probes(&probes_);
    if (script.faults) choices_.only(*script.faults);
    if (script.calm_schedule) choices_.calm_schedule();
    ApiServer::Context context;
    context.loop = &loop_;
    context.choices = &choices_;
    context.broken = options.broken;
    context.on_send = [this](const netkit::Request &request) { on_send(request); };
    context.on_change = [this](const sandbox::StoredChange &change, ApiServer::Writer writer) { on_change(change, writer); };
    context.may_crash = [this](std::string_view point) { return may_crash(point); };
    server_ = std::make_unique<ApiServer>(std::move(context));
    facts_.server = server_.get();
    facts_.log = &log_;
    users_ = std::make_unique<Users>(*server_);
}

void Run::violated(std::string_view predicate, std::string message) {
    if (over()) return; // the first is the one that counts
    outcome_.violation = Violation{std::string(predicate), std::move(message), loop_.now()};
}

// ---- what is watched ----

void Run::on_durable(const std::vector<Event> &events) {
    for (const auto &event : events) {
        for (const auto &predicate : event_predicates())
            if (auto found = predicate.check(facts_, event)) violated(predicate.name, std::move(*found));
        facts_.note(event);
        outcome_.reached.insert("event " + std::string(event.name()));
        ++outcome_.events;
        if (options_.keep_events > 0) {
            auto &kept = outcome_.last_events;
            if (kept.size() >= options_.keep_events) kept.erase(kept.begin());
            kept.push_back(print_line(event));
        }
    }
    last_activity_ = loop_.now();
}

void Run::on_send(const netkit::Request &request) {
    ++outcome_.requests;
    last_activity_ = loop_.now();
    for (const auto &predicate : request_predicates())
        if (auto found = predicate.check(facts_, {request})) violated(predicate.name, std::move(*found));
    facts_.note(request);
    if (request.path().ends_with("/trino-gateway-routes"))
        if (const auto version = table_version(request)) facts_.table_sent = *version;
}

void Run::on_change(const sandbox::StoredChange &change, ApiServer::Writer writer) {
    last_activity_ = loop_.now();
    const SeenChange seen{change, writer};
    for (const auto &predicate : change_predicates())
        if (auto found = predicate.check(facts_, seen)) violated(predicate.name, std::move(*found));
    facts_.note(seen);
}

// ---- life and death ----

void Run::start_plane() {
    starting_ = false;
    const auto head = log_.head(Stream::control);
    if (head.seq < facts_.last_seq)
        violated("acknowledged_is_never_lost",
                 fmt::format("the log starts at #{}, and #{} was acknowledged", head.seq.value, facts_.last_seq.value));
    // What reached the disk in the last moment, although nobody was told.
    if (head.seq > facts_.last_seq) {
        std::vector<Event> late;
        (void)log_.scan(Stream::control, facts_.last_seq.next(), [&](const Event &event) {
            late.push_back(event);
            return true;
        });
        on_durable(late);
    }
    if (over()) return;
    ++outcome_.lives;
    Plane::Context context;
    context.engine.loop = &loop_;
    context.engine.choices = &choices_;
    context.engine.log = &log_;
    context.engine.broken = options_.broken;
    context.engine.on_durable = [this](const std::vector<Event> &events) { on_durable(events); };
    context.engine.may_crash = [this](std::string_view point) { return may_crash(point); };
    context.engine.broken_invariant = [this](std::string what) { violated("no_broken_invariant", std::move(what)); };
    context.server = server_.get();
    context.key = &key_;
    plane_ = Plane::start(std::move(context));
    flush_reports();
}

bool Run::may_crash(std::string_view point) {
    if (dying_ || !plane_) return dying_;
    if (!choices_.fault("kill: " + std::string(point), 2)) return false;
    die(choices_.pick("kill: on disk all the same", 2) == 0);
    return true;
}

// Nothing of it runs any more; it is taken apart once its own call has returned.
void Run::die(bool keep) {
    if (!plane_ || dying_) return;
    dying_ = true;
    plane_->freeze();
    loop_.after(0s, [this, keep] {
        plane_.reset();
        dying_ = false;
        log_.crash(keep);
        if (options_.broken == Broken::lose_a_batch) log_.lose_last();
        starting_ = true;
        loop_.after(choices_.latency("kill: down for", 200ms, 90s), [this] { start_plane(); });
    });
}

// ---- gateways ----

void Run::report(int target, std::int64_t running) {
    EventDraft draft;
    draft.type = type_of("activity.observed");
    draft.subject = Subject::runtime({ns_of(target), name_of(target)});
    draft.source = "gateway/g1";
    draft.payload = {{"gateway", "g1"}, {"running", running}, {"queued", 0}};
    reports_.push_back(std::move(draft));
    flush_reports();
}

// A gateway sends again until it is told that its records are taken.
void Run::flush_reports() {
    while (!reports_.empty() && plane_ && !dying_) {
        std::vector<EventDraft> drafts(1, reports_.front());
        if (!plane_->engine().submit("gateway", std::move(drafts), {}, Engine::Priority::observation)) {
            loop_.after(1s, [this] { flush_reports(); });
            return;
        }
        reports_.pop_front();
    }
}

// ---- the plan ----

void Run::act(const Action &action) {
    outcome_.reached.insert("action " + std::string(act_name(action.act)));
    switch (action.act) {
    case Act::busy:
        if (facts_.durable->runtime({ns_of(action.target), name_of(action.target)})) {
            busy_.insert(action.target);
            report(action.target, 1 + action.amount % 4);
        }
        break;
    case Act::idle:
        if (busy_.erase(action.target) > 0) report(action.target, 0);
        break;
    case Act::gap: {
        EventDraft draft;
        draft.type = type_of("observation.gap");
        draft.subject = Subject{"gateway/g1"};
        draft.source = "gateway/g1";
        draft.payload = {
            {"gateway", "g1"}, {"from_sequence", 1 + action.amount}, {"to_sequence", 2 + action.amount}, {"reason", "overflow"}};
        reports_.push_back(std::move(draft));
        flush_reports();
        break;
    }
    case Act::kill:
        die(false);
        break;
    case Act::kill_synced:
        die(true);
        break;
    case Act::restart:
        if (!plane_ || dying_) break;
        plane_->stop_adapters();
        loop_.after(1s, [this] { die(true); });
        break;
    case Act::clock_forward:
        loop_.shift_wall_clock(std::chrono::seconds(1 + action.amount));
        break;
    case Act::clock_back:
        loop_.shift_wall_clock(-std::chrono::milliseconds(1 + action.amount * 200));
        break;
    default:
        users_->act(action);
    }
}

void Run::live() {
    start_plane();
    for (const auto &action : script_.plan)
        loop_.after(action.at, [this, &action] { act(action); });
    const Duration end = (script_.plan.empty() ? Duration(0) : script_.plan.back().at) + 30s;
    while (!over() && loop_.step(end)) {
        if (loop_.steps() > most_steps)
            return violated("converges_after_faults_stop", "too many steps: something goes in circles");
    }
}

void Run::rest() {
    choices_.calm_down();
    for (const int target : std::exchange(busy_, {}))
        report(target, 0);
    last_activity_ = loop_.now();
    if (options_.broken == Broken::endless_edits) edit_again();
    come_to_rest();
    // Once more without what stands in the way of ours.
    if (over() || !users_->take_all_others()) return;
    last_activity_ = loop_.now();
    come_to_rest();
}

void Run::come_to_rest() {
    const auto give_up = loop_.now() + options_.patience;
    while (!over() && loop_.now() < give_up && loop_.step(last_activity_ + quiet_for))
        if (loop_.steps() > most_steps) break;
    if (over()) return;
    if (!plane_) return violated("converges_after_faults_stop", "the control plane does not run");
    const bool quiet = loop_.now() < give_up && loop_.steps() <= most_steps;
    if (options_.broken == Broken::stray_pod) users_->leave_stray_pods();
    const AtRest at_rest{plane_->world()};
    for (const auto &predicate : rest_predicates()) {
        if (auto found = predicate.check(facts_, at_rest))
            return violated(quiet ? predicate.name : "converges_after_faults_stop",
                            std::string(predicate.name) + ": " + std::move(*found));
    }
    if (!quiet)
        violated("idle_writes_nothing",
                 fmt::format("all is well, and yet something is written again and again ({} events, {} writes)", outcome_.events,
                             outcome_.requests));
}

void Run::edit_again() {
    loop_.after(10min, [this] {
        users_->act({loop_.now(), Act::edit_config, 0, static_cast<int>(loop_.steps() % 1000)});
        edit_again();
    });
}

Outcome Run::run() {
    try {
        live();
        if (!over()) rest();
    } catch (const std::logic_error &e) {
        violated("no_broken_invariant", e.what());
    }
    outcome_.chain = log_.chain();
    outcome_.steps = loop_.steps();
    outcome_.lasted = loop_.now();
    outcome_.faults = choices_.fired();
    for (const auto &fault : outcome_.faults)
        outcome_.reached.insert("fault " + fault.point);
    for (std::size_t i = 0; i < probes_.size(); ++i)
        if (probes_.test(i)) outcome_.reached.insert("mark " + std::string(probe_names[i]));
    note_probes(nullptr);
    loop_.drive(nullptr);
    plane_.reset();
    return std::move(outcome_);
}

} // namespace

Script script_of(std::uint64_t seed) {
    return {seed, draw_plan(seed), std::nullopt, false};
}

Outcome run(const Script &script, const RunOptions &options) {
    return Run(script, options).run();
}

} // namespace xtn::simulation
