#include "core/base/ids.hpp"

#include "core/base/subject_rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace xtn {

namespace {

constexpr std::size_t max_subject_bytes = 320;
constexpr std::size_t max_name_bytes = 253; // Kubernetes: a DNS subdomain

constexpr bool is_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
// Asked for each character of each event's subject.
constexpr auto name_chars = [] {
    std::array<bool, 256> all{};
    for (int c = 0; c < 256; ++c)
        all[static_cast<std::size_t>(c)] = is_alnum(static_cast<char>(c)) || c == '.' || c == '_' || c == '-';
    return all;
}();
bool is_name_char(char c) {
    return name_chars[static_cast<unsigned char>(c)];
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= max_name_bytes && std::all_of(text.begin(), text.end(), is_name_char);
}

constexpr std::string_view runtime_prefix = "runtime/";

std::optional<RuntimeNames> names_of(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const RuntimeNames names{text.substr(0, slash), text.substr(slash + 1)};
    return is_name(names.ns) && is_name(names.name) ? std::optional(names) : std::nullopt;
}

} // namespace

Result<RuntimeId> RuntimeId::parse(std::string_view text) {
    const auto names = names_of(text);
    if (!names) return make_error(Code::invalid_argument, fmt::format("'{}' is not <namespace>/<name>", text));
    return RuntimeId{std::string(names->ns), std::string(names->name)};
}

std::optional<RuntimeNames> runtime_names(std::string_view subject) {
    return subject.starts_with(runtime_prefix) ? names_of(subject.substr(runtime_prefix.size())) : std::nullopt;
}

Result<RuntimeId> Subject::as_runtime() const {
    if (!std::string_view(text).starts_with(runtime_prefix))
        return make_error(Code::invalid_argument, fmt::format("subject '{}' is not a runtime", text));
    return RuntimeId::parse(std::string_view(text).substr(runtime_prefix.size()));
}

Status check_subject(std::string_view text) {
    const auto refuse = [&](std::string_view why) {
        return make_error(Code::invalid_argument, fmt::format("subject '{}' {}", text.substr(0, 80), why));
    };
    if (text.empty()) return refuse("is empty");
    if (text.size() > max_subject_bytes) return refuse(fmt::format("is longer than {} bytes", max_subject_bytes));
    if (!std::all_of(text.begin(), text.end(), [](char c) { return is_name_char(c) || c == '/'; }))
        return refuse("holds a character outside [A-Za-z0-9._/-]");
    if (text.front() == '/' || text.back() == '/' || text.find("//") != std::string_view::npos)
        return refuse("has an empty part");
    return ok();
}

Result<Subject> Subject::parse(std::string_view text) {
    if (auto done = check_subject(text); !done) return std::move(done).error();
    return Subject{std::string(text)};
}

} // namespace xtn
