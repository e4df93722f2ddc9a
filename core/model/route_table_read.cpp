// Reading route tables: from routes.yaml with positions in its errors, from the JSON of the stream with member paths.
#include "core/model/route_fields.hpp"
#include "core/model/yaml_node.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <charconv>
#include <set>
#include <type_traits>

namespace xtn {
namespace {

namespace json = boost::json;

Error wrong_type(std::string_view where, std::string_view member, std::string_view wanted) {
    return make_error(Code::invalid_argument, fmt::format("{}: {} must be {}", where, member, wanted));
}

// ---- YAML ----

Status set_yaml(std::string &out, const YamlNode &node, std::string_view member) {
    if (node.kind != YamlNode::Kind::scalar) return wrong_type(node.place(), member, "text");
    out = node.scalar().type == YamlScalar::Type::null ? std::string() : node.text; // any scalar reads as its own text
    return ok();
}
Status set_yaml(std::int64_t &out, const YamlNode &node, std::string_view member) {
    const auto scalar = node.scalar();
    if (node.kind != YamlNode::Kind::scalar ||
        (scalar.type != YamlScalar::Type::integer && scalar.type != YamlScalar::Type::null)) {
        return wrong_type(node.place(), member, "a whole number");
    }
    if (scalar.type == YamlScalar::Type::integer) out = scalar.integer;
    return ok();
}
Status set_yaml(bool &out, const YamlNode &node, std::string_view member) {
    const auto scalar = node.scalar();
    if (node.kind != YamlNode::Kind::scalar ||
        (scalar.type != YamlScalar::Type::boolean && scalar.type != YamlScalar::Type::null)) {
        return wrong_type(node.place(), member, "true or false");
    }
    if (scalar.type == YamlScalar::Type::boolean) out = scalar.boolean;
    return ok();
}

bool is_null(const YamlNode &node) {
    return node.kind == YamlNode::Kind::scalar && node.scalar().type == YamlScalar::Type::null;
}

// ---- JSON ----

Status set_json(std::string &out, const json::value &value, std::string_view member) {
    if (value.is_null()) return ok();
    if (!value.is_string()) return wrong_type("route table", member, "text");
    out = value.get_string();
    return ok();
}
Status set_json(std::int64_t &out, const json::value &value, std::string_view member) {
    if (value.is_null()) return ok();
    if (!value.is_int64()) return wrong_type("route table", member, "a whole number");
    out = value.get_int64();
    return ok();
}
Status set_json(bool &out, const json::value &value, std::string_view member) {
    if (value.is_null()) return ok();
    if (!value.is_bool()) return wrong_type("route table", member, "true or false");
    out = value.get_bool();
    return ok();
}

// Both sources offer find(name) -> pointer to a value of theirs.
struct YamlSource {
    using Value = YamlNode;
    static const Value *find(const Value &in, std::string_view name) { return in.find(name); }
    template <class T> static Status set(T &out, const Value &value, std::string_view member) {
        return set_yaml(out, value, member);
    }
    static bool mapping(const Value &value) { return value.kind == YamlNode::Kind::mapping; }
    static bool null(const Value &value) { return is_null(value); }
    static const std::vector<YamlNode> *list(const Value &value) {
        return value.kind == YamlNode::Kind::sequence ? &value.items : nullptr;
    }
    static std::string place(const Value &value) { return value.place(); }
};
struct JsonSource {
    using Value = json::value;
    static const Value *find(const Value &in, std::string_view name) { return in.get_object().if_contains(name); }
    template <class T> static Status set(T &out, const Value &value, std::string_view member) {
        return set_json(out, value, member);
    }
    static bool mapping(const Value &value) { return value.is_object(); }
    static bool null(const Value &value) { return value.is_null(); }
    static const json::array *list(const Value &value) { return value.if_array(); }
    static std::string place(const Value &) { return "route table"; }
};

template <class Source, class T, std::size_t N>
Status read_fields(T &out, const typename Source::Value &in, const std::array<RouteField<T>, N> &fields) {
    if (!Source::mapping(in)) return wrong_type(Source::place(in), "each entry", "a map");
    for (const auto &field : fields) {
        const auto *value = Source::find(in, field.name);
        if (value == nullptr) continue;
        auto done = std::visit([&](auto member) { return Source::set(out.*member, *value, field.name); }, field.member);
        if (!done.ok()) return done;
    }
    return ok();
}

// Calls read(item) for each entry of the list `name`; an absent or null list has none.
template <class Source, class Read> Status read_list(const typename Source::Value &in, std::string_view name, Read &&read) {
    const auto *value = Source::find(in, name);
    if (value == nullptr || Source::null(*value)) return ok();
    const auto *list = Source::list(*value);
    if (list == nullptr) return wrong_type(Source::place(*value), name, "a list");
    for (const auto &item : *list) {
        if (auto done = read(item); !done.ok()) return done;
    }
    return ok();
}

template <class Source> Status read_routes(std::vector<Route> &out, const typename Source::Value &root) {
    return read_list<Source>(root, "routes", [&](const auto &item) -> Status {
        Route route;
        if (auto done = read_fields<Source>(route, item, route_fields); !done.ok()) return done;
        auto done = read_list<Source>(item, backends_field, [&](const auto &entry) -> Status {
            Backend backend;
            if (auto fields = read_fields<Source>(backend, entry, backend_fields); !fields.ok()) return fields;
            std::string state;
            if (const auto *value = Source::find(entry, state_field)) {
                if (auto set = Source::set(state, *value, state_field); !set.ok()) return set;
            }
            backend.state = backend_state_of(state);
            route.backends.push_back(std::move(backend));
            return ok();
        });
        if (!done.ok()) return done;
        out.push_back(std::move(route));
        return ok();
    });
}

// Why a route on its own cannot be used; empty: it can.
std::string_view structural_fault(const Route &route) {
    if (route.name.empty()) return "it has no name";
    if (route.backends.empty()) return "it has no backends";
    if (route.routing_group.empty() && route.hostname.empty() && route.header.empty() && !route.is_default) {
        return "it has neither routingGroup, hostname, header nor default";
    }
    for (const auto &backend : route.backends) {
        if (backend.name.empty()) return "a backend has no name";
        if (backend.ns.empty()) return "a backend has no namespace";
        if (backend.coordinator_url.empty()) return "a backend has no coordinatorURL";
    }
    return {};
}

// Keeps the first of those that share a routing group, hostname or header; each key counts as taken once its check has passed,
// even when a later check drops the route (spec 50 §5.1 step 4).
void drop_invalid(RouteTable::Parsed &parsed) {
    std::set<std::string, std::less<>> groups;
    std::set<std::string, std::less<>> hosts;
    std::set<std::string, std::less<>> headers;
    std::vector<Route> kept;
    std::size_t index = 0;
    for (auto &route : parsed.table.routes) {
        std::string why(structural_fault(route));
        const auto host = normalise_hostname(route.hostname);
        if (why.empty() && !route.routing_group.empty() && !groups.insert(route.routing_group).second) {
            why = fmt::format("routing group \"{}\" is taken by an earlier route", route.routing_group);
        }
        if (why.empty() && !host.empty() && !hosts.insert(host).second) {
            why = fmt::format("hostname \"{}\" is taken by an earlier route", host);
        }
        if (why.empty() && !route.header.empty() && !headers.insert(route.header).second) {
            why = fmt::format("header \"{}\" is taken by an earlier route", route.header);
        }
        if (why.empty()) {
            kept.push_back(std::move(route));
        } else {
            parsed.dropped.push_back(fmt::format("route {} \"{}\": {}", index, route.name, why));
        }
        ++index;
    }
    parsed.table.routes = std::move(kept);
}

Status read_counter(std::uint64_t &out, const json::object &in, std::string_view name) {
    const auto *value = in.if_contains(name);
    if (value == nullptr) return ok();
    if (value->is_uint64()) {
        out = value->get_uint64();
    } else if (value->is_int64() && value->get_int64() >= 0) {
        out = static_cast<std::uint64_t>(value->get_int64());
    } else {
        return wrong_type("route table", name, "a number that is not negative");
    }
    return ok();
}

} // namespace

Result<RouteTable::Parsed> RouteTable::from_yaml(std::string_view text) {
    auto documents = parse_yaml(text);
    if (!documents.ok()) return std::move(documents).error();
    Parsed parsed;
    if (documents->empty()) return parsed;
    const auto &root = documents->front(); // further documents are not looked at, as by Go's reader
    if (root.kind != YamlNode::Kind::mapping) return wrong_type(root.place(), "the document", "a map with \"routes\"");
    if (auto read = read_routes<YamlSource>(parsed.table.routes, root); !read.ok()) return std::move(read).error();
    drop_invalid(parsed);
    return parsed;
}

Result<RouteTable> RouteTable::from_json(const json::value &value) {
    const auto *object = value.if_object();
    if (object == nullptr) return wrong_type("route table", "the document", "an object");
    RouteTable table;
    if (auto read = read_counter(table.epoch, *object, "epoch"); !read.ok()) return std::move(read).error();
    if (auto read = read_counter(table.version, *object, "version"); !read.ok()) return std::move(read).error();
    if (auto read = read_routes<JsonSource>(table.routes, value); !read.ok()) return std::move(read).error();
    return table;
}

} // namespace xtn
