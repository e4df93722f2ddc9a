#include "adapters/kube/kube_adapter.hpp"

#include "adapters/kube/act/actor.hpp"
#include "adapters/kube/act/event_writer.hpp"
#include "adapters/kube/act/mailbox.hpp"
#include "adapters/kube/act/routes_config_map.hpp"
#include "adapters/kube/ingest/ingest.hpp"
#include "core/base/logging.hpp"
#include "projections/world.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <span>
#include <thread>
#include <utility>

namespace xtn {
namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// How long start() waits for the first look at the engine's state.
constexpr auto first_look = 10s;

} // namespace

// Everything below lives on one thread: `thread` runs `io` until every task has ended. Only the mailbox is shared with the
// engine.
struct KubeAdapter::Impl {
    Options options;
    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
    kube::TaskGroup tasks;
    kube::Client client;
    kube::Discovery discovery{client};

    ingest::Ledger ledger;
    Recorder recorder;
    Seen seen;
    HiddenValues hidden;
    OwnWrites own;
    ingest::Redactor redactor;
    ingest::DriftWatch drift;

    act::ActContext act_context;
    act::Actor actor;
    act::RoutesConfigMap routes;
    act::EventWriter events;
    std::shared_ptr<act::Mailbox> mailbox; // the engine's subscription holds it weakly
    std::unique_ptr<ingest::Ingest> ingest;
    std::thread thread;
    bool stopped = false;

    explicit Impl(Options o)
        : options(std::move(o)),
          tasks(io.get_executor(), [](const std::string &name, const std::string &what) { broken(name, what); }),
          client(io.get_executor(), options.config), recorder(*options.engine, ledger, options.pause_points),
          redactor(*options.redaction), drift(options.field_manager), act_context(make_act_context()),
          actor(tasks, act_context, act::Actor::Options()), routes(tasks, act_context, routes_options()),
          events(tasks, client, options.field_manager, options.pause_points) {
        mailbox = std::make_shared<act::Mailbox>([this] { asio::post(io, [this] { open_mail(); }); });
        ingest = std::make_unique<ingest::Ingest>(client, feed_context(), options.namespaces);
    }

    // An exception that leaves a task is a broken invariant: better to end than to run on half.
    [[noreturn]] static void broken(const std::string &name, const std::string &what) {
        Logger("kube").error("task {} ended by an exception: {}", name, what);
        std::terminate();
    }

    act::ActContext make_act_context() {
        act::ActContext c;
        c.client = &client;
        c.discovery = &discovery;
        c.log = options.log;
        c.recorder = &recorder;
        c.ledger = &ledger;
        c.seen = &seen;
        c.hidden = &hidden;
        c.own = &own;
        c.field_manager = options.field_manager;
        c.pause_points = options.pause_points;
        return c;
    }
    act::RoutesConfigMap::Options routes_options() const {
        act::RoutesConfigMap::Options o;
        o.ns = options.routes_namespace;
        return o;
    }
    ingest::FeedContext feed_context() {
        ingest::FeedContext c;
        c.recorder = &recorder;
        c.ledger = &ledger;
        c.redactor = &redactor;
        c.own = &own;
        c.seen = &seen;
        c.drift = &drift;
        c.hidden = &hidden;
        c.on_runtime_seen = [this](const RuntimeId &id) { actor.poke(id); };
        c.on_unowned_seen = [this](const kube::Object &object) { routes.seen(object); };
        c.on_unowned_gone = [this](std::string_view kind, const kube::ObjectKey &key) { routes.gone(kind, key); };
        return c;
    }

    // What became durable since the last look, on the adapter's thread.
    void open_mail() {
        auto mail = mailbox->take();
        for (auto &[id, news] : mail.runtimes)
            actor.update(id, std::move(news.view), news.echoes);
        if (mail.routes) routes.want(*mail.routes, mail.routes_cause);
        for (auto &[event, uid] : mail.events)
            if (!uid.empty()) events.tell(std::move(event), std::move(uid));
    }
};

KubeAdapter::KubeAdapter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<KubeAdapter>> KubeAdapter::start(Options options) {
    if (!options.engine || !options.redaction)
        return make_error(Code::invalid_argument, "the Kubernetes adapter needs an engine and a redaction key");
    auto impl = std::make_unique<Impl>(std::move(options));
    const auto &given = impl->options;
    if (given.log) {
        // What the log knows already is not news, and what it believes to exist may be gone.
        const auto read = given.log->scan(Stream::control, Seq{1}, [&impl](const Event &event) {
            impl->ledger.fold(event);
            return true;
        });
        if (!read.ok()) return Error(read.error()).with("reading what was observed before");
    }
    bool is_world = false;
    const auto look = [&](const Machine &machine, Seq) {
        const auto *world = dynamic_cast<const World *>(&machine);
        is_world = world != nullptr;
        if (world) impl->mailbox->deliver(*world, {});
    };
    // Subscribe first, look then: nothing falls in between.
    given.engine->subscribe("kube", [weak = std::weak_ptr(impl->mailbox)](const Machine &machine, std::span<const Event> events) {
        const auto box = weak.lock();
        const auto *world = dynamic_cast<const World *>(&machine);
        if (box && world) box->deliver(*world, events);
    });
    if (const auto asked = given.engine->ask(look, Deadline::after(first_look)); !asked.ok())
        return Error(asked.error()).with("the Kubernetes adapter's first look at the state");
    if (!is_world) return make_error(Code::invalid_argument, "the engine's machine is not a World");
    impl->ingest->start(impl->tasks, kube::ListWatchOptions());
    impl->thread = std::thread([raw = impl.get()] { raw->io.run(); });
    return std::unique_ptr<KubeAdapter>(new KubeAdapter(std::move(impl)));
}

void KubeAdapter::stop() {
    if (std::exchange(impl_->stopped, true)) return;
    impl_->mailbox->close();
    asio::post(impl_->io, [raw = impl_.get()] {
        raw->tasks.cancel(); // every await of every task ends; then nothing keeps the loop running
        raw->work.reset();
    });
    if (impl_->thread.joinable()) impl_->thread.join();
}

KubeAdapter::~KubeAdapter() {
    stop();
}

} // namespace xtn
