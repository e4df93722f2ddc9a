#include "netkit/http_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <thread>

using namespace netkit;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using tcp = asio::ip::tcp;

namespace {

struct Identity {
    std::string certificate;
    std::string key;
};

template <class Write> std::string pem(Write write) {
    BIO *bio = BIO_new(BIO_s_mem());
    write(bio);
    char *data = nullptr;
    const auto n = BIO_get_mem_data(bio, &data);
    std::string out(data, static_cast<std::size_t>(n));
    BIO_free(bio);
    return out;
}

// A self-signed certificate for this run, so that no key lies in the repository.
Identity make_identity(const std::string &alternative_names) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    X509_NAME *name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char *>("netkit test"), -1, -1, 0);
    X509_set_issuer_name(x, name);
    X509_EXTENSION *san = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative_names.c_str());
    X509_add_ext(x, san, -1);
    X509_EXTENSION_free(san);
    X509_sign(x, key, EVP_sha256());
    Identity out;
    out.certificate = pem([&](BIO *b) { PEM_write_bio_X509(b, x); });
    out.key = pem([&](BIO *b) { PEM_write_bio_PrivateKey(b, key, nullptr, nullptr, 0, nullptr, nullptr); });
    X509_free(x);
    EVP_PKEY_free(key);
    return out;
}

// Answers one connection over TLS with a fixed page, then leaves without a close notice, as many servers do.
class OneShotTlsServer {
  public:
    explicit OneShotTlsServer(const Identity &id, const std::string &client_ca = {})
        : acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
        context_.use_certificate_chain(asio::buffer(id.certificate));
        context_.use_private_key(asio::buffer(id.key), asio::ssl::context::pem);
        if (!client_ca.empty()) {
            context_.add_certificate_authority(asio::buffer(client_ca));
            context_.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
        }
        thread_ = std::thread([this] {
            boost::system::error_code ec;
            asio::ssl::stream<tcp::socket> stream(io_, context_);
            acceptor_.accept(stream.next_layer(), ec);
            if (ec) return;
            stream.handshake(asio::ssl::stream_base::server, ec);
            if (ec) return;
            char request[4096];
            stream.read_some(asio::buffer(request), ec);
            asio::write(stream, asio::buffer(std::string("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")), ec);
            stream.next_layer().close(ec);
        });
    }
    ~OneShotTlsServer() {
        boost::system::error_code ec;
        tcp::socket poke(io_); // in case nobody came
        poke.connect(acceptor_.local_endpoint(), ec);
        poke.close(ec);
        thread_.join();
    }
    Origin origin(const std::string &host) const {
        Origin o;
        o.tls = true;
        o.host = host;
        o.address = "127.0.0.1";
        o.port = acceptor_.local_endpoint().port();
        return o;
    }

  private:
    asio::io_context io_;
    asio::ssl::context context_{asio::ssl::context::tls_server};
    tcp::acceptor acceptor_;
    std::thread thread_;
};

Deadline soon() {
    return Deadline::after(5s);
}

} // namespace

DOCTEST_TEST_CASE("TLS: the named host with a known authority is believed, by name and by address") {
    const auto id = make_identity("DNS:api.test,IP:127.0.0.1");
    TlsOptions tls;
    tls.ca_pem = id.certificate;
    for (const char *host : {"api.test", "127.0.0.1"}) {
        OneShotTlsServer server(id);
        const auto r = send_blocking(server.origin(host), Request(), soon(), tls);
        DOCTEST_REQUIRE(r.ok());
        DOCTEST_CHECK(r->body == "secret");
    }
}

DOCTEST_TEST_CASE("TLS: another name or an unknown authority is refused, and nothing is sent") {
    const auto id = make_identity("DNS:api.test");
    TlsOptions tls;
    tls.ca_pem = id.certificate;
    {
        OneShotTlsServer server(id);
        DOCTEST_CHECK_FALSE(send_blocking(server.origin("other.test"), Request(), soon(), tls).ok());
    }
    {
        OneShotTlsServer server(id);
        TlsOptions stranger;
        stranger.ca_pem = make_identity("DNS:api.test").certificate;
        DOCTEST_CHECK_FALSE(send_blocking(server.origin("api.test"), Request(), soon(), stranger).ok());
    }
}

DOCTEST_TEST_CASE("TLS: a client certificate is presented when the server asks for one") {
    const auto server_id = make_identity("DNS:api.test");
    const auto client_id = make_identity("DNS:client.test");
    TlsOptions tls;
    tls.ca_pem = server_id.certificate;
    {
        OneShotTlsServer server(server_id, client_id.certificate);
        const auto r = send_blocking(server.origin("api.test"), Request(), soon(), tls);
        DOCTEST_CHECK_FALSE(r.ok()); // under TLS 1.3 this shows on the first read
    }
    tls.client_certificate_pem = client_id.certificate;
    tls.client_key_pem = client_id.key;
    OneShotTlsServer server(server_id, client_id.certificate);
    const auto r = send_blocking(server.origin("api.test"), Request(), soon(), tls);
    DOCTEST_REQUIRE(r.ok());
    DOCTEST_CHECK(r->status == 200);
}
