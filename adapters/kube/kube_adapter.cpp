#include "adapters/kube/kube_adapter.hpp"

#include "adapters/kube/ingest/ledger.hpp"
#include "adapters/kube/kube_works.hpp"
#include "kubeclient/transport.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <thread>
#include <utility>

namespace xtn {
namespace asio = boost::asio;

// `thread` runs `io` until every task of `works` has ended.
struct KubeAdapter::Impl {
    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
    std::unique_ptr<KubeWorks> works;
    std::thread thread;
    bool stopped = false;
};

KubeAdapter::KubeAdapter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Engine::Snapshots::Beside KubeAdapter::kept_beside() {
    return {ingest::Ledger::kept_as(), [] { return std::make_unique<ingest::Ledger>(); }};
}

Result<std::unique_ptr<KubeAdapter>> KubeAdapter::start(Options options) {
    auto impl = std::make_unique<Impl>();
    const auto executor = impl->io.get_executor();
    KubeWorks::Options o;
    o.transport = kube::http_transport(executor, kube::Client::http_options(options.config));
    o.config = std::move(options.config);
    o.engine = options.engine;
    o.log = options.log;
    o.redaction = options.redaction;
    o.namespaces = std::move(options.namespaces);
    o.routes_namespace = std::move(options.routes_namespace);
    o.field_manager = std::move(options.field_manager);
    o.pause_points = std::move(options.pause_points);
    auto works = KubeWorks::start(executor, std::move(o));
    if (!works.ok()) return std::move(works).error();
    impl->works = std::move(*works);
    impl->thread = std::thread([raw = impl.get()] { raw->io.run(); });
    return std::unique_ptr<KubeAdapter>(new KubeAdapter(std::move(impl)));
}

void KubeAdapter::stop() {
    if (std::exchange(impl_->stopped, true)) return;
    impl_->works->close_mailbox();
    asio::post(impl_->io, [raw = impl_.get()] {
        raw->works->cancel(); // then nothing keeps the loop running
        raw->work.reset();
    });
    if (impl_->thread.joinable()) impl_->thread.join();
}

KubeAdapter::~KubeAdapter() {
    stop();
}

} // namespace xtn
