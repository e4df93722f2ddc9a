#include "adapters/kube/kube_works.hpp"

#include "core/base/logging.hpp"
#include "core/engine/replay.hpp"
#include "projections/world.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <exception>
#include <span>
#include <utility>

namespace xtn {
namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// How long start() waits for the first look at the engine's state.
constexpr auto first_look = 10s;

// An exception that leaves a task is a broken invariant: better to end than to run on half.
[[noreturn]] void broken(const std::string &name, const std::string &what) {
    Logger("kube").error("task {} ended by an exception: {}", name, what);
    std::terminate();
}

} // namespace

KubeWorks::KubeWorks(asio::any_io_executor executor, Options options)
    : options_(std::move(options)), executor_(std::move(executor)),
      tasks_(executor_, options_.on_failure ? options_.on_failure : kube::TaskGroup::OnFailure(broken)),
      client_(std::move(options_.transport), options_.config), recorder_(*options_.engine, ledger_, options_.pause_points),
      redactor_(*options_.redaction), drift_(options_.field_manager), act_context_(make_act_context()),
      actor_(tasks_, act_context_, actor_options()), routes_(tasks_, act_context_, routes_options()),
      events_(tasks_, client_, options_.field_manager, options_.pause_points),
      mailbox_(std::make_shared<act::Mailbox>([this] { asio::post(executor_, [this] { open_mail(); }); })),
      ingest_(client_, feed_context(), options_.namespaces) {}

KubeWorks::~KubeWorks() {
    close_mailbox();
}

act::ActContext KubeWorks::make_act_context() {
    act::ActContext c;
    c.client = &client_;
    c.discovery = &discovery_;
    c.log = options_.log;
    c.recorder = &recorder_;
    c.ledger = &ledger_;
    c.seen = &seen_;
    c.hidden = &hidden_;
    c.own = &own_;
    c.field_manager = options_.field_manager;
    c.pause_points = options_.pause_points;
    return c;
}

act::Actor::Options KubeWorks::actor_options() const {
    act::Actor::Options o;
    o.random = options_.random;
    return o;
}

act::RoutesConfigMap::Options KubeWorks::routes_options() const {
    act::RoutesConfigMap::Options o;
    o.ns = options_.routes_namespace;
    o.term = options_.engine->epoch();
    o.random = options_.random;
    return o;
}

ingest::FeedContext KubeWorks::feed_context() {
    ingest::FeedContext c;
    c.tasks = &tasks_;
    c.recorder = &recorder_;
    c.ledger = &ledger_;
    c.redactor = &redactor_;
    c.own = &own_;
    c.seen = &seen_;
    c.drift = &drift_;
    c.hidden = &hidden_;
    c.on_runtime_seen = [this](const RuntimeId &id) { actor_.poke(id); };
    c.on_unowned_seen = [this](const kube::Object &object) { routes_.seen(object); };
    c.on_unowned_gone = [this](std::string_view kind, const kube::ObjectKey &key) { routes_.gone(kind, key); };
    return c;
}

// What became durable since the last look, on the adapter's thread.
void KubeWorks::open_mail() {
    auto mail = mailbox_->take();
    for (auto &[id, news] : mail.runtimes)
        actor_.update(id, std::move(news.view), news.echoes);
    if (mail.routes) routes_.want(*mail.routes, mail.routes_cause);
    for (auto &[event, uid] : mail.events)
        if (!uid.empty()) events_.tell(std::move(event), std::move(uid));
}

Result<std::unique_ptr<KubeWorks>> KubeWorks::start(asio::any_io_executor executor, Options options) {
    if (!options.engine || !options.redaction || !options.transport)
        return make_error(Code::invalid_argument, "the Kubernetes adapter needs an engine, a redaction key and a transport");
    std::unique_ptr<KubeWorks> works(new KubeWorks(std::move(executor), std::move(options)));
    const auto &given = works->options_;
    if (given.log) {
        // What the log knows already is not news, and what it believes to exist may be gone.
        const auto read = catch_up(*given.log, works->ledger_, ingest::Ledger::kept_as(), Seq{UINT64_MAX}, Logger("kube"));
        if (!read.ok()) return Error(read.error()).with("reading what was observed before");
        const Logger logger("kube");
        if (read->from.value > 0)
            logger.info("began with the snapshot of what was observed at #{} and {} events behind it", read->from.value,
                        read->events);
        else
            logger.info("what was observed before was read from {} events", read->events);
    }
    bool is_world = false;
    const auto look = [&](const Machine &machine, Seq) {
        const auto *world = dynamic_cast<const World *>(&machine);
        is_world = world != nullptr;
        if (world) works->mailbox_->deliver(*world, {});
    };
    // Subscribe first, look then: nothing falls in between.
    given.engine->subscribe("kube",
                            [weak = std::weak_ptr(works->mailbox_)](const Machine &machine, std::span<const Event> events) {
                                const auto box = weak.lock();
                                const auto *world = dynamic_cast<const World *>(&machine);
                                if (box && world) box->deliver(*world, events);
                            });
    if (const auto asked = given.engine->ask(look, Deadline::after(first_look)); !asked.ok())
        return Error(asked.error()).with("the Kubernetes adapter's first look at the state");
    if (!is_world) return make_error(Code::invalid_argument, "the engine's machine is not a World");
    kube::ListWatchOptions watches;
    watches.random = given.random;
    works->ingest_.start(works->tasks_, watches);
    return works;
}

void KubeWorks::close_mailbox() {
    mailbox_->close();
}

void KubeWorks::cancel() {
    tasks_.cancel();
}

} // namespace xtn
