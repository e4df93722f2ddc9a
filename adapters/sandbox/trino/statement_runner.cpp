#include "adapters/sandbox/trino/statement_runner.hpp"

#include "adapters/sandbox/trino/session_properties.hpp"
#include "adapters/sandbox/trino/sql/evaluator.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace xtn::sandbox::trino {

namespace {

constexpr std::size_t max_text = 1000000; // query.max-length
constexpr int max_nesting = 2;            // EXECUTE of a prepared EXECUTE

sql::SqlError plain_error(sql::ErrorCode code, std::string message) {
    sql::SqlError error;
    error.code = code;
    error.message = std::move(message);
    return error;
}

std::string now_text() {
    const auto now = std::chrono::system_clock::now();
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[32];
    const auto length = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &utc);
    char fraction[8];
    std::snprintf(fraction, sizeof fraction, ".%03d", static_cast<int>(millis));
    return std::string(text, length) + fraction;
}

// As java.net.URLEncoder: blanks become '+'.
std::string url_encode(std::string_view text) {
    std::string out = netkit::percent_encode(text, "-_.* ");
    std::replace(out.begin(), out.end(), ' ', '+');
    return out;
}

std::size_t longest(const std::vector<sql::Row> &rows, std::size_t column) {
    std::size_t most = 0;
    for (const auto &row : rows)
        if (const auto *text = row[column].as<std::string>()) most = std::max(most, text->size());
    return most;
}

// A listing whose text columns are just wide enough, as Trino's own are (they come from VALUES).
Outcome listing(const std::vector<std::string> &names, std::vector<sql::Row> rows, const std::vector<sql::Row> &all,
                const Session &session) {
    std::vector<sql::Column> columns;
    columns.reserve(names.size());
    for (std::size_t i = 0; i < names.size(); ++i)
        columns.push_back({names[i], sql::varchar_type(static_cast<std::int64_t>(longest(all, i)))});
    Outcome outcome;
    outcome.rows = make_listing(std::move(columns), std::move(rows), session.parametric_datetime());
    return outcome;
}

class Runner {
  public:
    explicit Runner(const StatementContext &context) : context_(context), session_(context.session) {
        facts_ = {session_.user, session_.catalog, session_.schema, session_.time_zone, now_text(), context.version};
    }

    Ran run(sql::Statement statement) {
        if (statement.parameters > 0)
            return sql::error_at(sql::errors::invalid_parameter_usage, 1, 1,
                                 "Incorrect number of parameters: expected " + std::to_string(statement.parameters) +
                                     " but found 0");
        return std::visit([this](auto &body) { return perform(body); }, statement.body);
    }

  private:
    Outcome done(std::string update_type, std::string header = {}, std::string value = {}) {
        Outcome outcome;
        outcome.update_type = std::move(update_type);
        if (!header.empty()) outcome.headers.emplace_back(std::move(header), std::move(value));
        return outcome;
    }

    Ran perform(sql::Select &select) {
        auto planned = plan_select(std::move(select), context_.catalogs, session_, facts_, nullptr);
        if (auto *error = std::get_if<sql::SqlError>(&planned)) return std::move(*error);
        Outcome outcome;
        outcome.rows = std::get<0>(std::move(planned));
        return outcome;
    }

    Ran perform(sql::Show &show) {
        switch (show.kind) {
        case sql::Show::Kind::catalogs:
            return names("Catalog", context_.catalogs.names(), show.like, true);
        case sql::Show::Kind::schemas:
            return show_schemas(show);
        case sql::Show::Kind::tables:
            return show_tables(show);
        case sql::Show::Kind::columns:
            return show_columns(show);
        case sql::Show::Kind::session:
            return show_session(show);
        }
        return plain_error(sql::errors::not_supported, "unknown SHOW");
    }

    Ran names(const std::string &column, const std::vector<std::string> &all, const std::optional<std::string> &like,
              bool measured) {
        std::vector<sql::Row> rows;
        for (const auto &name : all)
            if (!like || sql::like(name, *like, std::nullopt)) rows.push_back({name});
        if (measured) {
            std::vector<sql::Row> everything;
            everything.reserve(all.size());
            for (const auto &name : all)
                everything.push_back({name});
            return listing({column}, std::move(rows), everything, session_);
        }
        Outcome outcome;
        outcome.rows = make_listing({{column, sql::varchar_type()}}, std::move(rows), session_.parametric_datetime());
        return outcome;
    }

    Ran show_schemas(const sql::Show &show) {
        const auto catalog = show.from.parts.empty() ? session_.catalog : show.from.parts[0];
        if (catalog.empty())
            return sql::error_at(sql::errors::missing_catalog_name, 1, 1,
                                 "Catalog must be specified when session catalog is not set");
        if (!context_.catalogs.has(catalog))
            return plain_error(sql::errors::catalog_not_found, "Catalog '" + catalog + "' not found");
        return names("Schema", context_.catalogs.schemas(catalog), show.like, false);
    }

    Ran show_tables(const sql::Show &show) {
        const auto &parts = show.from.parts;
        const auto catalog = parts.size() > 1 ? parts[0] : session_.catalog;
        const auto schema = parts.empty() ? session_.schema : parts.back();
        if (catalog.empty())
            return sql::error_at(sql::errors::missing_catalog_name, 1, 1,
                                 "Catalog must be specified when session catalog is not set");
        if (schema.empty())
            return sql::error_at(sql::errors::missing_schema_name, 1, 1,
                                 "Schema must be specified when session schema is not set");
        if (!context_.catalogs.has(catalog))
            return plain_error(sql::errors::catalog_not_found, "Catalog '" + catalog + "' not found");
        const auto schemas = context_.catalogs.schemas(catalog);
        if (std::find(schemas.begin(), schemas.end(), schema) == schemas.end())
            return sql::error_at(sql::errors::schema_not_found, 1, 1, "Schema '" + schema + "' does not exist");
        return names("Table", context_.catalogs.tables(catalog, schema), show.like, false);
    }

    Ran show_columns(const sql::Show &show) {
        auto found = context_.catalogs.find(show.from, session_);
        if (auto *error = std::get_if<sql::SqlError>(&found)) return std::move(*error);
        std::vector<sql::Row> rows;
        for (const auto &column : std::get<Catalogs::Found>(found).table->columns())
            if (!show.like || sql::like(column.name, *show.like, std::nullopt))
                rows.push_back({column.name, sql::display(column.type, true), "", ""});
        Outcome outcome;
        std::vector<sql::Column> columns;
        for (const auto *name : {"Column", "Type", "Extra", "Comment"})
            columns.push_back({name, sql::varchar_type()});
        outcome.rows = make_listing(std::move(columns), std::move(rows), session_.parametric_datetime());
        return outcome;
    }

    Ran show_session(const sql::Show &show) {
        std::vector<sql::Row> all;
        std::vector<sql::Row> rows;
        for (const auto &property : session_properties()) {
            const auto set = session_.properties.find(std::string(property.name));
            const std::string standard(property.default_value);
            sql::Row row = {std::string(property.name), set == session_.properties.end() ? standard : set->second, standard,
                            std::string(property.type()), std::string(property.description)};
            all.push_back(row);
            if (!show.like || sql::like(property.name, *show.like, std::nullopt)) rows.push_back(std::move(row));
        }
        return listing({"Name", "Value", "Default", "Type", "Description"}, std::move(rows), all, session_);
    }

    Ran perform(sql::SetSession &set) {
        const sql::Scope nothing;
        sql::Analyzer analyzer(nothing);
        if (!analyzer.analyze(set.value, nullptr)) return *analyzer.error();
        sql::Evaluator evaluator(facts_);
        sql::Value value;
        if (!evaluator.evaluate(*set.value, {}, {}, value)) return *evaluator.error();
        const auto text = sql::to_text(value, set.value->type);
        const auto dot = set.name.find('.');
        if (dot != std::string::npos && !context_.catalogs.has(set.name.substr(0, dot)))
            return sql::error_at(sql::errors::catalog_not_found, 1, 1, "Catalog '" + set.name.substr(0, dot) + "' not found");
        if (!is_session_property(set.name))
            return sql::error_at(sql::errors::invalid_session_property, set.value->line, set.value->column,
                                 "Session property '" + set.name + "' does not exist");
        // Of the wrong type it fails now; a text that is no duration fails the next statement: as in Trino.
        const auto wanted = session_property_type(set.name);
        const auto given = sql::is_text(set.value->type) ? std::string_view("varchar") : std::string_view(set.value->type.base);
        if (!wanted.empty() && wanted != given)
            return plain_error(sql::errors::invalid_session_property,
                               "Unable to set session property '" + set.name + "' to '" +
                                   (sql::is_text(set.value->type) ? "'" + text + "'" : text) + "': Cannot cast type " +
                                   sql::display(set.value->type, true) + " to " + std::string(wanted));
        return done("SET SESSION", "X-Trino-Set-Session", set.name + "=" + url_encode(text));
    }
    Ran perform(sql::ResetSession &reset) {
        if (!is_session_property(reset.name))
            return sql::error_at(sql::errors::invalid_session_property, 1, 1,
                                 "Session property '" + reset.name + "' does not exist");
        return done("RESET SESSION", "X-Trino-Clear-Session", reset.name);
    }

    Ran perform(sql::Use &use) {
        const auto &parts = use.name.parts;
        const std::string catalog = parts.size() > 1 ? parts[0] : session_.catalog;
        if (catalog.empty())
            return sql::error_at(sql::errors::missing_catalog_name, 1, 1,
                                 "Catalog must be specified when session catalog is not set");
        if (!context_.catalogs.has(catalog))
            return plain_error(sql::errors::catalog_not_found, "Catalog '" + catalog + "' not found");
        const auto schemas = context_.catalogs.schemas(catalog);
        if (std::find(schemas.begin(), schemas.end(), parts.back()) == schemas.end())
            return plain_error(sql::errors::not_found, "Schema does not exist: " + catalog + "." + parts.back());
        Outcome outcome = done("USE");
        if (parts.size() > 1) outcome.headers.emplace_back("X-Trino-Set-Catalog", catalog);
        outcome.headers.emplace_back("X-Trino-Set-Schema", parts.back());
        return outcome;
    }

    Ran perform(sql::Prepare &prepare) {
        return done("PREPARE", "X-Trino-Added-Prepare", url_encode(prepare.name) + "=" + url_encode(prepare.text));
    }
    Ran perform(sql::Deallocate &deallocate) {
        if (!session_.prepared.contains(deallocate.name))
            return plain_error(sql::errors::not_found, "Prepared statement not found: " + deallocate.name);
        return done("DEALLOCATE", "X-Trino-Deallocated-Prepare", url_encode(deallocate.name));
    }

    // A place in the text of EXECUTE IMMEDIATE, as a place in the whole statement.
    static sql::SqlError placed(sql::SqlError error, const sql::Execute &execute) {
        if (!execute.name.empty() || error.line == 0) return error;
        const auto said = error.message.substr(error.message.find(": ") + 2);
        const auto exception = error.exception;
        auto moved =
            sql::error_at(error.code, error.line + execute.line - 1, error.column + (error.line == 1 ? execute.column : 0), said);
        moved.exception = exception;
        return moved;
    }

    Ran perform(sql::Execute &execute) {
        if (++nesting_ > max_nesting) return plain_error(sql::errors::not_supported, "Nested EXECUTE");
        std::string text = execute.text;
        if (!execute.name.empty()) {
            const auto found = session_.prepared.find(execute.name);
            if (found == session_.prepared.end())
                return plain_error(sql::errors::not_found, "Prepared statement not found: " + execute.name);
            text = found->second;
        }
        auto parsed = parse_statement(text);
        if (auto *error = std::get_if<sql::SqlError>(&parsed)) return placed(std::move(*error), execute);
        auto &inner = std::get<sql::Statement>(parsed);
        const auto wanted = inner.parameters;
        const auto given = execute.parameters.size();
        if (!sql::bind_parameters(inner, std::move(execute.parameters)))
            return placed(sql::error_at(sql::errors::invalid_parameter_usage, 1, 1,
                                        "Incorrect number of parameters: expected " + std::to_string(wanted) + " but found " +
                                            std::to_string(given)),
                          execute);
        return run(std::move(inner));
    }

    Ran perform(sql::DescribePrepared &describe) {
        const auto found = session_.prepared.find(describe.name);
        if (found == session_.prepared.end())
            return plain_error(sql::errors::not_found, "Prepared statement not found: " + describe.name);
        auto parsed = parse_statement(found->second);
        if (auto *error = std::get_if<sql::SqlError>(&parsed)) return std::move(*error);
        auto &inner = std::get<sql::Statement>(parsed);
        std::vector<sql::SqlType> types;
        std::unique_ptr<Execution> planned;
        if (auto *select = std::get_if<sql::Select>(&inner.body)) {
            auto plan = plan_select(std::move(*select), context_.catalogs, session_, facts_, &types);
            if (auto *error = std::get_if<sql::SqlError>(&plan)) return std::move(*error);
            planned = std::get<0>(std::move(plan));
        }
        types.resize(inner.parameters, sql::simple_type("unknown"));
        return describe.output ? describe_output(planned.get()) : describe_input(types);
    }

    Ran describe_input(const std::vector<sql::SqlType> &types) {
        std::vector<sql::Row> rows;
        rows.reserve(types.size());
        for (std::size_t i = 0; i < types.size(); ++i)
            rows.push_back({static_cast<std::int64_t>(i), sql::display(types[i], true)});
        const auto width = longest(rows, 1);
        Outcome outcome;
        outcome.rows = make_listing(
            {{"Position", sql::simple_type("integer")}, {"Type", sql::varchar_type(static_cast<std::int64_t>(width))}},
            std::move(rows), session_.parametric_datetime());
        return outcome;
    }

    Ran describe_output(const Execution *planned) {
        std::vector<sql::Row> rows;
        for (std::size_t i = 0; planned != nullptr && i < planned->columns().size(); ++i) {
            const auto &column = planned->columns()[i];
            sql::Row row = {column.name};
            std::string_view origin = planned->origins()[i];
            for (int part = 0; part < 3; ++part) {
                const auto dot = origin.find('.');
                row.emplace_back(std::string(origin.substr(0, dot)));
                origin = dot == std::string_view::npos ? std::string_view() : origin.substr(dot + 1);
            }
            row.emplace_back(sql::display(column.type, true));
            row.emplace_back(type_size(column.type));
            row.emplace_back(planned->origins()[i].empty() && !column.name.starts_with("_col"));
            rows.push_back(std::move(row));
        }
        std::vector<sql::Column> columns;
        static constexpr const char *names[] = {"Column Name", "Catalog", "Schema", "Table", "Type"};
        columns.reserve(std::size(names) + 2);
        for (std::size_t i = 0; i < std::size(names); ++i)
            columns.push_back({names[i], sql::varchar_type(static_cast<std::int64_t>(longest(rows, i)))});
        columns.push_back({"Type Size", sql::simple_type("integer")});
        columns.push_back({"Aliased", sql::simple_type("boolean")});
        Outcome outcome;
        outcome.rows = make_listing(std::move(columns), std::move(rows), session_.parametric_datetime());
        return outcome;
    }

    // Bytes of a value of fixed size, 0 for all others.
    static std::int64_t type_size(const sql::SqlType &type) {
        if (type.base == "bigint" || type.base == "double") return 8;
        if (type.base == "integer" || type.base == "real" || type.base == "date") return 4;
        if (type.base == "smallint") return 2;
        return type.base == "tinyint" || type.base == "boolean" ? 1 : 0;
    }

    Ran perform(sql::StartTransaction &) {
        if (!session_.transactions) return plain_error(sql::errors::incompatible_client, "Client does not support transactions");
        if (!session_.transaction.empty()) return plain_error(sql::errors::not_supported, "Nested transactions not supported");
        return done("START TRANSACTION", "X-Trino-Started-Transaction-Id",
                    context_.transactions.begin(Transactions::Clock::now()));
    }
    Ran perform(sql::EndTransaction &end) {
        if (session_.transaction.empty()) return plain_error(sql::errors::not_in_transaction, "No transaction in progress");
        context_.transactions.end(session_.transaction);
        return done(end.commit ? "COMMIT" : "ROLLBACK", "X-Trino-Clear-Transaction-Id", "true");
    }

    Ran perform(sql::SetRole &set) {
        if (set.role != "ALL" && set.role != "NONE")
            return sql::error_at(sql::errors::role_not_found, set.line, set.column, "Role '" + set.role + "' does not exist");
        return done("SET ROLE", "X-Trino-Set-Role", (set.catalog.empty() ? "system" : set.catalog) + "=" + set.role);
    }
    Ran perform(sql::SetTimeZone &set) {
        if (set.local) return done("SET TIME ZONE", "X-Trino-Clear-Session", "time_zone_id");
        if (auto error = check_time_zone(set.zone)) return std::move(*error);
        return done("SET TIME ZONE", "X-Trino-Set-Session", "time_zone_id=" + url_encode(set.zone));
    }
    Ran perform(sql::SetPath &set) {
        if (!session_.capabilities.contains("PATH"))
            return plain_error(sql::errors::not_supported, "SET PATH not supported by client");
        return done("SET PATH", "X-Trino-Set-Path", set.path);
    }
    Ran perform(sql::SetAuthorization &set) {
        if (!session_.capabilities.contains("SESSION_AUTHORIZATION"))
            return plain_error(sql::errors::not_supported, set.reset ? "RESET SESSION AUTHORIZATION not supported by client"
                                                                     : "SET SESSION AUTHORIZATION not supported by client");
        if (set.reset) return done("RESET SESSION AUTHORIZATION", "X-Trino-Reset-Authorization-User", "true");
        auto error = plain_error(sql::errors::permission_denied,
                                 "Access Denied: User " + session_.original_user + " cannot impersonate user " + set.user);
        error.exception = "io.trino.spi.security.AccessDeniedException";
        return error;
    }

    const StatementContext &context_;
    const Session &session_;
    sql::SessionFacts facts_;
    int nesting_ = 0;
};

} // namespace

sql::Parsed parse_statement(std::string_view text) {
    if (text.size() > max_text)
        return plain_error(sql::errors::query_text_too_large, "Query text length (" + std::to_string(text.size()) +
                                                                  ") exceeds the maximum length (" + std::to_string(max_text) +
                                                                  ")");
    return sql::parse(text);
}

Ran run_statement(sql::Statement statement, const StatementContext &context) {
    return Runner(context).run(std::move(statement));
}

} // namespace xtn::sandbox::trino
