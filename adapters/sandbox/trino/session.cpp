#include "adapters/sandbox/trino/session.hpp"

#include "adapters/sandbox/trino/sql/statement.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace xtn::sandbox::trino {

namespace {

constexpr std::string_view no_user = "Basic authentication or X-Trino-Original-User or X-Trino-User must be sent";

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

// All values of a header, lists taken apart at commas.
std::vector<std::string> values(const netkit::Request &request, std::string_view name) {
    std::vector<std::string> out;
    for (const auto &[field, text] : request.headers.fields()) {
        if (!netkit::iequals(field, name)) continue;
        std::string_view rest = text;
        while (true) {
            const auto comma = rest.find(',');
            const auto piece = trim(rest.substr(0, comma));
            if (!piece.empty()) out.emplace_back(piece);
            if (comma == std::string_view::npos) break;
            rest.remove_prefix(comma + 1);
        }
    }
    return out;
}

std::string first(const netkit::Request &request, std::string_view name) {
    return std::string(trim(request.headers.get(name).value_or("")));
}

Refusal bad_header(std::string_view name) {
    return {400, "Error 400 Bad Request: Invalid " + std::string(name) + " header", false};
}

// "name=value" pairs, values URL-encoded; false when one is no pair.
bool read_pairs(const netkit::Request &request, std::string_view header, std::map<std::string, std::string> &into) {
    for (const auto &pair : values(request, header)) {
        const auto equals = pair.find('=');
        if (equals == std::string::npos || equals == 0) return false;
        into[pair.substr(0, equals)] = netkit::percent_decode(trim(std::string_view(pair).substr(equals + 1)), true);
    }
    return true;
}

std::string decode_base64(std::string_view text) {
    static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    unsigned group = 0;
    int bits = 0;
    for (const char c : text) {
        const auto digit = alphabet.find(c);
        if (digit == std::string_view::npos) break;
        group = group << 6U | static_cast<unsigned>(digit);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out += static_cast<char>(group >> static_cast<unsigned>(bits) & 255U);
        }
    }
    return out;
}

bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool hex =
            (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f') || (text[i] >= 'A' && text[i] <= 'F');
        if (dash ? text[i] != '-' : !hex) return false;
    }
    return true;
}

// Estimates are taken and of no effect; their form is checked.
std::optional<Refusal> check_estimates(const netkit::Request &request) {
    for (const auto &pair : values(request, "X-Trino-Resource-Estimate")) {
        const auto equals = pair.find('=');
        if (equals == std::string::npos) return bad_header("X-Trino-Resource-Estimate");
        const auto name = pair.substr(0, equals);
        if (name != "EXECUTION_TIME" && name != "CPU_TIME" && name != "PEAK_MEMORY")
            return Refusal{400, "Error 400 Bad Request: Unsupported resource name " + name, false};
        const auto value = netkit::percent_decode(std::string_view(pair).substr(equals + 1), true);
        if (name != "PEAK_MEMORY" && !read_duration(value))
            return Refusal{400, "Error 400 Bad Request: Unsupported format for resource estimate '" + value + "'", false};
    }
    return std::nullopt;
}

std::optional<Refusal> read_roles(const netkit::Request &request, Session &session) {
    if (!read_pairs(request, "X-Trino-Role", session.roles)) return bad_header("X-Trino-Role");
    for (const auto &[catalog, role] : session.roles)
        if (role != "ALL" && role != "NONE" && !(role.starts_with("ROLE{") && role.ends_with("}")))
            return bad_header("X-Trino-Role");
    return std::nullopt;
}

} // namespace

std::optional<std::chrono::milliseconds> read_duration(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, double>, 7> units = {
        {{"ns", 1e-6}, {"us", 1e-3}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}}};
    text = trim(text);
    double number = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc() || !std::isfinite(number) || number < 0) return std::nullopt;
    const auto unit = trim(text.substr(static_cast<std::size_t>(end - text.data())));
    for (const auto &[name, factor] : units)
        if (unit == name && number * factor < 1e15) return std::chrono::milliseconds(std::llround(number * factor));
    return std::nullopt;
}

std::variant<std::string, Refusal> request_user(const netkit::Request &request) {
    const auto authorization = first(request, "Authorization");
    std::string user = first(request, "X-Trino-User");
    const std::string original = first(request, "X-Trino-Original-User");
    if (authorization.starts_with("Basic ")) {
        const auto credentials = decode_base64(trim(std::string_view(authorization).substr(6)));
        const auto colon = credentials.find(':');
        if (colon != std::string::npos && colon + 1 < credentials.size())
            return Refusal{401, "Password not allowed for insecure authentication", true};
        if (user.empty()) user = credentials.substr(0, colon);
    }
    if (user.empty()) user = original;
    if (user.empty()) return Refusal{401, std::string(no_user), true};
    return user;
}

std::variant<Session, Refusal> read_session(const netkit::Request &request) {
    auto user = request_user(request);
    if (auto *refused = std::get_if<Refusal>(&user)) return std::move(*refused);
    Session session;
    session.user = std::get<std::string>(std::move(user));
    session.original_user = first(request, "X-Trino-Original-User");
    if (session.original_user.empty()) session.original_user = session.user;
    session.source = first(request, "X-Trino-Source");
    session.catalog = lower(first(request, "X-Trino-Catalog"));
    session.schema = lower(first(request, "X-Trino-Schema"));
    if (session.catalog.empty() && !session.schema.empty())
        return Refusal{400, "Error 400 Bad Request: Schema is set but catalog is not", false};
    session.path = first(request, "X-Trino-Path");
    if (auto zone = first(request, "X-Trino-Time-Zone"); !zone.empty()) session.time_zone = zone;
    if (auto language = first(request, "X-Trino-Language"); !language.empty()) session.language = language;
    session.client_info = first(request, "X-Trino-Client-Info");
    session.trace_token = first(request, "X-Trino-Trace-Token");
    session.user_agent = first(request, "User-Agent");
    session.peer = request.peer.substr(0, request.peer.rfind(':'));
    for (auto &tag : values(request, "X-Trino-Client-Tags"))
        session.tags.insert(std::move(tag));
    for (auto &capability : values(request, "X-Trino-Client-Capabilities"))
        session.capabilities.insert(std::move(capability));
    if (!read_pairs(request, "X-Trino-Session", session.properties)) return bad_header("X-Trino-Session");
    if (!read_pairs(request, "X-Trino-Prepared-Statement", session.prepared)) return bad_header("X-Trino-Prepared-Statement");
    for (const auto &[name, text] : session.prepared) {
        const auto parsed = sql::parse(text);
        const auto *error = std::get_if<sql::SqlError>(&parsed);
        if (error != nullptr && error->code.code == sql::errors::syntax_error.code)
            return Refusal{400, "Error 400 Bad Request: Invalid X-Trino-Prepared-Statement header: " + error->message, false};
    }
    std::map<std::string, std::string> credentials; // checked for form, then forgotten
    if (!read_pairs(request, "X-Trino-Extra-Credential", credentials)) return bad_header("X-Trino-Extra-Credential");
    if (auto refused = read_roles(request, session)) return std::move(*refused);
    if (auto refused = check_estimates(request)) return std::move(*refused);
    if (auto id = first(request, "X-Trino-Transaction-Id"); !id.empty()) {
        session.transactions = true;
        if (lower(id) != "none") {
            if (!is_uuid(id)) return Refusal{400, "Error 400 Bad Request: Invalid UUID string: " + id, false};
            session.transaction = lower(id);
        }
    }
    return session;
}

} // namespace xtn::sandbox::trino
