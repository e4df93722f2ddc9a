// A log read over the control plane's audit API (adapters/api/audit_api.hpp): each question is one request.
#pragma once

#include "core/log/log.hpp"

#include <memory>
#include <string>
#include <vector>

namespace xtn::audit {

// The state of a running control plane, as canonical JSON, and the position that it stands for.
struct RunningState {
    std::string canonical;
    Seq seq;
};

class RemoteLog : public LogReader {
  public:
    // Asks for the heads first. Errors: invalid_argument (URL), unavailable (nobody answers, with the URL), permission_denied.
    static Result<std::unique_ptr<RemoteLog>> connect(const std::string &url, const std::string &token);
    // Errors: as the server's answer says.
    virtual Result<RunningState> running_state() const = 0;
};

} // namespace xtn::audit
