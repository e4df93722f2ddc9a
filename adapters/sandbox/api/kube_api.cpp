#include "adapters/sandbox/api/kube_api.hpp"

#include "adapters/sandbox/api/collector.hpp"
#include "adapters/sandbox/api/http_api.hpp"
#include "adapters/sandbox/api/in_process.hpp"
#include "adapters/sandbox/api/json_text.hpp"
#include "adapters/sandbox/objects/metadata.hpp"
#include "core/base/hex.hpp"
#include "core/model/yaml.hpp"

#include <boost/json/string.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <random>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;

std::string random_token() {
    std::random_device device; // the kernel's generator
    std::string bytes;
    for (int i = 0; i < 8; ++i) {
        const std::uint32_t word = device();
        for (int shift = 0; shift < 32; shift += 8)
            bytes += static_cast<char>(word >> shift & 0xff);
    }
    return to_hex(bytes);
}

// The token kept in the folder, made at the first start. Mode 0600.
Result<std::string> kept_token(const std::filesystem::path &directory) {
    const auto file = directory / "token";
    if (std::ifstream in(file); in) {
        std::string token;
        in >> token;
        if (!token.empty()) return token;
    }
    const auto token = random_token();
    const int fd = ::open(file.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) return make_error(Code::unavailable, file.string() + " cannot be written");
    const std::string line = token + "\n";
    const bool written = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    ::close(fd);
    if (!written) return make_error(Code::unavailable, file.string() + " cannot be written");
    return token;
}

std::string failure_text(const ApiFailure &failure) {
    const auto *message = failure.status.if_contains("message");
    return message && message->is_string() ? std::string(std::string_view(message->get_string()))
                                           : fmt::format("HTTP {}", failure.code);
}

} // namespace

struct KubeApi::Impl {
    Options options;
    std::unique_ptr<Store> store;
    Registry registry;
    std::unique_ptr<Machinery> machinery;
    std::unique_ptr<WatchHub> hub;
    std::unique_ptr<InProcess> in_process;
    std::unique_ptr<Collector> collector;
    std::unique_ptr<HttpApi> http;
    std::unique_ptr<netkit::Server> server;
    bool stopped = false;

    // Definitions that were stored by an earlier run.
    Status load_definitions() {
        const auto listed = store->list("apiextensions.k8s.io/customresourcedefinitions", "");
        for (const auto &crd : listed->objects)
            if (auto installed = registry.install(*crd); !installed.ok())
                return std::move(installed).error().with(objects::name_of(*crd));
        return ok();
    }

    // Server-side apply, so that a definition changed by a newer program takes effect and a user's additions stay.
    Status install(const json::value &manifest) {
        const auto kind = registry.find("apiextensions.k8s.io", "v1", "customresourcedefinitions");
        const auto *object = manifest.if_object();
        if (!kind || !object) return make_error(Code::invalid_argument, "not a CustomResourceDefinition");
        Call call{.manager = "xtrinode-sandbox", .dry_run = false, .validation = FieldValidation::ignore, .warnings = {}};
        Body body;
        body.value = manifest;
        const Target target{.kind = kind, .ns = "", .name = std::string(objects::name_of(*object)), .subresource = ""};
        auto done = machinery->patch(target, PatchType::apply, std::move(body), true, call);
        if (const auto *failed = std::get_if<ApiFailure>(&done))
            return make_error(Code::invalid_argument,
                              fmt::format("CustomResourceDefinition {}: {}", target.name, failure_text(*failed)));
        return ok();
    }

    Status provide_namespace(std::string_view name) {
        const auto kind = registry.find("", "v1", "namespaces");
        if (!kind) return make_error(Code::internal, "no kind Namespace");
        Call call{.manager = "kube-apiserver", .dry_run = false, .validation = FieldValidation::ignore, .warnings = {}};
        Body body;
        body.value = json::object{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}};
        auto done = machinery->create(Target{.kind = kind, .ns = "", .name = "", .subresource = ""}, std::move(body), call);
        if (const auto *failed = std::get_if<ApiFailure>(&done); failed && failed->code != 409)
            return make_error(Code::internal, fmt::format("namespace {}: {}", name, failure_text(*failed)));
        return ok();
    }

    Status prepare() {
        if (auto loaded = load_definitions(); !loaded.ok()) return loaded;
        for (const auto &text : options.crd_manifests) {
            auto documents = yaml_documents(text);
            if (!documents.ok()) return std::move(documents).error();
            for (auto &document : *documents) {
                normalise_numbers(document);
                if (auto installed = install(document); !installed.ok()) return installed;
            }
        }
        for (const auto *name : {"default", "kube-system"})
            if (auto provided = provide_namespace(name); !provided.ok()) return provided;
        return ok();
    }
};

Result<std::unique_ptr<KubeApi>> KubeApi::start(Options options) {
    auto impl = std::make_unique<Impl>();
    impl->options = std::move(options);
    auto &given = impl->options;
    const auto objects_folder = given.directory.empty() ? std::filesystem::path() : given.directory / "objects";
    auto store = Store::open({.directory = objects_folder, .history = given.history});
    if (!store.ok()) return std::move(store).error();
    impl->store = std::move(*store);
    if (given.token.empty()) {
        auto token = given.directory.empty() ? Result<std::string>(random_token()) : kept_token(given.directory);
        if (!token.ok()) return std::move(token).error();
        given.token = std::move(*token);
    }
    impl->machinery = std::make_unique<Machinery>(*impl->store, impl->registry);
    if (auto prepared = impl->prepare(); !prepared.ok()) return std::move(prepared).error();
    impl->hub = std::make_unique<WatchHub>(*impl->store);
    impl->in_process = std::make_unique<InProcess>(*impl->store, impl->registry, *impl->machinery);
    impl->collector = std::make_unique<Collector>(*impl->store, impl->registry, *impl->machinery);
    impl->http = std::make_unique<HttpApi>(HttpApi::Options{given.token, given.version}, *impl->store, impl->registry,
                                           *impl->machinery, *impl->hub);
    netkit::Server::Options server_options;
    server_options.threads = 2;
    auto server =
        netkit::Server::start(given.listen, server_options,
                              [http = impl->http.get()](std::shared_ptr<netkit::Exchange> exchange) { http->handle(exchange); });
    if (!server.ok()) return std::move(server).error().with("sandbox Kubernetes API");
    impl->server = std::move(*server);
    impl->hub->start();
    impl->in_process->start();
    impl->collector->start();
    auto api = std::unique_ptr<KubeApi>(new KubeApi(std::move(impl)));
    api->set_faults(api->impl_->options.faults);
    return api;
}

KubeApi::KubeApi(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KubeApi::~KubeApi() {
    stop();
}

std::string KubeApi::url() const {
    return "http://" + impl_->server->address();
}

std::string KubeApi::kubeconfig() const {
    return fmt::format(R"(apiVersion: v1
kind: Config
current-context: sandbox
clusters:
- name: sandbox
  cluster:
    server: http://sandbox-admin:{}@{}
contexts:
- name: sandbox
  context:
    cluster: sandbox
    user: sandbox-admin
    namespace: default
users:
- name: sandbox-admin
  user:
    token: {}
)",
                       impl_->options.token, impl_->server->address(), impl_->options.token);
}

Cluster &KubeApi::cluster() {
    return *impl_->in_process;
}

void KubeApi::compact() {
    impl_->store->compact();
}

void KubeApi::set_faults(const Faults &faults) {
    impl_->store->compact_every(faults.compact_every);
    impl_->machinery->set_faults(faults);
    impl_->hub->set_faults(faults);
    impl_->http->set_faults(faults);
}

void KubeApi::stop() {
    if (impl_->stopped) return;
    impl_->stopped = true;
    impl_->collector->stop();
    impl_->in_process->stop();
    impl_->hub->stop();
    impl_->server->stop();
}

} // namespace xtn::sandbox
