// Where the API server is and how to prove who we are: a kubeconfig file, or the service account of the pod we run in.
#pragma once

#include "netkit/http_client.hpp"
#include "netkit/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace kube {

struct Config {
    netkit::Origin server;
    std::string path_prefix; // of the server URL, without a slash at the end; usually empty
    netkit::TlsOptions tls;
    std::string token;                // bearer token; empty: none, or from token_file
    std::filesystem::path token_file; // read again when it changes (projected tokens are rotated)
    std::string default_namespace = "default";
    std::string user_agent = "kubeclient";

    // Reads the current context (or `context`) of a kubeconfig: token, tokenFile, client certificates and certificate authority
    // inline or as files (relative to the kubeconfig), insecure-skip-tls-verify, tls-server-name, http and https. Errors:
    // not_found (no file), invalid_argument (what is missing or wrong, with its place), unsupported (exec or auth-provider
    // plugins, basic authentication, proxies: what to use instead).
    static netkit::Result<Config> from_kubeconfig(const std::filesystem::path &file, std::string_view context = {});
    static netkit::Result<Config> parse_kubeconfig(std::string_view yaml, const std::filesystem::path &base,
                                                   std::string_view context = {});

    struct ServiceAccount {
        std::filesystem::path directory = "/var/run/secrets/kubernetes.io/serviceaccount"; // token, ca.crt, namespace
        std::string host;                                                                  // empty: $KUBERNETES_SERVICE_HOST
        std::string port;                                                                  // empty: $KUBERNETES_SERVICE_PORT
    };
    // Errors: not_found when this is not a pod (what is missing).
    static netkit::Result<Config> in_cluster();
    static netkit::Result<Config> in_cluster(const ServiceAccount &account);
};

} // namespace kube
