#include "adapters/sandbox/trino/transactions.hpp"

#include <algorithm>
#include <random>

namespace xtn::sandbox::trino {

namespace {
constexpr std::size_t max_open = 1000;
constexpr std::chrono::minutes idle_timeout{5}; // transaction.idle-timeout
} // namespace

std::string random_uuid() {
    static constexpr char hex[] = "0123456789abcdef";
    std::random_device random;
    std::string id;
    for (int i = 0; i < 36; ++i) {
        if (i == 8 || i == 13 || i == 18 || i == 23)
            id += '-';
        else if (i == 14)
            id += '4';
        else
            id += hex[i == 19 ? 8 + random() % 4 : random() % 16];
    }
    return id;
}

std::string Transactions::begin(Clock::time_point now) {
    if (open_.size() >= max_open) {
        const auto oldest = std::min_element(open_.begin(), open_.end(),
                                             [](const auto &a, const auto &b) { return a.second.used < b.second.used; });
        open_.erase(oldest);
    }
    auto id = random_uuid();
    open_[id] = Open{false, now};
    return id;
}

std::optional<sql::SqlError> Transactions::use(const std::string &id, bool ending, Clock::time_point now) {
    const auto found = open_.find(id);
    sql::SqlError error;
    if (found == open_.end()) {
        error.code = sql::errors::unknown_transaction;
        error.message = "Unknown transaction ID: " + id + ". Possibly expired? Commands ignored until end of transaction block";
        error.exception = "io.trino.NotInTransactionException";
        return error;
    }
    found->second.used = now;
    if (!found->second.aborted || ending) return std::nullopt;
    error.code = sql::errors::transaction_already_aborted;
    error.message = "Current transaction is aborted, commands ignored until end of transaction block";
    return error;
}

void Transactions::abort(const std::string &id) {
    if (const auto found = open_.find(id); found != open_.end()) found->second.aborted = true;
}

void Transactions::end(const std::string &id) {
    open_.erase(id);
}

void Transactions::expire(Clock::time_point now) {
    std::erase_if(open_, [&](const auto &entry) { return now - entry.second.used > idle_timeout; });
}

} // namespace xtn::sandbox::trino
