#include "kubeclient/list_watch_driver.hpp"

#include "netkit/task.hpp"

namespace kube {
namespace asio = boost::asio;

namespace {

// Carries out one command after the other; owns the open watch.
class Driver {
  public:
    Driver(Client &client, ListWatchTarget target, ListWatchOptions options)
        : client_(client), target_(std::move(target)), options_(std::move(options)) {
        if (!options_.random) options_.random = system_random();
    }

    asio::awaitable<void> run(Known known, ListWatchSink &sink) {
        ListWatchState state;
        state.known = KnownObjects(std::move(known));
        Input input = Begin{};
        for (;;) {
            Step next = step(std::move(state), std::move(input), options_.backoff, options_.random);
            state = std::move(next.state);
            if (!next.notices.empty()) co_await sink.take(std::move(next.notices));
            input = co_await carry_out(std::move(next.command));
            if (auto *arrived = std::get_if<PageArrived>(&input); arrived && arrived->page.continue_token.empty())
                arrived->learned = sink.learned(arrived->page.resource_version);
        }
    }

  private:
    Deadline call_deadline() const { return Deadline::after(options_.call_timeout); }

    asio::awaitable<Input> carry_out(Command command) {
        if (const auto *list = std::get_if<DoList>(&command)) co_return co_await do_list(list->continue_token);
        if (const auto *watch = std::get_if<DoOpenWatch>(&command)) co_return co_await do_open(watch->resource_version);
        if (std::holds_alternative<DoRead>(command)) co_return co_await do_read();
        stream_.reset();
        co_await netkit::sleep_for(std::get<DoWait>(command).duration);
        co_return Input(WaitOver{});
    }

    asio::awaitable<Input> do_list(std::string continue_token) {
        stream_.reset();
        ListOptions options;
        options.label_selector = target_.label_selector;
        options.field_selector = target_.field_selector;
        options.limit = options_.page_size;
        options.continue_token = std::move(continue_token);
        auto page = co_await client_.list(target_.kind, target_.ns, std::move(options), call_deadline());
        if (!page.ok()) co_return Input(CallFailed{page.error()});
        co_return Input(PageArrived{std::move(*page)});
    }

    asio::awaitable<Input> do_open(std::string resource_version) {
        stream_.reset();
        WatchOptions options;
        options.label_selector = target_.label_selector;
        options.field_selector = target_.field_selector;
        options.resource_version = std::move(resource_version);
        options.timeout = options_.watch_timeout;
        auto opened = co_await client_.watch(target_.kind, target_.ns, std::move(options), call_deadline());
        if (!opened.ok()) co_return Input(CallFailed{opened.error()});
        stream_ = std::move(*opened);
        co_return Input(WatchOpened{});
    }

    asio::awaitable<Input> do_read() {
        auto event = co_await stream_->next(Deadline::after(options_.idle_timeout));
        if (!event.ok()) {
            if (event.error().kind == netkit::Code::deadline_exceeded) co_return Input(WatchIdle{});
            co_return Input(CallFailed{event.error()});
        }
        if (!event->has_value()) co_return Input(WatchEnded{});
        co_return Input(WatchDelivered{std::move(**event)});
    }

    Client &client_;
    ListWatchTarget target_;
    ListWatchOptions options_;
    std::unique_ptr<WatchStream> stream_;
};

} // namespace

asio::awaitable<void> run_list_watch(Client &client, ListWatchTarget target, Known known, ListWatchOptions options,
                                     ListWatchSink &sink) {
    Driver driver(client, std::move(target), std::move(options));
    co_await driver.run(std::move(known), sink);
}

} // namespace kube
