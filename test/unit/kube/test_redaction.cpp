#include "adapters/kube/ingest/redaction.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

using xtn::RedactionKey;
using xtn::ingest::Redactor;
namespace json = boost::json;

namespace {

const RedactionKey &key() {
    static const RedactionKey k = *RedactionKey::from_bytes(std::string(32, 'k'));
    return k;
}

std::string redacted(const std::string &text) {
    auto spec = json::parse(text).as_object();
    Redactor(key()).redact(spec);
    return json::serialize(spec);
}

bool hides(const std::string &text, std::string_view secret = "s3cret") {
    const auto out = redacted(text);
    return out.find(secret) == std::string::npos && out.find("hmac-sha256:") != std::string::npos;
}
bool keeps(const std::string &text) {
    return redacted(text) == json::serialize(json::parse(text));
}

} // namespace

DOCTEST_TEST_CASE("whatever may carry a credential leaves only an HMAC") {
    for (
        const std::string text : {
            R"({"valuesOverlay":{"password":"s3cret"}})",
            R"({"valuesOverlay":{"auth":{"passwordAuth":"admin:s3cret"}}})",
            R"({"connector":{"custom":{"properties":{"connection-password":"s3cret"}}}})",
            R"({"connector":{"hive":{"properties":{"s3.aws-secret-key":"s3cret"}}}})",
            R"({"valuesOverlay":{"additionalConfigProperties":["a=b","internal-communication.shared-secret=s3cret"]}})",
            R"({"valuesOverlay":{"coordinator":{"additionalConfigFiles":{"x.properties":"a=b\noauth2.client-secret = s3cret\nc=d"}}}})",
            R"({"valuesOverlay":{"coordinator":{"jvm":"-Xmx4G\n-Djavax.net.ssl.trustStorePassword=s3cret"}}})",
            R"({"valuesOverlay":{"env":[{"name":"AWS_SECRET_ACCESS_KEY","value":"s3cret"}]}})",
            R"({"connector":{"postgresql":{"connectionURL":"jdbc:postgresql://h/db?user=a&password=s3cret&ssl=true"}}})",
            R"({"keda":{"serverAddress":"http://bob:s3cret@prometheus:9090"}})",
            R"({"valuesOverlay":{"file":"-----BEGIN RSA PRIVATE KEY-----\ns3cret"}})",
            R"({"valuesOverlay":{"nested":[{"deep":{"apiKey":"s3cret"}}]}})",
            R"({"valuesOverlay":{"yaml":"user: bob\npassword: s3cret\n"}})",
        }) {
        DOCTEST_CAPTURE(text);
        DOCTEST_CHECK(hides(text));
    }
    DOCTEST_CHECK(hides(R"({"valuesOverlay":{"password":1234567}})", "1234567"));
}

DOCTEST_TEST_CASE("what only points at a secret, and what is none, stays readable") {
    for (
        const std::string text : {
            R"({"trinoControlAuth":{"username":"u","passwordSecret":{"name":"x","key":"y"}}})",
            R"({"connector":{"postgresql":{"connectionPasswordSecret":{"name":"x","key":"y"}}}})",
            R"({"connector":{"hive":{"s3SecretKeySecret":{"name":"minio","key":"sk"},"propertySecretRefs":{"a":{"name":"b","key":"c"}}}}})",
            R"({"valuesOverlay":{"secretMounts":[{"name":"a","secretName":"b","path":"/c"}],"imagePullSecrets":[{"name":"r"}]}})",
            R"({"valuesOverlay":{"additionalConfigProperties":["http-server.authentication.type=PASSWORD","shared-secret=${ENV:X}"]}})",
            R"({"valuesOverlay":{"f":"password-authenticator.name=file\nfile.password-file=/etc/trino/auth/password.db"}})",
            R"({"valuesOverlay":{"auth":{"passwordAuthSecret":"trino-passwords"}},"tls":{"serverSecretClass":"x"}})",
            R"({"connector":{"postgresql":{"connectionURL":"jdbc:postgresql://h:5432/db?user=a&ssl=true"}},"size":"s"})",
            R"({"valuesOverlay":{"env":[{"name":"GREETING","value":"hello"},{"name":"DB_PASSWORD","valueFrom":{"secretKeyRef":{"name":"a","key":"b"}}}]}})",
            R"({"a":1,"b":true,"c":null,"d":{"$float":"1.50"}})",
        }) {
        DOCTEST_CAPTURE(text);
        DOCTEST_CHECK(keeps(text));
    }
}

DOCTEST_TEST_CASE("only the secret part of a text goes") {
    const auto out = redacted(R"({"url":"jdbc:x://h/db?user=a&password=s3cret&ssl=true","text":"a=b\npassword=x y\nc=d"})");
    DOCTEST_CHECK(out.find("jdbc:x://h/db?user=a&password=hmac-sha256:") != std::string::npos);
    DOCTEST_CHECK(out.find("&ssl=true") != std::string::npos);
    DOCTEST_CHECK(out.find("\\nc=d") != std::string::npos);
    DOCTEST_CHECK(out.find("x y") == std::string::npos);
}

DOCTEST_TEST_CASE("the same secret gives the same text, another secret or field another; redacting twice changes nothing") {
    DOCTEST_CHECK(redacted(R"({"password":"a"})") == redacted(R"({"password":"a"})"));
    DOCTEST_CHECK(redacted(R"({"password":"a"})") != redacted(R"({"password":"b"})"));
    const auto both = json::parse(redacted(R"({"x":{"password":"a"},"y":{"password":"a"}})")).as_object();
    DOCTEST_CHECK(both.at("x") != both.at("y"));
    const auto once = redacted(R"({"password":"a","t":"token=b","u":"http://a:b@c"})");
    DOCTEST_CHECK(redacted(once) == once);
}

DOCTEST_TEST_CASE("messages that quote a secret lose it") {
    auto spec = json::parse(R"({"password":"s3cret"})").as_object();
    const auto secrets = Redactor(key()).redact(spec);
    DOCTEST_CHECK(Redactor::scrub("Invalid value: \"s3cret\": too short", secrets) == "Invalid value: \"(redacted)\": too short");
    DOCTEST_CHECK(Redactor::scrub("fine", {{"hmac", ""}}) == "fine");
}
