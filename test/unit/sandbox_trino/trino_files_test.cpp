// What becomes of a rendered pod's files when a real Trino process runs on them.
#include "adapters/sandbox/trino/child_process.hpp"
#include "adapters/sandbox/trino/java_program.hpp"
#include "adapters/sandbox/trino/process_backend.hpp"
#include "adapters/sandbox/trino/trino_files.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <unistd.h>

using namespace xtn;
using namespace xtn::sandbox;
using namespace xtn::sandbox::trino;
using namespace std::chrono_literals;

namespace {

PodPlan worker() {
    PodPlan plan;
    plan.ns = "team";
    plan.name = "trino-a-worker-1";
    plan.component = "worker";
    plan.ip = "127.64.1.2";
    plan.config_files = {
        {"config.properties", "coordinator=false\nhttp-server.http.port=8080\nquery.max-memory=4GB\nquery.max-memory-per-node="
                              "16GB\ndiscovery.uri=http://trino-a:8080\n"
                              "resource-groups.config-file=/etc/trino/resource-groups/groups.json"},
        {"node.properties", "node.environment=production\nnode.data-dir=/data/trino\nplugin.dir=/usr/lib/trino/plugin"},
        {"jvm.config", "-server\n-agentpath:/usr/lib/trino/bin/"
                       "libjvmkill.so\n-Xmx32G\n-XX:+UseG1GC\n-XX:G1HeapRegionSize=32M\n-Djdk.attach.allowAttachSelf=true"}};
    plan.catalog_files = {{"tpch.properties", "connector.name=tpch"}};
    plan.hosts = {{"trino-a", "127.64.1.1"}};
    return plan;
}

bool has(const std::vector<std::string> &list, const std::string &text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

} // namespace

DOCTEST_TEST_CASE("only what assumes a machine of its own is changed") {
    const TrinoPlaces places{"/opt/trino", "/run/pod", "512m"};
    const auto made = make_trino_files(worker(), places);
    const auto &config = made.files.at("config.properties");
    DOCTEST_CHECK(config ==
                  "coordinator=false\nhttp-server.http.port=8080\nquery.max-memory=4GB\ndiscovery.uri=http://127.64.1.1:8080\n"
                  "resource-groups.config-file=/run/pod/etc/resource-groups/groups.json\nquery.max-memory-per-node=153MB\n"
                  "memory.heap-headroom-per-node=102MB\ncatalog.config-dir=/run/pod/etc/catalog\n");
    DOCTEST_CHECK(made.files.at("catalog/tpch.properties") == "connector.name=tpch");
    const auto &jvm = made.jvm_options;
    DOCTEST_CHECK(has(jvm, "-Xmx512m"));
    DOCTEST_CHECK(has(jvm, "-XX:+UseG1GC"));
    DOCTEST_CHECK(has(jvm, "-Djdk.attach.allowAttachSelf=true"));
    DOCTEST_CHECK(has(jvm, "-Dnode.environment=production"));
    DOCTEST_CHECK(has(jvm, "-Dnode.bind-ip=127.64.1.2"));
    DOCTEST_CHECK(has(jvm, "-Dplugin.dir=/opt/trino/plugin"));
    DOCTEST_CHECK_FALSE(has(jvm, "-Xmx32G"));
    DOCTEST_CHECK(std::none_of(jvm.begin(), jvm.end(), [](const std::string &o) {
        return o.starts_with("-agentpath") || o.find("/usr/lib/trino") != std::string::npos;
    }));
    DOCTEST_CHECK(made.discovery_host == "trino-a");
    DOCTEST_CHECK(made.discovery_address == "127.64.1.1");
}

DOCTEST_TEST_CASE("a coordinator discovers at its own address") {
    auto plan = worker();
    plan.config_files["config.properties"] = "coordinator=true\ndiscovery.uri=http://localhost:8080";
    const auto made = make_trino_files(plan, {"/opt/trino", "/run/pod", "1g"});
    DOCTEST_CHECK(made.files.at("config.properties").find("discovery.uri=http://127.64.1.2:8080\n") != std::string::npos);
    DOCTEST_CHECK(made.files.at("config.properties").find("query.max-memory-per-node=307MB\n") != std::string::npos);
    DOCTEST_CHECK(made.discovery_host.empty());
}

DOCTEST_TEST_CASE("a name is found in a hosts file by itself or with its namespace") {
    const std::string hosts = "# comment\n127.64.0.1 trino-a.team\n127.64.0.2 trino-b.other\n";
    DOCTEST_CHECK(find_host(hosts, "trino-a", "team") == "127.64.0.1");
    DOCTEST_CHECK(find_host(hosts, "trino-b", "team").empty());
    DOCTEST_CHECK(find_host(hosts, "trino-b.other", "team") == "127.64.0.2");
}

DOCTEST_TEST_CASE("Java's version is read from what it says about itself") {
    DOCTEST_CHECK(java_version("openjdk version \"25.0.1\" 2025-10-21") == 25);
    DOCTEST_CHECK(java_version("java version \"1.8.0_392\"") == 8);
    DOCTEST_CHECK(java_version("openjdk version \"24-ea\"") == 24);
    DOCTEST_CHECK_FALSE(java_version("no such thing").has_value());
}

DOCTEST_TEST_CASE("a folder without a server, and a program that is no Java, are refused with what is needed") {
    TrinoInstallation nothing;
    nothing.home = "/nonexistent";
    const auto refused = make_process_backend(nothing);
    DOCTEST_REQUIRE_FALSE(refused.ok());
    DOCTEST_CHECK(refused.error().code == Code::not_found);
    const auto java = find_java("/bin/true");
    DOCTEST_REQUIRE_FALSE(java.ok());
    DOCTEST_CHECK(java.error().message.find("Trino needs Java 24 or newer") != std::string::npos);
}

DOCTEST_TEST_CASE("a child runs in its folder with its environment, tells how it ended, and ends when told to") {
    const auto folder = std::filesystem::temp_directory_path() / ("xtn_child_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    auto ended =
        ChildProcess::start({"/bin/sh", "-c", "echo $GREETING > out; exit 3"}, folder, folder / "log", {"GREETING=hello"});
    DOCTEST_REQUIRE(ended.ok());
    const auto end = Deadline::after(10s);
    while (!ended->ended() && !end.passed())
        ::usleep(10000);
    DOCTEST_CHECK(ended->ended().value_or("") == "exit code 3");
    DOCTEST_CHECK(run_program({"/bin/cat", (folder / "out").string()}, Deadline::after(10s)).value_or("") == "hello\n");

    auto running =
        ChildProcess::start({"/bin/sh", "-c", "trap '' TERM; : > deaf; while :; do sleep 1; done"}, folder, folder / "log", {});
    DOCTEST_REQUIRE(running.ok());
    const auto deaf = Deadline::after(10s);
    while (!std::filesystem::exists(folder / "deaf") && !deaf.passed())
        ::usleep(10000);
    DOCTEST_CHECK_FALSE(running->ended().has_value());
    running->stop(200ms); // deaf to SIGTERM: killed
    DOCTEST_CHECK(running->ended().value_or("") == "signal 9");
    DOCTEST_CHECK_FALSE(ChildProcess::start({"/nonexistent"}, folder, folder / "log", {}).ok());
    DOCTEST_CHECK_FALSE(run_program({"/bin/sleep", "30"}, Deadline::after(100ms)).ok());
    std::filesystem::remove_all(folder);
}
