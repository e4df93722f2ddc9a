#include "kubeclient/config.hpp"

#include "token.hpp"

#include <openssl/evp.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <optional>
#include <vector>

namespace kube {
using netkit::Code;
using netkit::make_error;
using netkit::Result;
using netkit::Status;

namespace {

Result<std::string> decode_base64(std::string_view text, std::string_view what) {
    std::string clean;
    for (const char c : text)
        if (c != '\n' && c != '\r' && c != ' ') clean += c;
    if (clean.size() % 4 != 0) return make_error(Code::invalid_argument, std::string(what) + " is not base64");
    std::string out(clean.size() / 4 * 3, '\0');
    const int n = EVP_DecodeBlock(reinterpret_cast<unsigned char *>(out.data()),
                                  reinterpret_cast<const unsigned char *>(clean.data()), static_cast<int>(clean.size()));
    if (n < 0) return make_error(Code::invalid_argument, std::string(what) + " is not base64");
    std::size_t size = static_cast<std::size_t>(n);
    for (std::size_t i = clean.size(); i > 0 && clean[i - 1] == '=' && size > 0; --i)
        --size;
    out.resize(size);
    return out;
}

// A node of the kubeconfig with its place in words, for messages.
struct Place {
    YAML::Node node;
    std::string name; // "users[admin].user"

    bool has(const char *member) const { return node.IsMap() && node[member] && !node[member].IsNull(); }
    std::string text(const char *member) const { return has(member) ? node[member].as<std::string>("") : std::string(); }
    bool flag(const char *member) const { return has(member) && node[member].as<bool>(false); }
    // `member`-data as base64, or the file that `member` names, relative to the kubeconfig; empty when neither is there.
    Result<std::string> pem(const std::string &member, const std::filesystem::path &base) const {
        const std::string data = member + "-data";
        if (has(data.c_str())) return decode_base64(text(data.c_str()), name + "." + data);
        if (!has(member.c_str())) return std::string();
        const std::filesystem::path file = base / text(member.c_str());
        auto content = read_file(file);
        if (!content.ok()) return std::move(content).error().with(name + "." + member);
        return content;
    }
};

// The entry called `wanted` of a list like clusters: [{name, cluster: {...}}].
Result<Place> entry(const YAML::Node &root, const char *list, const char *member, const std::string &wanted) {
    const auto nodes = root[list];
    if (nodes && nodes.IsSequence()) {
        for (const auto &item : nodes)
            if (item.IsMap() && item["name"] && item["name"].as<std::string>("") == wanted && item[member])
                return Place{item[member], std::string(list) + "[" + wanted + "]." + member};
    }
    return make_error(Code::invalid_argument, std::string("kubeconfig has no entry \"") + wanted + "\" under " + list);
}

Status refuse_unsupported(const Place &user, const Place &cluster) {
    if (user.has("exec") || user.has("auth-provider"))
        return make_error(Code::unsupported, user.name +
                                                 ": credential plugins (exec, auth-provider) are not offered; put a token, "
                                                 "a tokenFile or a client certificate there");
    if (user.has("username") || user.has("password"))
        return make_error(Code::unsupported, user.name + ": API servers no longer take user name and password; use a token");
    if (user.has("as"))
        return make_error(Code::unsupported, user.name + ".as: impersonation is not offered; use the account itself");
    if (cluster.has("proxy-url"))
        return make_error(Code::unsupported, cluster.name + ".proxy-url: proxies are not offered; connect directly");
    return netkit::ok();
}

// kubectl sends no token over plain HTTP, but what the URL carries; kubeconfigs for such servers hold "http://user:token@host"
// for it. Here the user entry counts, and only that.
std::string without_user_information(const std::string &url) {
    const auto scheme = url.find("://");
    if (scheme == std::string::npos) return url;
    const auto from = scheme + 3;
    const auto at = url.find('@', from);
    return at < url.find('/', from) ? url.substr(0, from) + url.substr(at + 1) : url;
}

Status read_cluster(const Place &cluster, const std::filesystem::path &base, Config &config) {
    auto origin = netkit::Origin::parse(without_user_information(cluster.text("server")), &config.path_prefix);
    if (!origin.ok()) return std::move(origin).error().with(cluster.name + ".server");
    config.server = std::move(*origin);
    config.tls.verify_peer = !cluster.flag("insecure-skip-tls-verify");
    config.tls.server_name = cluster.text("tls-server-name");
    auto ca = cluster.pem("certificate-authority", base);
    if (!ca.ok()) return std::move(ca).error();
    config.tls.ca_pem = std::move(*ca);
    return netkit::ok();
}

Status read_user(const Place &user, const std::filesystem::path &base, Config &config) {
    config.token = user.text("token");
    // kubectl prefers the file when both are given.
    if (user.has("tokenFile")) config.token_file = base / user.text("tokenFile");
    auto certificate = user.pem("client-certificate", base);
    if (!certificate.ok()) return std::move(certificate).error();
    auto key = user.pem("client-key", base);
    if (!key.ok()) return std::move(key).error();
    if (certificate->empty() != key->empty())
        return make_error(Code::invalid_argument, user.name + " needs both client-certificate and client-key, or neither");
    config.tls.client_certificate_pem = std::move(*certificate);
    config.tls.client_key_pem = std::move(*key);
    return netkit::ok();
}

Result<Config> read_root(const YAML::Node &root, const std::filesystem::path &base, std::string_view wanted) {
    if (!root.IsMap()) return make_error(Code::invalid_argument, "kubeconfig is not a mapping");
    std::string name(wanted);
    if (name.empty() && root["current-context"]) name = root["current-context"].as<std::string>("");
    if (name.empty()) return make_error(Code::invalid_argument, "kubeconfig has no current-context; set one or name a context");
    auto context = entry(root, "contexts", "context", name);
    if (!context.ok()) return std::move(context).error();
    auto cluster = entry(root, "clusters", "cluster", context->text("cluster"));
    if (!cluster.ok()) return std::move(cluster).error();
    Place user{YAML::Node(YAML::NodeType::Map), "users[]"};
    if (context->has("user")) { // an unprotected server needs none
        auto found = entry(root, "users", "user", context->text("user"));
        if (!found.ok()) return std::move(found).error();
        user = std::move(*found);
    }
    Config config;
    if (const auto ns = context->text("namespace"); !ns.empty()) config.default_namespace = ns;
    if (auto checked = refuse_unsupported(user, *cluster); !checked.ok()) return std::move(checked).error();
    if (auto read = read_cluster(*cluster, base, config); !read.ok()) return std::move(read).error();
    if (auto read = read_user(user, base, config); !read.ok()) return std::move(read).error();
    return config;
}

std::string environment(const char *name) {
    const char *value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): read at start, nobody sets it
    return value ? value : "";
}

} // namespace

Result<Config> Config::parse_kubeconfig(std::string_view yaml, const std::filesystem::path &base, std::string_view context) {
    try {
        return read_root(YAML::Load(std::string(yaml)), base, context);
    } catch (const YAML::Exception &e) {
        return make_error(Code::invalid_argument, "kubeconfig line " + std::to_string(e.mark.line + 1) + ": " + e.msg);
    }
}

Result<Config> Config::from_kubeconfig(const std::filesystem::path &file, std::string_view context) {
    auto text = read_file(file);
    if (!text.ok()) return std::move(text).error().with("kubeconfig");
    auto config = parse_kubeconfig(*text, file.parent_path(), context);
    if (!config.ok()) return std::move(config).error().with(file.string());
    return config;
}

Result<Config> Config::in_cluster() {
    return in_cluster(ServiceAccount());
}

Result<Config> Config::in_cluster(const ServiceAccount &account) {
    const std::string host = account.host.empty() ? environment("KUBERNETES_SERVICE_HOST") : account.host;
    const std::string port = account.port.empty() ? environment("KUBERNETES_SERVICE_PORT") : account.port;
    if (host.empty() || port.empty())
        return make_error(Code::not_found, "not inside a pod (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set); "
                                           "name a kubeconfig file");
    Config config;
    const std::string authority = host.find(':') == std::string::npos ? host : "[" + host + "]";
    auto origin = netkit::Origin::parse("https://" + authority + ":" + port);
    if (!origin.ok()) return std::move(origin).error().with("KUBERNETES_SERVICE_HOST/PORT");
    config.server = std::move(*origin);
    auto ca = read_file(account.directory / "ca.crt");
    if (!ca.ok()) return std::move(ca).error().with("service account");
    config.tls.ca_pem = std::move(*ca);
    config.token_file = account.directory / "token";
    if (auto token = read_file(config.token_file); !token.ok()) return std::move(token).error().with("service account");
    if (auto ns = read_file(account.directory / "namespace"); ns.ok() && !ns->empty()) config.default_namespace = *ns;
    return config;
}

} // namespace kube
