#include "kubeclient/api_error.hpp"

#include "kubeclient/object.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace kube {
using netkit::Code;

namespace {

struct StatusMeaning {
    int status;
    Code code;
};
constexpr std::array status_meanings{
    StatusMeaning{400, Code::invalid_argument},
    StatusMeaning{401, Code::permission_denied},
    StatusMeaning{403, Code::permission_denied},
    StatusMeaning{404, Code::not_found},
    StatusMeaning{405, Code::unsupported},
    StatusMeaning{406, Code::unsupported},
    StatusMeaning{408, Code::deadline_exceeded},
    StatusMeaning{409, Code::conflict},
    StatusMeaning{410, Code::gone},
    StatusMeaning{413, Code::invalid_argument},
    StatusMeaning{415, Code::unsupported},
    StatusMeaning{422, Code::invalid_argument},
    StatusMeaning{429, Code::unavailable},
    StatusMeaning{501, Code::unsupported},
    StatusMeaning{504, Code::deadline_exceeded},
};

Code code_of(int status, std::string_view reason) {
    if (reason == "AlreadyExists") return Code::already_exists;
    if (reason == "Expired" || reason == "Gone") return Code::gone;
    for (const auto &m : status_meanings)
        if (m.status == status) return m.code;
    return status >= 500 ? Code::unavailable : Code::internal;
}

std::optional<std::chrono::seconds> seconds_of(std::string_view text) {
    int n = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (ec != std::errc() || end != text.data() + text.size() || n < 0) return std::nullopt;
    return std::chrono::seconds(std::min(n, 3600));
}

// "conflict with \"hand\" using apps/v1" -> "hand"
std::string manager_in(std::string_view message) {
    const auto open = message.find('"');
    if (open == std::string_view::npos) return {};
    const auto close = message.find('"', open + 1);
    if (close == std::string_view::npos) return {};
    return std::string(message.substr(open + 1, close - open - 1));
}

} // namespace

bool ApiError::retryable() const {
    return kind == Code::unavailable || kind == Code::deadline_exceeded || kind == Code::conflict;
}

std::string ApiError::code_text() const {
    return status > 0 ? std::to_string(status) : std::string(netkit::code_name(kind));
}

std::vector<std::string> ApiError::conflicting_managers() const {
    std::vector<std::string> out;
    for (const auto &cause : causes) {
        if (cause.reason != "FieldManagerConflict") continue;
        auto name = manager_in(cause.message);
        if (!name.empty() && std::find(out.begin(), out.end(), name) == out.end()) out.push_back(std::move(name));
    }
    return out;
}

netkit::Error ApiError::to_error() const {
    return netkit::make_error(kind, message);
}

ApiError ApiError::from_status(const boost::json::object &status) {
    ApiError e;
    e.status = static_cast<int>(find_int(status, {"code"}));
    e.reason = std::string(find_string(status, {"reason"}));
    e.message = std::string(find_string(status, {"message"}));
    e.kind = code_of(e.status, e.reason);
    if (const auto *causes = find(status, {"details", "causes"}); causes && causes->is_array()) {
        for (const auto &item : causes->get_array()) {
            const auto *cause = item.if_object();
            if (!cause) continue;
            e.causes.push_back({std::string(find_string(*cause, {"reason"})), std::string(find_string(*cause, {"message"})),
                                std::string(find_string(*cause, {"field"}))});
        }
    }
    if (const auto wait = find_int(status, {"details", "retryAfterSeconds"}); wait > 0)
        e.retry_after = std::chrono::seconds(wait);
    return e;
}

ApiError ApiError::from_response(const netkit::Response &response) {
    ApiError e;
    const auto body = parse_json_object(response.body);
    if (body.ok() && find_string(*body, {"kind"}) == "Status") {
        e = from_status(*body);
    } else {
        // Proxies and load balancers answer in their own words: keep the beginning.
        e.message = response.body.substr(0, 200);
        if (e.message.empty()) e.message = std::string(netkit::reason_phrase(response.status));
    }
    e.status = response.status;
    e.kind = code_of(e.status, e.reason);
    if (const auto header = response.headers.get("Retry-After"))
        if (const auto wait = seconds_of(*header)) e.retry_after = wait;
    return e;
}

ApiError ApiError::from_transport(const netkit::Error &error) {
    return make(error.code, error.message);
}

ApiError ApiError::make(Code kind, std::string message) {
    ApiError e;
    e.kind = kind;
    e.message = std::move(message);
    return e;
}

} // namespace kube
