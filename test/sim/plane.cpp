#include "test/sim/plane.hpp"

#include "core/event/catalogue.hpp"

#include <stdexcept>

namespace xtn::simulation {
using namespace std::chrono_literals;
namespace json = boost::json;

std::unique_ptr<Plane> Plane::start(Context context) {
    std::unique_ptr<Plane> plane(new Plane(std::move(context)));
    auto &c = plane->context_;
    c.engine.loop->drive(plane->io_.get());
    plane->world_ = World::create();
    c.engine.machine = plane->world_.get();
    auto engine = StepEngine::start(c.engine);
    if (!engine.ok()) throw std::logic_error("the engine does not start: " + engine.error().message);
    plane->engine_ = std::move(*engine);
    plane->announce();
    plane->start_clock();
    KubeWorks::Options options;
    options.config.server.host = "simulation";
    options.config.token = api_token;
    options.transport = c.server->connect(plane->io_->get_executor());
    options.engine = plane->engine_.get();
    options.log = c.engine.log;
    options.redaction = c.key;
    options.random = [choices = c.engine.choices] { return choices->unit("adapter: random"); };
    options.on_failure = [broken = c.engine.broken_invariant](const std::string &name, const std::string &what) {
        broken("task " + name + " ended by an exception: " + what);
    };
    auto works = KubeWorks::start(plane->io_->get_executor(), std::move(options));
    if (!works.ok()) throw std::logic_error("the adapter does not start: " + works.error().message);
    plane->works_ = std::move(*works);
    return plane;
}

// As cli/control_plane.cpp does.
void Plane::announce() {
    const auto draft = [](std::string_view type, json::object payload) {
        EventDraft d;
        d.type = type_of(type);
        d.subject = Subject::cluster();
        d.source = "cli";
        d.payload = std::move(payload);
        return d;
    };
    std::vector<EventDraft> drafts;
    drafts.push_back(
        draft("leader.elected",
              {{"holder", "simulation"}, {"process_id", 1}, {"epoch", static_cast<std::int64_t>(engine_->epoch().value)}}));
    drafts.push_back(draft("config.effective", {{"operator_version", "0.1.0"},
                                                {"binary_version", "simulation"},
                                                {"drain_window_ms", 60000},
                                                {"flags", json::object()}}));
    auto durable = engine_->submit_and_wait("cli", std::move(drafts), Deadline::never());
    if (!durable.ok()) throw std::logic_error("recording the start: " + durable.error().message);
}

void Plane::start_clock() {
    engine_->subscribe("clock", [this](const Machine &machine, std::span<const Event>) {
        deadlines_.set_due(machine.next_deadline());
        look_at_the_clock();
    });
}

void Plane::look_at_the_clock() {
    auto step = deadlines_.look(Timestamp::now());
    const auto number = ++look_;
    std::optional<Duration> again;
    if (step.announce) {
        deadlines_.told();
        again = Duration(1us);
    } else if (step.pause) {
        again = *step.pause;
    }
    auto later = [this, alive = alive_, number, announce = std::move(step.announce)]() mutable {
        if (!*alive || number != look_) return;
        if (announce) {
            std::vector<EventDraft> drafts;
            drafts.push_back(std::move(*announce));
            engine_->submit("clock", std::move(drafts), {}, Engine::Priority::decision);
        }
        look_at_the_clock();
    };
    if (again) context_.engine.loop->after(*again, std::move(later));
}

void Plane::freeze() {
    *alive_ = false;
    if (engine_) engine_->kill();
    context_.engine.loop->drive(nullptr);
}

void Plane::stop_adapters() {
    works_->close_mailbox();
    works_->cancel();
    context_.engine.loop->settle();
}

Plane::~Plane() {
    freeze();
    io_.reset(); // with every coroutine that waits
    works_.reset();
    engine_.reset();
}

} // namespace xtn::simulation
