#include "kubeclient/config.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

using kube::Config;
using netkit::Code;

namespace {

// A folder that is gone at the end of the test.
struct Folder {
    std::filesystem::path path;
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "kubeclient-XXXXXX").string();
        DOCTEST_REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    Folder(const Folder &) = delete;
    Folder &operator=(const Folder &) = delete;
    void write(const std::string &name, const std::string &text) const { std::ofstream(path / name) << text; }
};

std::string kubeconfig(const std::string &user, const std::string &cluster = "server: https://10.0.0.1:6443") {
    return "apiVersion: v1\nkind: Config\ncurrent-context: here\n"
           "contexts:\n- name: here\n  context: {cluster: c, user: u, namespace: team-a}\n"
           "- name: bare\n  context: {cluster: c}\n"
           "clusters:\n- name: c\n  cluster: {" +
           cluster + "}\nusers:\n- name: u\n  user: {" + user + "}\n";
}

Config read(const std::string &yaml, const std::filesystem::path &base = {}, std::string_view context = {}) {
    auto config = Config::parse_kubeconfig(yaml, base, context);
    if (!config.ok()) DOCTEST_FAIL(config.error().message);
    return std::move(*config);
}

netkit::Error refused(const std::string &yaml, std::string_view context = {}) {
    auto config = Config::parse_kubeconfig(yaml, "/nowhere", context);
    DOCTEST_REQUIRE(!config.ok());
    return config.error();
}

bool says(const netkit::Error &error, std::string_view text) {
    return error.message.find(text) != std::string::npos;
}

} // namespace

DOCTEST_TEST_CASE("a kubeconfig with a token names server, namespace and token") {
    const auto config = read(kubeconfig("token: abc"));
    DOCTEST_CHECK(config.server.tls);
    DOCTEST_CHECK(config.server.host == "10.0.0.1");
    DOCTEST_CHECK(config.server.port == 6443);
    DOCTEST_CHECK(config.default_namespace == "team-a");
    DOCTEST_CHECK(config.token == "abc");
    DOCTEST_CHECK(config.tls.verify_peer);
}

DOCTEST_TEST_CASE("another context than the current one can be named; a context without user sends no credentials") {
    const auto config = read(kubeconfig("token: abc"), {}, "bare");
    DOCTEST_CHECK(config.token.empty());
    DOCTEST_CHECK(config.default_namespace == "default");
}

DOCTEST_TEST_CASE("plain http with a path prefix, and verification switched off") {
    const auto config =
        read(kubeconfig("token: a", "server: \"http://localhost:8001/k8s/clusters/c1/\", insecure-skip-tls-verify: true, "
                                    "tls-server-name: api.internal"));
    DOCTEST_CHECK_FALSE(config.server.tls);
    DOCTEST_CHECK(config.path_prefix == "/k8s/clusters/c1");
    DOCTEST_CHECK_FALSE(config.tls.verify_peer);
    DOCTEST_CHECK(config.tls.server_name == "api.internal");
}

DOCTEST_TEST_CASE("user information in the server's URL is for kubectl; the user entry counts") {
    const auto config = read(kubeconfig("token: a", "server: \"http://admin:a@localhost:8001/x@y\""));
    DOCTEST_CHECK(config.server.host == "localhost");
    DOCTEST_CHECK(config.server.port == 8001);
    DOCTEST_CHECK(config.path_prefix == "/x@y");
    DOCTEST_CHECK(config.token == "a");
}

DOCTEST_TEST_CASE("a token file is named relative to the kubeconfig and is not read yet") {
    const auto config = read(kubeconfig("tokenFile: secrets/token"), "/etc/kube");
    DOCTEST_CHECK(config.token_file == "/etc/kube/secrets/token");
}

DOCTEST_TEST_CASE("certificates inline are base64, certificates by path are read relative to the kubeconfig") {
    const auto inline_ones = read(kubeconfig("client-certificate-data: Q0VSVA==, client-key-data: S0VZ",
                                             "server: \"https://h\", certificate-authority-data: Q0E="));
    DOCTEST_CHECK(inline_ones.tls.client_certificate_pem == "CERT");
    DOCTEST_CHECK(inline_ones.tls.client_key_pem == "KEY");
    DOCTEST_CHECK(inline_ones.tls.ca_pem == "CA");

    const Folder folder;
    folder.write("c.pem", "CERT2");
    folder.write("k.pem", "KEY2");
    folder.write("ca.pem", "CA2");
    folder.write("config", kubeconfig("client-certificate: c.pem, client-key: k.pem",
                                      "server: \"https://h\", certificate-authority: ca.pem"));
    const auto files = Config::from_kubeconfig(folder.path / "config");
    DOCTEST_REQUIRE(files.ok());
    DOCTEST_CHECK(files->tls.client_certificate_pem == "CERT2");
    DOCTEST_CHECK(files->tls.client_key_pem == "KEY2");
    DOCTEST_CHECK(files->tls.ca_pem == "CA2");
}

DOCTEST_TEST_CASE("what is wrong with a kubeconfig is said with its place") {
    DOCTEST_CHECK(Config::from_kubeconfig("/nowhere/config").error().code == Code::not_found);
    DOCTEST_CHECK(refused("- a\n- b\n").code == Code::invalid_argument);
    DOCTEST_CHECK(says(refused("a: [\n"), "line"));
    DOCTEST_CHECK(says(refused("apiVersion: v1\n"), "current-context"));
    DOCTEST_CHECK(says(refused(kubeconfig("token: a"), "else"), "\"else\" under contexts"));
    DOCTEST_CHECK(says(refused("current-context: x\ncontexts: [{name: x, context: {cluster: y}}]\n"), "\"y\" under clusters"));
    DOCTEST_CHECK(says(refused(kubeconfig("client-certificate-data: \"%%%%\"")), "users[u].user.client-certificate-data"));
    DOCTEST_CHECK(says(refused(kubeconfig("client-certificate-data: Q0VSVA==")), "both client-certificate and client-key"));
    DOCTEST_CHECK(says(refused(kubeconfig("client-certificate: none.pem, client-key: none.pem")), "/nowhere/none.pem"));
    DOCTEST_CHECK(says(refused(kubeconfig("token: a", "server: \"ftp://h\"")), "clusters[c].cluster.server"));
}

DOCTEST_TEST_CASE("credential plugins, passwords, impersonation and proxies are refused with what to do instead") {
    for (const std::string user : {"exec: {command: x}", "auth-provider: {name: gcp}", "username: a, password: b", "as: bob"}) {
        DOCTEST_CAPTURE(user);
        DOCTEST_CHECK(refused(kubeconfig(user)).code == Code::unsupported);
    }
    DOCTEST_CHECK(refused(kubeconfig("token: a", "server: \"https://h\", proxy-url: \"http://p\"")).code == Code::unsupported);
}

DOCTEST_TEST_CASE("inside a pod the service account gives server, authority, token and namespace") {
    const Folder folder;
    Config::ServiceAccount account;
    account.directory = folder.path;
    account.host = "fd00::1";
    account.port = "443";
    DOCTEST_CHECK(Config::in_cluster(account).error().code == Code::not_found); // no ca.crt
    folder.write("ca.crt", "CA");
    DOCTEST_CHECK(Config::in_cluster(account).error().code == Code::not_found); // no token
    folder.write("token", "t");
    folder.write("namespace", "xtrinode-system");
    const auto config = Config::in_cluster(account);
    DOCTEST_REQUIRE(config.ok());
    DOCTEST_CHECK(config->server.host == "fd00::1");
    DOCTEST_CHECK(config->server.tls);
    DOCTEST_CHECK(config->tls.ca_pem == "CA");
    DOCTEST_CHECK(config->token_file == folder.path / "token");
    DOCTEST_CHECK(config->default_namespace == "xtrinode-system");
}
