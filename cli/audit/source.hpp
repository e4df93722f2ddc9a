// Where the log is: a folder or a running control plane. Each question is put to a freshly opened reader.
#pragma once

#include "cli/audit/remote_log.hpp"
#include "core/log/log.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace xtn::audit {

class Source {
  public:
    // The folder given to `xtrinode sandbox --data` or `xtrinode controller --data`, or the log's own folder in it.
    static Source folder(const std::filesystem::path &data);
    static Source server(std::string url, std::string token);

    // Errors: as Log::open_reader() and RemoteLog::connect(), in a sentence that names the folder or URL.
    Result<std::unique_ptr<LogReader>> open() const;
    // Only of a server. Errors: unsupported for a folder.
    Result<RunningState> running_state() const;
    bool is_server() const { return !url_.empty(); }
    // The log's own folder; empty for a server.
    const std::filesystem::path &log_folder() const { return folder_; }

  private:
    std::filesystem::path folder_;
    std::string url_;
    std::string token_;
};

} // namespace xtn::audit
