// What a statement can fail with: Trino's own error codes (StandardErrorCode), as far as the stand-in gives them.
#pragma once

#include <string>
#include <string_view>

namespace xtn::sandbox::trino::sql {

// As clients see them: errorName, errorCode, errorType.
struct ErrorCode {
    std::string_view name;
    int code;
    std::string_view type;
};

namespace errors {
inline constexpr std::string_view user_error = "USER_ERROR";
inline constexpr std::string_view internal_error = "INTERNAL_ERROR";
inline constexpr std::string_view insufficient_resources = "INSUFFICIENT_RESOURCES";

inline constexpr ErrorCode syntax_error{"SYNTAX_ERROR", 1, user_error};
inline constexpr ErrorCode abandoned_query{"ABANDONED_QUERY", 2, user_error};
inline constexpr ErrorCode user_canceled{"USER_CANCELED", 3, user_error};
inline constexpr ErrorCode permission_denied{"PERMISSION_DENIED", 4, user_error};
inline constexpr ErrorCode not_found{"NOT_FOUND", 5, user_error};
inline constexpr ErrorCode function_not_found{"FUNCTION_NOT_FOUND", 6, user_error};
inline constexpr ErrorCode invalid_function_argument{"INVALID_FUNCTION_ARGUMENT", 7, user_error};
inline constexpr ErrorCode division_by_zero{"DIVISION_BY_ZERO", 8, user_error};
inline constexpr ErrorCode invalid_cast_argument{"INVALID_CAST_ARGUMENT", 9, user_error};
inline constexpr ErrorCode not_supported{"NOT_SUPPORTED", 13, user_error};
inline constexpr ErrorCode invalid_session_property{"INVALID_SESSION_PROPERTY", 14, user_error};
inline constexpr ErrorCode numeric_value_out_of_range{"NUMERIC_VALUE_OUT_OF_RANGE", 19, user_error};
inline constexpr ErrorCode unknown_transaction{"UNKNOWN_TRANSACTION", 20, user_error};
inline constexpr ErrorCode not_in_transaction{"NOT_IN_TRANSACTION", 21, user_error};
inline constexpr ErrorCode transaction_already_aborted{"TRANSACTION_ALREADY_ABORTED", 22, user_error};
inline constexpr ErrorCode incompatible_client{"INCOMPATIBLE_CLIENT", 27, user_error};
inline constexpr ErrorCode query_text_too_large{"QUERY_TEXT_TOO_LARGE", 35, user_error};
inline constexpr ErrorCode administratively_killed{"ADMINISTRATIVELY_KILLED", 38, user_error};
inline constexpr ErrorCode catalog_not_found{"CATALOG_NOT_FOUND", 44, user_error};
inline constexpr ErrorCode schema_not_found{"SCHEMA_NOT_FOUND", 45, user_error};
inline constexpr ErrorCode table_not_found{"TABLE_NOT_FOUND", 46, user_error};
inline constexpr ErrorCode column_not_found{"COLUMN_NOT_FOUND", 47, user_error};
inline constexpr ErrorCode role_not_found{"ROLE_NOT_FOUND", 48, user_error};
inline constexpr ErrorCode type_mismatch{"TYPE_MISMATCH", 58, user_error};
inline constexpr ErrorCode invalid_literal{"INVALID_LITERAL", 59, user_error};
inline constexpr ErrorCode missing_catalog_name{"MISSING_CATALOG_NAME", 56, user_error};
inline constexpr ErrorCode missing_schema_name{"MISSING_SCHEMA_NAME", 57, user_error};
inline constexpr ErrorCode invalid_parameter_usage{"INVALID_PARAMETER_USAGE", 80, user_error};
inline constexpr ErrorCode server_starting_up{"SERVER_STARTING_UP", 65548, internal_error};
inline constexpr ErrorCode query_queue_full{"QUERY_QUEUE_FULL", 131074, insufficient_resources};
inline constexpr ErrorCode exceeded_time_limit{"EXCEEDED_TIME_LIMIT", 131075, insufficient_resources};
inline constexpr ErrorCode cluster_out_of_memory{"CLUSTER_OUT_OF_MEMORY", 131076, insufficient_resources};
inline constexpr ErrorCode administratively_preempted{"ADMINISTRATIVELY_PREEMPTED", 131080, insufficient_resources};
} // namespace errors

struct SqlError {
    ErrorCode code = errors::not_supported;
    std::string message; // with "line L:C: " in front where a place is known, as Trino writes it
    int line = 0;        // 1-based; 0: no place
    int column = 0;
    std::string_view exception = "io.trino.spi.TrinoException"; // failureInfo.type
};

// An error with a place in the text: "line 1:15: Table ... does not exist".
SqlError error_at(ErrorCode code, int line, int column, std::string_view message);

// What the stand-in does not compute, said as such. `what` completes "This is a stand-in for Trino and does not compute ...".
SqlError not_computed(int line, int column, std::string_view what);

} // namespace xtn::sandbox::trino::sql
