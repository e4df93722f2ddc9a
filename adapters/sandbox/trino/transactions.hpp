// Ids of open transactions. They guard nothing here; clients see the same ids, errors and ends as with a real server.
#pragma once

#include "adapters/sandbox/trino/sql/error.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace xtn::sandbox::trino {

class Transactions {
  public:
    using Clock = std::chrono::steady_clock;

    // A new id, a random UUID; the longest unused one goes when there are more than a thousand.
    std::string begin(Clock::time_point now);
    // UNKNOWN_TRANSACTION, or TRANSACTION_ALREADY_ABORTED unless the statement is the one that ends it.
    std::optional<sql::SqlError> use(const std::string &id, bool ending, Clock::time_point now);
    void abort(const std::string &id);
    void end(const std::string &id);
    // Forgets those idle for five minutes.
    void expire(Clock::time_point now);

  private:
    struct Open {
        bool aborted = false;
        Clock::time_point used;
    };
    std::map<std::string, Open> open_;
};

std::string random_uuid();

} // namespace xtn::sandbox::trino
