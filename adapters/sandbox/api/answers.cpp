#include "adapters/sandbox/api/answers.hpp"

#include "adapters/sandbox/api/json_text.hpp"
#include "adapters/sandbox/objects/metadata.hpp"
#include "core/model/yaml_writer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;
using objects::Kind;

// A Warning header's text (RFC 7234): quoted, with quotes and backslashes escaped.
std::string warning_header(std::string_view text) {
    std::string out = "299 - \"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c == '\n' || c == '\r' ? ' ' : c;
    }
    return out + "\"";
}

json::object list_metadata(std::uint64_t revision, std::string_view continue_token, std::optional<std::size_t> remaining) {
    json::object out;
    out["resourceVersion"] = std::to_string(revision);
    if (!continue_token.empty()) out["continue"] = continue_token;
    if (remaining) out["remainingItemCount"] = *remaining;
    return out;
}

} // namespace

netkit::Response json_answer(int status, const json::value &body, const Accepted &accepted,
                             const std::vector<std::string> &warnings) {
    netkit::Response out;
    out.status = status;
    if (accepted.type == "application/yaml") {
        out.headers.add("Content-Type", accepted.type);
        out.body = yaml_text(with_float_texts(body));
    } else {
        std::string type = "application/json";
        if (accepted.shape == Shape::aggregated_discovery)
            type += ";g=apidiscovery.k8s.io;v=" + accepted.version + ";as=APIGroupDiscoveryList";
        out.headers.add("Content-Type", std::move(type));
        out.body = write_json(body);
        out.body += '\n';
    }
    for (const auto &warning : warnings)
        out.headers.add("Warning", warning_header(warning));
    return out;
}

netkit::Response failure_answer(const ApiFailure &failure, const Accepted &accepted, const std::vector<std::string> &warnings) {
    auto out = json_answer(failure.code, failure.status, Accepted{.type = accepted.type}, warnings);
    if (failure.code == 429) out.headers.add("Retry-After", "1");
    return out;
}

netkit::Response text_answer(int status, std::string text) {
    netkit::Response out;
    out.status = status;
    out.headers.add("Content-Type", "text/plain; charset=utf-8");
    out.headers.add("X-Content-Type-Options", "nosniff");
    out.headers.add("Cache-Control", "no-cache, private");
    out.body = std::move(text);
    return out;
}

netkit::Response page_not_found() {
    return text_answer(404, "404 page not found\n");
}

json::object deleted_status(const Target &target, const json::object &object) {
    json::object details;
    details["name"] = objects::name_of(object);
    if (!target.kind->group.empty()) details["group"] = target.kind->group;
    details["kind"] = target.kind->plural;
    details["uid"] = objects::meta_string(object, "uid");
    return {{"kind", "Status"},
            {"apiVersion", "v1"},
            {"metadata", json::object()},
            {"status", "Success"},
            {"details", std::move(details)}};
}

json::object partial_metadata(const json::object &object) {
    json::object out{{"kind", "PartialObjectMetadata"}, {"apiVersion", "meta.k8s.io/v1"}};
    if (const auto *metadata = object.if_contains("metadata")) out["metadata"] = *metadata;
    return out;
}

json::object table_of(const Kind &kind, const std::vector<const json::object *> &rows, TableObject include,
                      std::uint64_t revision, std::string_view continue_token, std::optional<std::size_t> remaining) {
    json::array columns;
    for (const auto &column : kind.columns)
        columns.push_back(json::object{{"name", column.name},
                                       {"type", column.type},
                                       {"format", column.format},
                                       {"description", column.description},
                                       {"priority", column.priority}});
    const auto now = Timestamp::now();
    json::array made;
    made.reserve(rows.size());
    for (const auto *object : rows) {
        json::object row{{"cells", objects::cells_of(kind, *object, now)}};
        switch (include) {
        case TableObject::none:
            row["object"] = nullptr;
            break;
        case TableObject::metadata:
            row["object"] = partial_metadata(*object);
            break;
        case TableObject::object:
            row["object"] = *object;
            break;
        }
        made.push_back(std::move(row));
    }
    return {{"kind", "Table"},
            {"apiVersion", "meta.k8s.io/v1"},
            {"metadata", list_metadata(revision, continue_token, remaining)},
            {"columnDefinitions", std::move(columns)},
            {"rows", std::move(made)}};
}

json::object in_shape(const Kind &kind, const json::object &object, Shape shape, TableObject include) {
    if (shape == Shape::partial_metadata) return partial_metadata(object);
    if (shape != Shape::table) return object;
    const auto revision = parse_revision(objects::meta_string(object, "resourceVersion"));
    return table_of(kind, {&object}, include,
                    std::holds_alternative<std::uint64_t>(revision) ? std::get<std::uint64_t>(revision) : 0);
}

json::object list_in_shape(const Kind &kind, const ListPage &page, Shape shape, TableObject include) {
    if (shape == Shape::table) {
        std::vector<const json::object *> rows;
        rows.reserve(page.items.size());
        for (const auto &item : page.items)
            rows.push_back(item.get());
        return table_of(kind, rows, include, page.revision, page.continue_token, page.remaining);
    }
    json::array items;
    items.reserve(page.items.size());
    for (const auto &item : page.items) {
        if (shape == Shape::partial_metadata) {
            items.push_back(partial_metadata(*item));
            continue;
        }
        json::object object = *item;
        if (!kind.custom) { // items of built-in lists do not repeat what the list says
            object.stable_erase(object.find("kind"));
            object.stable_erase(object.find("apiVersion"));
        }
        items.push_back(std::move(object));
    }
    const bool partial = shape == Shape::partial_metadata;
    auto metadata = list_metadata(page.revision, page.continue_token, page.remaining);
    if (kind.custom && !partial && !metadata.contains("continue")) metadata["continue"] = "";
    return {{"kind", partial ? "PartialObjectMetadataList" : kind.list_kind},
            {"apiVersion", partial ? "meta.k8s.io/v1" : kind.api_version()},
            {"metadata", std::move(metadata)},
            {"items", std::move(items)}};
}

} // namespace xtn::sandbox
