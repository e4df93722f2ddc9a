// Objects, lists and failures as HTTP answers, in the shape that was negotiated.
#pragma once

#include "adapters/sandbox/api/machinery.hpp"
#include "adapters/sandbox/api/media_type.hpp"

#include "netkit/http_message.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace xtn::sandbox {

// What goes into the rows of a Table (parameter includeObject).
enum class TableObject { none, metadata, object };

// `body` in the media type accepted; warnings become headers (299).
netkit::Response json_answer(int status, const boost::json::value &body, const Accepted &accepted = {},
                             const std::vector<std::string> &warnings = {});
netkit::Response failure_answer(const ApiFailure &failure, const Accepted &accepted = {},
                                const std::vector<std::string> &warnings = {});
netkit::Response text_answer(int status, std::string text);
// 404 of a path that nothing is served at.
netkit::Response page_not_found();

// {"kind": "Status", "status": "Success", "details": ...} of a finished delete.
boost::json::object deleted_status(const Target &target, const boost::json::object &object);

boost::json::object partial_metadata(const boost::json::object &object);
boost::json::object table_of(const objects::Kind &kind, const std::vector<const boost::json::object *> &objects,
                             TableObject include, std::uint64_t revision, std::string_view continue_token = {},
                             std::optional<std::size_t> remaining = {});
// One object, as the client asked for it.
boost::json::object in_shape(const objects::Kind &kind, const boost::json::object &object, Shape shape, TableObject include);
// The text of a list answer.
boost::json::object list_in_shape(const objects::Kind &kind, const ListPage &page, Shape shape, TableObject include);

} // namespace xtn::sandbox
