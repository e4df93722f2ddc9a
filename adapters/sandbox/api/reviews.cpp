#include "adapters/sandbox/api/reviews.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

#include <openssl/crypto.h>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;

std::string_view spec_text(const json::object &review, std::string_view name) {
    const auto *spec = review.if_contains("spec");
    const auto *value = spec && spec->is_object() ? spec->get_object().if_contains(name) : nullptr;
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

json::object user_info() {
    return {{"username", admin_user}, {"groups", json::array{"system:masters", "system:authenticated"}}};
}

} // namespace

json::object answer_review(const ReviewKind &kind, json::object review, std::string_view admin_token) {
    review["kind"] = kind.kind;
    review["apiVersion"] = std::string(kind.group) + "/v1";
    if (!review.contains("metadata")) review["metadata"] = json::object();
    json::object status;
    if (kind.plural == "tokenreviews") {
        const auto token = spec_text(review, "token");
        if (token.size() == admin_token.size() && CRYPTO_memcmp(token.data(), admin_token.data(), token.size()) == 0)
            status = {{"authenticated", true}, {"user", user_info()}};
        else
            status = {{"authenticated", false}, {"error", "invalid bearer token"}, {"user", json::object()}};
    } else if (kind.plural == "selfsubjectreviews") {
        status = {{"userInfo", user_info()}};
    } else if (kind.plural == "selfsubjectrulesreviews") {
        status = {
            {"resourceRules",
             json::array{
                 json::object{{"verbs", json::array{"*"}}, {"apiGroups", json::array{"*"}}, {"resources", json::array{"*"}}}}},
            {"nonResourceRules", json::array{json::object{{"verbs", json::array{"*"}}, {"nonResourceURLs", json::array{"*"}}}}},
            {"incomplete", false}};
    } else {
        const bool own = kind.plural == "selfsubjectaccessreviews";
        const bool allowed = own || spec_text(review, "user") == admin_user;
        status = {
            {"allowed", allowed},
            {"reason", allowed ? "the sandbox's admin may do everything" : "the sandbox knows no other user than its admin"}};
    }
    review["status"] = std::move(status);
    return review;
}

} // namespace xtn::sandbox
