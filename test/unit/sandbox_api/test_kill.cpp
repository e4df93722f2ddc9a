#include "test/unit/core/scratch.hpp"

#include "netkit/http_client.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

extern char **environ;

namespace {

// sandbox_api_server as a child process.
class Child {
  public:
    explicit Child(const std::filesystem::path &folder) : kubeconfig_(folder / "kubeconfig") {
        const char *program = std::getenv("XTN_SANDBOX_API_SERVER");
        DOCTEST_REQUIRE(program);
        std::filesystem::remove(kubeconfig_);
        std::string arguments[] = {program, "--kubeconfig", kubeconfig_.string(), "--data", (folder / "data").string()};
        char *argv[6] = {};
        for (std::size_t i = 0; i < 5; ++i)
            argv[i] = arguments[i].data();
        DOCTEST_REQUIRE(posix_spawn(&pid_, program, nullptr, nullptr, argv, environ) == 0);
        const auto deadline = netkit::Deadline::after(std::chrono::seconds(30));
        while (!std::filesystem::exists(kubeconfig_) && !deadline.passed())
            std::this_thread::yield();
        std::ifstream in(kubeconfig_);
        const std::string text(std::istreambuf_iterator<char>(in), {});
        const auto word_after = [&](const std::string &name) {
            const auto from = text.find(name) + name.size();
            return text.substr(from, text.find('\n', from) - from);
        };
        token_ = word_after("token: ");
        address_ = word_after("@");
    }
    ~Child() { kill(SIGKILL); }
    void kill(int signal) {
        if (pid_ == 0) return;
        ::kill(pid_, signal);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }
    int send(std::string method, std::string target, std::string body = {}) const {
        netkit::Request request;
        request.method = std::move(method);
        request.target = std::move(target);
        request.headers.add("Authorization", "Bearer " + token_);
        request.headers.add("Content-Type", "application/json");
        request.body = std::move(body);
        auto answer = netkit::send_blocking(*netkit::Origin::parse("http://" + address_), request,
                                            netkit::Deadline::after(std::chrono::seconds(20)));
        return answer.ok() ? answer->status : 0;
    }

  private:
    std::filesystem::path kubeconfig_;
    std::string token_, address_;
    pid_t pid_ = 0;
};

} // namespace

DOCTEST_TEST_CASE("what was answered survives kill -9") {
    const Scratch folder;
    const std::string config_maps = "/api/v1/namespaces/default/configmaps";
    {
        Child server(folder.path());
        for (int i = 0; i < 20; ++i)
            DOCTEST_REQUIRE(server.send("POST", config_maps, R"({"metadata":{"name":"c)" + std::to_string(i) + "\"}}") == 201);
        DOCTEST_REQUIRE(server.send("DELETE", config_maps + "/c3") == 200);
        server.kill(SIGKILL);
    }
    const Child server(folder.path());
    for (int i = 0; i < 20; ++i)
        DOCTEST_CHECK(server.send("GET", config_maps + "/c" + std::to_string(i)) == (i == 3 ? 404 : 200));
}
