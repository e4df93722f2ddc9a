#include "gateway/observe/access_log.hpp"

#include "core/base/ids.hpp"
#include "gateway/routing/query_id.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cerrno>
#include <iterator>

namespace xtn::gateway {

namespace {

constexpr std::size_t max_text = 256;

// Clients choose these bytes: nothing of them may end the line or the string.
void append_text(std::string &out, std::string_view text) {
    for (const char c : text.substr(0, max_text)) {
        const auto u = static_cast<unsigned char>(c);
        out.push_back(u < 0x20 || u >= 0x7f || c == '"' || c == '\\' ? '?' : c);
    }
}

void append_member(std::string &out, std::string_view name, std::string_view text) {
    if (text.empty()) return;
    out.append(",\"").append(name).append("\":\"");
    append_text(out, text);
    out.push_back('"');
}

// "/v1/statement/executing/<id>/<slug>/3" without its slug.
void append_path(std::string &out, std::string_view path) {
    path = path.substr(0, path.find('?'));
    const auto id = query_id_in_path(path);
    if (!id || !path.starts_with("/v1/statement/")) return append_text(out, path);
    const auto id_end = static_cast<std::size_t>(id->data() - path.data()) + id->size();
    append_text(out, path.substr(0, id_end));
    const auto last = path.rfind('/');
    if (last > id_end) {
        out.append("/-");
        append_text(out, path.substr(last));
    }
}

} // namespace

void AccessLog::add(const AccessLine &line) {
    const auto time = Timestamp::now().rfc3339();
    const std::lock_guard lock(mutex_);
    if (pending_.size() > max_pending_bytes) {
        ++dropped_;
        return;
    }
    fmt::format_to(std::back_inserter(pending_), R"({{"time":"{}","status":{},"ms":{}.{:03},"bytes":{},"method":")", time,
                   line.status, line.took.count() / 1000, line.took.count() % 1000, line.bytes);
    append_text(pending_, line.method);
    pending_.append("\",\"path\":\"");
    append_path(pending_, line.path);
    pending_.push_back('"');
    append_member(pending_, "runtime", line.runtime);
    append_member(pending_, "group", line.routing_group);
    append_member(pending_, "query", line.query_id);
    append_member(pending_, "peer", line.peer);
    append_member(pending_, "user", line.user);
    append_member(pending_, "note", line.note);
    if (dropped_ > 0) {
        fmt::format_to(std::back_inserter(pending_), ",\"lines_dropped_before\":{}", dropped_);
        dropped_ = 0;
    }
    pending_.append("}\n");
}

void AccessLog::flush() {
    if (!enabled()) return;
    {
        const std::lock_guard lock(mutex_);
        writing_.clear();
        std::swap(writing_, pending_);
    }
    std::string_view left = writing_;
    while (!left.empty()) {
        const auto n = ::write(fd_, left.data(), left.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return; // nobody reads it any more
        left.remove_prefix(static_cast<std::size_t>(n));
    }
}

} // namespace xtn::gateway
