#include "adapters/sandbox/trino/page.hpp"

#include "adapters/sandbox/trino/sql/json_text.hpp"

#include <array>

namespace xtn::sandbox::trino {

namespace {

// Members in Trino's order. `comma` first, so that members can follow each other freely.
void number(std::string &out, std::string_view name, std::int64_t value) {
    out.append(",\"").append(name).append("\":").append(std::to_string(value));
}
void text(std::string &out, std::string_view name, std::string_view value) {
    out.append(",\"").append(name).append("\":");
    append_json_string(out, value);
}
void flag(std::string &out, std::string_view name, bool value) {
    out.append(",\"").append(name).append("\":").append(value ? "true" : "false");
}

struct Splits {
    int total, queued, running, completed;
};
Splits splits_of(const QueryStats &stats, int stages) {
    if (!stats.with_progress) return {0, 0, 0, 0};
    if (stats.done) return {stages, 0, 0, stages};
    return {stages, 0, stages, 0};
}
void append_splits(std::string &out, const Splits &splits) {
    number(out, "totalSplits", splits.total);
    number(out, "queuedSplits", splits.queued);
    number(out, "runningSplits", splits.running);
    number(out, "completedSplits", splits.completed);
}

void append_stage(std::string &out, const QueryStats &stats, int id, bool has_child) {
    out.append("{\"stageId\":\"").append(std::to_string(id)).append("\"");
    text(out, "state", stats.failed ? "FAILED" : stats.done ? "FINISHED" : "RUNNING");
    flag(out, "done", stats.done);
    number(out, "nodes", 1);
    append_splits(out, splits_of(stats, 1));
    number(out, "cpuTimeMillis", 0);
    number(out, "wallTimeMillis", 0);
    number(out, "processedRows", stats.rows);
    number(out, "processedBytes", stats.bytes);
    number(out, "physicalInputBytes", 0);
    number(out, "failedTasks", stats.failed ? 1 : 0);
    flag(out, "coordinatorOnly", false);
    out += ",\"subStages\":[";
    if (has_child) append_stage(out, stats, id + 1, false);
    out += "]}";
}

struct Cause {
    int code;
    std::string_view type;
    std::string_view message;
};
// Exceptions that a real server nests in some errors; clients show them.
constexpr std::array causes = {Cause{1, "org.antlr.v4.runtime.InputMismatchException", ""},
                               Cause{8, "java.lang.ArithmeticException", "/ by zero"}};

constexpr std::string_view stack =
    "[\"xtrinode.StandIn.answer(StandIn:1)\"]"; // in the form that clients parse; there is no other

void append_error_info(std::string &out, int code, std::string_view name, std::string_view type) {
    out.append(",\"errorInfo\":{\"code\":").append(std::to_string(code));
    text(out, "name", name);
    text(out, "type", type);
    out += "}";
}

void append_location(std::string &out, const sql::SqlError &error) {
    if (error.line == 0) return;
    out.append(",\"errorLocation\":{\"lineNumber\":").append(std::to_string(error.line));
    number(out, "columnNumber", error.column);
    out += "}";
}

} // namespace

void append_stats(std::string &out, const QueryStats &stats) {
    const int stages = stats.two_stages ? 2 : 1;
    const auto splits = stats.with_stages ? splits_of(stats, stages) : Splits{0, 0, 0, 0};
    out += "{\"state\":";
    append_json_string(out, stats.state);
    flag(out, "queued", stats.queued);
    flag(out, "scheduled", stats.scheduled);
    if (stats.with_stages && stats.with_progress) {
        out.append(",\"progressPercentage\":").append(stats.done ? "100.0" : "0.0");
        out.append(",\"runningPercentage\":").append(stats.done ? "0.0" : "100.0");
    }
    number(out, "nodes", stats.with_stages ? 1 : 0);
    append_splits(out, splits);
    number(out, "planningTimeMillis", stats.planning_ms);
    number(out, "analysisTimeMillis", stats.planning_ms);
    number(out, "cpuTimeMillis", 0);
    number(out, "wallTimeMillis", 0);
    number(out, "queuedTimeMillis", stats.queued_ms);
    number(out, "elapsedTimeMillis", stats.elapsed_ms);
    number(out, "finishingTimeMillis", 0);
    number(out, "physicalInputTimeMillis", 0);
    number(out, "processedRows", stats.rows);
    number(out, "processedBytes", stats.bytes);
    number(out, "physicalInputBytes", 0);
    number(out, "physicalWrittenBytes", 0);
    number(out, "internalNetworkInputBytes", 0);
    number(out, "peakMemoryBytes", 0);
    number(out, "spilledBytes", 0);
    if (stats.with_stages) {
        out += ",\"rootStage\":";
        append_stage(out, stats, 0, stats.two_stages);
    }
    out += "}";
}

void append_failure(std::string &out, const sql::SqlError &error) {
    out += "{\"type\":";
    append_json_string(out, error.exception);
    text(out, "message", error.message);
    for (const auto &cause : causes) {
        if (cause.code != error.code.code) continue;
        out += ",\"cause\":{\"type\":";
        append_json_string(out, cause.type);
        if (!cause.message.empty()) text(out, "message", cause.message);
        out.append(",\"suppressed\":[],\"stack\":").append(stack);
        append_error_info(out, 65536, "GENERIC_INTERNAL_ERROR", "INTERNAL_ERROR");
        out += "}";
    }
    out.append(",\"suppressed\":[],\"stack\":").append(stack);
    append_error_info(out, error.code.code, error.code.name, error.code.type);
    append_location(out, error);
    out += "}";
}

std::string render(const Page &page, const std::string &query_id, const std::string &base, bool parametric_datetime) {
    std::string out;
    out.reserve(page.data.size() + 2048);
    out += "{\"id\":";
    append_json_string(out, query_id);
    text(out, "infoUri", base + "/ui#/queries/" + query_id);
    if (!page.partial_cancel_path.empty()) text(out, "partialCancelUri", base + page.partial_cancel_path);
    if (!page.next_path.empty()) text(out, "nextUri", base + page.next_path);
    if (page.columns != nullptr) {
        out += ",\"columns\":[";
        for (std::size_t i = 0; i < page.columns->size(); ++i) {
            const auto &column = (*page.columns)[i];
            out.append(i == 0 ? "" : ",").append("{\"name\":");
            append_json_string(out, column.name);
            text(out, "type", sql::display(column.type, parametric_datetime));
            out += ",\"typeSignature\":";
            sql::append_signature(out, column.type, parametric_datetime);
            out += "}";
        }
        out += "]";
    }
    if (!page.data.empty()) out.append(",\"data\":[").append(page.data).append("]");
    out += ",\"stats\":";
    append_stats(out, page.stats);
    if (page.error) {
        const auto &error = *page.error;
        out += ",\"error\":{\"message\":";
        append_json_string(out, error.message);
        number(out, "errorCode", error.code.code);
        text(out, "errorName", error.code.name);
        text(out, "errorType", error.code.type);
        append_location(out, error);
        out += ",\"failureInfo\":";
        append_failure(out, error);
        out += "}";
    }
    out += ",\"warnings\":[]";
    if (!page.update_type.empty()) text(out, "updateType", page.update_type);
    out += "}";
    return out;
}

} // namespace xtn::sandbox::trino
