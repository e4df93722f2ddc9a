// /v1/query and /metrics: the server's own view of its queries.
#include "adapters/sandbox/trino/answers.hpp"
#include "adapters/sandbox/trino/forwarded.hpp"
#include "adapters/sandbox/trino/query_info.hpp"
#include "adapters/sandbox/trino/query_server.hpp"

#include <algorithm>
#include <array>

namespace xtn::sandbox::trino {

namespace {

std::string self_uri(const netkit::Request &request, const std::string &id) {
    return base_uri(request).value_or("") + "/v1/query/" + id;
}

} // namespace

void QueryServer::list_queries(netkit::Exchange &exchange) {
    std::string wanted;
    for (const auto &[name, value] : netkit::parse_query(exchange.request().query()))
        if (name == "state") wanted = value;
    static constexpr std::array states = {"",         "QUEUED",   "RUNNING",   "FINISHED",    "FAILED",
                                          "PLANNING", "STARTING", "FINISHING", "DISPATCHING", "WAITING_FOR_RESOURCES"};
    if (std::none_of(states.begin(), states.end(), [&](const char *state) { return netkit::iequals(state, wanted); }))
        return answer_error(exchange, 500, "No enum constant io.trino.execution.QueryState." + wanted);
    const MutexLock lock(mutex_);
    const auto now = Clock::now();
    std::string out = "[";
    for (const auto &[id, held] : queries_) {
        const auto &query = *held.query;
        if (!query.dispatched() || (!wanted.empty() && !netkit::iequals(query.state(), wanted))) continue;
        if (out.size() > 1) out += ",";
        out += basic_query_info(query, self_uri(exchange.request(), id), now);
    }
    answer_json(exchange, out + "]");
}

void QueryServer::query_resource(netkit::Exchange &exchange, const std::vector<std::string> &rest) {
    const auto &method = exchange.request().method;
    const MutexLock lock(mutex_);
    const auto found = queries_.find(rest[0]);
    // A query that nobody has followed yet does not exist for this path.
    const bool known = found != queries_.end() && found->second.query->dispatched();
    if (rest.size() == 2 && method == "PUT" && (rest[1] == "killed" || rest[1] == "preempted")) {
        if (!known) return answer_error(exchange, 410);
        if (found->second.query->ended()) return answer_empty(exchange, 409);
        const bool killed = rest[1] == "killed";
        sql::SqlError error;
        error.code = killed ? sql::errors::administratively_killed : sql::errors::administratively_preempted;
        error.message = std::string("Query ") + rest[1] + ". Message: " + exchange.request().body;
        cancel(found->second, std::move(error));
        return answer_empty(exchange, 202);
    }
    if (rest.size() != 1) return answer_error(exchange, 404);
    if (method == "DELETE") {
        if (known) {
            sql::SqlError error;
            error.code = sql::errors::user_canceled;
            error.message = "Query was canceled";
            cancel(found->second, std::move(error));
        }
        return answer_empty(exchange, 204);
    }
    if (method != "GET" && method != "HEAD") return answer_empty(exchange, 405, {{"Allow", "HEAD,DELETE,GET,OPTIONS"}});
    if (!known) return answer_error(exchange, 410);
    answer_json(exchange, query_info(*found->second.query, self_uri(exchange.request(), rest[0]), Clock::now()));
}

void QueryServer::metrics(netkit::Exchange &exchange) {
    int queued = 0;
    int running = 0;
    {
        const MutexLock lock(mutex_);
        for (const auto &[id, held] : queries_) {
            if (!held.query->dispatched()) continue;
            if (held.query->state() == "QUEUED") ++queued;
            if (held.query->state() == "RUNNING") ++running;
        }
    }
    const std::array<std::pair<std::string_view, int>, 2> gauges = {
        {{"trino_execution_name_QueryManager_QueuedQueries", queued},
         {"trino_execution_name_QueryManager_RunningQueries", running}}};
    std::vector<std::string> names;
    for (const auto &[name, value] : netkit::parse_query(exchange.request().query()))
        if (name == "name[]") names.push_back(value);
    std::string out;
    for (const auto &[name, value] : gauges) {
        if (!names.empty() && std::find(names.begin(), names.end(), name) == names.end()) continue;
        out.append("# TYPE ")
            .append(name)
            .append(" gauge\n")
            .append(name)
            .append(" ")
            .append(std::to_string(value))
            .append(".0\n");
    }
    answer_text(exchange, "application/openmetrics-text;charset=utf-8;version=1.0.0", out + "# EOF\n");
}

} // namespace xtn::sandbox::trino
