#include "cli/audit/source.hpp"

#include <fmt/format.h>

namespace xtn::audit {

Source Source::folder(const std::filesystem::path &data) {
    Source source;
    const bool is_log = std::filesystem::exists(data / "FORMAT");
    source.folder_ = is_log ? data : data / "log";
    return source;
}

Source Source::server(std::string url, std::string token) {
    Source source;
    source.url_ = std::move(url);
    source.token_ = std::move(token);
    return source;
}

Result<std::unique_ptr<LogReader>> Source::open() const {
    if (!is_server()) return Log::open_reader(folder_);
    auto remote = RemoteLog::connect(url_, token_);
    if (!remote) return std::move(remote).error();
    return std::unique_ptr<LogReader>(std::move(*remote));
}

Result<RunningState> Source::running_state() const {
    if (!is_server()) return make_error(Code::unsupported, "a folder holds no running state; give --server URL");
    auto remote = RemoteLog::connect(url_, token_);
    if (!remote) return std::move(remote).error();
    return (*remote)->running_state();
}

} // namespace xtn::audit
