#include "adapters/sandbox/trino/query_info.hpp"

#include "adapters/sandbox/trino/sql/json_text.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace xtn::sandbox::trino {

namespace {

void text(std::string &out, std::string_view name, std::string_view value) {
    out.append(",\"").append(name).append("\":");
    append_json_string(out, value);
}
void optional_text(std::string &out, std::string_view name, std::string_view value) {
    if (!value.empty()) text(out, name, value);
}
void raw(std::string &out, std::string_view name, std::string_view json) {
    out.append(",\"").append(name).append("\":").append(json);
}
template <class Strings> void list(std::string &out, std::string_view name, const Strings &values) {
    out.append(",\"").append(name).append("\":[");
    bool first = true;
    for (const auto &value : values) {
        out += first ? "" : ",";
        append_json_string(out, value);
        first = false;
    }
    out += "]";
}
void map(std::string &out, std::string_view name, const std::map<std::string, std::string> &values) {
    out.append(",\"").append(name).append("\":{");
    bool first = true;
    for (const auto &[key, value] : values) {
        out += first ? "" : ",";
        append_json_string(out, key);
        out += ":";
        append_json_string(out, value);
        first = false;
    }
    out += "}";
}

std::string instant(std::chrono::system_clock::time_point at) {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count();
    const std::time_t seconds = micros / 1000000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[48];
    const auto length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    char fraction[16];
    std::snprintf(fraction, sizeof fraction, ".%06dZ", static_cast<int>(micros % 1000000));
    return std::string(text, length) + fraction;
}
std::string millis(std::int64_t value) {
    return std::to_string(value) + ".00ms";
}

void append_session(std::string &out, const Query &query) {
    const auto &session = query.session();
    out += ",\"session\":{\"queryId\":";
    append_json_string(out, query.id());
    raw(out, "querySpan", "{}");
    optional_text(out, "transactionId", session.transaction);
    raw(out, "clientTransactionSupport", session.transactions ? "true" : "false");
    text(out, "user", session.user);
    text(out, "originalUser", session.original_user);
    raw(out, "setOriginalRoles", "[]");
    raw(out, "groups", "[]");
    raw(out, "originalUserGroups", "[]");
    text(out, "principal", session.user);
    raw(out, "enabledRoles", "[]");
    optional_text(out, "source", session.source);
    optional_text(out, "catalog", session.catalog);
    optional_text(out, "schema", session.schema);
    raw(out, "path",
        R"({"path":[{"catalogName":"system","schemaName":"$query"},{"catalogName":"system","schemaName":"builtin"}],"rawPath":""})");
    raw(out, "timeZoneKey", "0");
    text(out, "locale", session.language);
    text(out, "remoteUserAddress", session.peer);
    optional_text(out, "userAgent", session.user_agent);
    optional_text(out, "clientInfo", session.client_info);
    optional_text(out, "traceToken", session.trace_token);
    list(out, "clientTags", session.tags);
    list(out, "clientCapabilities", session.capabilities);
    raw(out, "resourceEstimates", "{}");
    text(out, "start", instant(query.created()));
    map(out, "systemProperties", session.properties);
    raw(out, "catalogProperties", "{}");
    raw(out, "catalogRoles", "{}");
    map(out, "preparedStatements", session.prepared);
    text(out, "protocolName", "Trino");
    text(out, "timeZone", session.time_zone);
    out += "}";
}

void append_query_stats(std::string &out, const Query &query, const QueryStats &stats) {
    out += ",\"queryStats\":{\"createTime\":";
    append_json_string(out, instant(query.created()));
    if (const auto ended = query.ended_at()) text(out, "endTime", instant(*ended));
    text(out, "queuedTime", millis(stats.queued_ms));
    text(out, "resourceWaitingTime", "0.00ns");
    text(out, "elapsedTime", millis(stats.elapsed_ms));
    text(out, "executionTime", millis(stats.elapsed_ms - stats.queued_ms));
    const int drivers = stats.with_stages ? 1 : 0;
    const auto count = [&](std::string_view name, int value) { raw(out, name, std::to_string(value)); };
    count("failedTasks", stats.failed ? drivers : 0);
    count("totalDrivers", drivers);
    count("queuedDrivers", 0);
    count("runningDrivers", query.ended() ? 0 : drivers);
    count("completedDrivers", query.ended() ? drivers : 0);
    count("blockedDrivers", 0);
    raw(out, "processedInputPositions", std::to_string(stats.rows));
    for (const auto *name :
         {"spilledDataSize", "physicalInputDataSize", "physicalWrittenDataSize", "internalNetworkInputDataSize"})
        text(out, name, "0B");
    raw(out, "cumulativeUserMemory", "0.0");
    raw(out, "failedCumulativeUserMemory", "0.0");
    for (const auto *name :
         {"userMemoryReservation", "totalMemoryReservation", "peakUserMemoryReservation", "peakTotalMemoryReservation"})
        text(out, name, "0B");
    for (const auto *name : {"planningTime", "analysisTime", "totalCpuTime", "failedCpuTime", "totalScheduledTime",
                             "failedScheduledTime", "finishingTime", "physicalInputReadTime"})
        text(out, name, "0.00ns");
    raw(out, "fullyBlocked", "false");
    raw(out, "blockedReasons", "[]");
    if (stats.with_stages) {
        raw(out, "progressPercentage", query.ended() ? "100.0" : "0.0");
        raw(out, "runningPercentage", query.ended() ? "0.0" : "100.0");
    }
    out += "}";
}

void append_common(std::string &out, const Query &query, const std::string &self_uri, const QueryStats &stats, bool full) {
    out += "{\"queryId\":";
    append_json_string(out, query.id());
    append_session(out, query);
    if (!full) raw(out, "resourceGroupId", "[\"global\"]");
    text(out, "state", stats.state);
    if (!full) raw(out, "scheduled", stats.scheduled ? "true" : "false");
    text(out, "self", self_uri);
    if (full) raw(out, "fieldNames", "[]");
    text(out, "query", query.text());
    if (!query.update_type().empty()) text(out, "updateType", query.update_type());
    append_query_stats(out, query, stats);
}

void append_error(std::string &out, const Query &query) {
    if (!query.error()) return;
    const auto &code = query.error()->code;
    text(out, "errorType", code.type);
    out.append(",\"errorCode\":{\"code\":").append(std::to_string(code.code));
    text(out, "name", code.name);
    text(out, "type", code.type);
    out += "}";
}

} // namespace

std::string basic_query_info(const Query &query, const std::string &self_uri, Query::Clock::time_point now) {
    std::string out;
    append_common(out, query, self_uri, query.stats(now), false);
    append_error(out, query);
    text(out, "queryType", query.update_type().empty() ? "SELECT" : "DATA_DEFINITION");
    text(out, "retryPolicy", "NONE");
    return out + "}";
}

std::string query_info(const Query &query, const std::string &self_uri, Query::Clock::time_point now) {
    std::string out;
    append_common(out, query, self_uri, query.stats(now), true);
    if (query.error()) {
        out += ",\"failureInfo\":";
        append_failure(out, *query.error());
    }
    append_error(out, query);
    raw(out, "warnings", "[]");
    raw(out, "inputs", "[]");
    raw(out, "referencedTables", "[]");
    raw(out, "routines", "[]");
    raw(out, "finalQueryInfo", query.ended() ? "true" : "false");
    raw(out, "resourceGroupId", "[\"global\"]");
    text(out, "queryType", query.update_type().empty() ? "SELECT" : "DATA_DEFINITION");
    text(out, "retryPolicy", "NONE");
    raw(out, "pruned", "false");
    text(out, "version", "stand-in");
    return out + "}";
}

} // namespace xtn::sandbox::trino
