#include "adapters/sandbox/objects/kind.hpp"

#include "adapters/sandbox/objects/custom_validate.hpp"
#include "adapters/sandbox/objects/go_decode.hpp"
#include "adapters/sandbox/objects/json_util.hpp"
#include "adapters/sandbox/objects/types.hpp"

#include <algorithm>

namespace xtn::sandbox::objects {

namespace json = boost::json;

namespace {

std::string quoted_unknown(const std::string &path) {
    return "unknown field " + go_quoted(path);
}

std::variant<Decoded, DecodeError> decode_builtin(const Kind &kind, const json::value &body) {
    auto read = go_decode(*kind.schema, body);
    if (auto *error = std::get_if<GoError>(&read)) return DecodeError{std::move(error->message)};
    auto &good = std::get<GoDecoded>(read);
    Decoded out{std::move(good.value.as_object()), {}};
    for (const auto &path : good.unknown)
        out.unknown.push_back(quoted_unknown(path));
    const bool complete = out.object.contains("kind") && out.object.contains("apiVersion");
    out.object["kind"] = kind.kind;
    out.object["apiVersion"] = kind.api_version();
    if (!complete) order_members(kind, out.object);
    return out;
}

std::variant<Decoded, DecodeError> decode_custom(const Kind &kind, const json::value &body) {
    static const auto meta_schema = type_schema("ObjectMeta");
    Decoded out;
    if (!body.is_object()) return DecodeError{"json: cannot unmarshal " + std::string(json_type_name(body)) + " into an object"};
    out.object = body.get_object();
    std::vector<std::string> unknown;
    json::value metadata = json::object();
    if (const auto *given = out.object.if_contains("metadata"); given && !given->is_null()) metadata = *given;
    auto read = go_decode(*meta_schema, metadata, "metadata");
    if (auto *error = std::get_if<GoError>(&read)) return DecodeError{std::move(error->message)};
    auto &good = std::get<GoDecoded>(read);
    out.object["metadata"] = std::move(good.value);
    unknown = std::move(good.unknown);
    // Another version's object is known to us by its metadata only.
    const bool ours = find_string(out.object, "apiVersion") == kind.api_version();
    static const Schema nothing;
    drop_nulls(ours ? *kind.schema : nothing, out.object);
    const auto gone = prune(ours ? *kind.schema : nothing, out.object);
    unknown.insert(unknown.end(), gone.begin(), gone.end());
    std::sort(unknown.begin(), unknown.end());
    for (const auto &path : unknown)
        out.unknown.push_back(quoted_unknown(path));
    return out;
}

// What the generation counts: everything but metadata and, where it is a subresource, status.
bool same_but_metadata(const json::object &a, const json::object &b, bool has_status) {
    const auto counted = [&](const json::object &o) {
        json::object out;
        for (const auto &m : o)
            if (m.key() != "metadata" && !(has_status && m.key() == "status")) out[m.key()] = m.value();
        return out;
    };
    return same_value(counted(a), counted(b));
}

void take_member(json::object &object, const json::object &from, std::string_view name) {
    if (const auto *v = from.if_contains(name))
        object[name] = *v;
    else
        erase_member(object, name);
}

std::int64_t generation_of(const json::object &object) {
    const auto *v = at_path(object, "metadata.generation");
    return integer_of(v);
}

// The object that a write to the status subresource makes: the stored one with the new status.
void keep_all_but_status(const Kind &kind, json::object &object, const json::object &old) {
    json::object out = old;
    take_member(out, object, "status");
    auto &m = meta(out);
    if (kind.custom)
        take_member(m, *meta_of(object), "managedFields");
    else {
        // Built-in kinds keep labels and spec; other metadata may move with the status.
        const auto labels = m.if_contains("labels") ? std::optional<json::value>(m["labels"]) : std::nullopt;
        m = *meta_of(object);
        if (labels)
            m["labels"] = *labels;
        else
            erase_member(m, "labels");
    }
    object = std::move(out);
}

} // namespace

std::variant<Decoded, DecodeError> decode(const Kind &kind, const json::value &body) {
    return kind.custom ? decode_custom(kind, body) : decode_builtin(kind, body);
}

void apply_defaults(const Kind &kind, json::object &object) {
    if (kind.custom) {
        apply_schema_defaults(*kind.schema, object);
        return;
    }
    if (!kind.defaults) return;
    kind.defaults(object);
    // Into the order and form of the type again.
    auto again = go_decode(*kind.schema, object);
    if (auto *good = std::get_if<GoDecoded>(&again)) object = std::move(good->value.as_object());
}

void prepare_create(const Kind &kind, json::object &object, const Allocators &allocators) {
    if (kind.has_status) {
        erase_member(object, "status");
        if (const auto *s = kind.schema->property("status"); s && !kind.custom) object["status"] = go_zero(*s);
    }
    if (kind.has_generation) meta(object)["generation"] = 1;
    if (kind.on_create) kind.on_create(object, allocators);
    order_members(kind, object);
}

void prepare_update(const Kind &kind, json::object &object, const json::object &old, std::string_view subresource) {
    if (subresource == "status") {
        keep_all_but_status(kind, object, old);
    } else {
        if (kind.has_status) take_member(object, old, "status");
        if (kind.on_update) kind.on_update(object, old);
    }
    if (kind.has_generation) {
        const auto before = generation_of(old);
        const bool same = same_but_metadata(object, old, kind.has_status);
        if (before > 0 || !same) meta(object)["generation"] = same ? before : before + 1;
    }
    order_members(kind, object);
}

namespace {
void sort_members(json::value &value) {
    if (auto *list = value.if_array()) {
        for (auto &v : *list)
            sort_members(v);
        return;
    }
    auto *object = value.if_object();
    if (!object) return;
    std::vector<std::string> names;
    for (auto &m : *object) {
        names.emplace_back(m.key());
        sort_members(m.value());
    }
    if (std::is_sorted(names.begin(), names.end())) return;
    std::sort(names.begin(), names.end());
    json::object out;
    for (const auto &name : names)
        out[name] = std::move((*object)[name]);
    *object = std::move(out);
}

// Known members in the order of the type, then the others as they were.
void order_by_type(const Schema &schema, json::object &object) {
    json::object out;
    for (const auto &[name, property] : schema.properties)
        if (auto *v = object.if_contains(name)) out[name] = std::move(*v);
    for (auto &m : object)
        if (!schema.property(m.key())) out[m.key()] = std::move(m.value());
    object = std::move(out);
}
} // namespace

void order_members(const Kind &kind, json::object &object) {
    if (kind.custom) {
        json::value value = std::move(object);
        sort_members(value);
        object = std::move(value.get_object());
        return;
    }
    for (const auto *name : {"metadata", "spec", "status"})
        if (auto *part = find_object(object, name))
            if (const auto *s = kind.schema->property(name)) order_by_type(*s, *part);
    order_by_type(*kind.schema, object);
}

Causes validate_create(const Kind &kind, const json::object &object) {
    if (kind.custom) return validate_custom(kind, object, nullptr);
    auto out = validate_metadata(object, kind.names, kind.namespaced);
    if (kind.check) kind.check(object, out);
    return out;
}

Causes validate_update(const Kind &kind, const json::object &object, const json::object &old, std::string_view subresource) {
    if (kind.custom) return validate_custom(kind, object, &old);
    // Twice, as a server does: once for any kind, once for this one. The message shows each once.
    auto out = validate_metadata_update(object, old);
    const auto again = out;
    out.insert(out.end(), again.begin(), again.end());
    if (subresource.empty() || subresource == "scale") {
        if (kind.check_update) kind.check_update(object, old, out);
        if (kind.check) kind.check(object, out);
    }
    return out;
}

bool same_but_for_times(const json::object &a, const json::object &b) {
    const auto bare = [](json::object o) {
        auto &m = meta(o);
        erase_member(m, "resourceVersion");
        if (auto *entries = find_array(m, "managedFields"))
            for (auto &e : *entries)
                if (auto *entry = e.if_object()) erase_member(*entry, "time");
        return o;
    };
    return same_value(bare(a), bare(b));
}

// --- scale

json::object scale_of(const Kind &kind, const json::object &object) {
    json::object out{{"kind", "Scale"}, {"apiVersion", "autoscaling/v1"}};
    json::object metadata;
    for (const auto *name : {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"})
        if (const auto text = meta_string(object, name); !text.empty()) metadata[name] = text;
    out["metadata"] = std::move(metadata);
    json::object spec, status;
    if (kind.scale) {
        if (const auto replicas = integer_of(at_path(object, kind.scale->spec_replicas)); replicas != 0)
            spec["replicas"] = replicas;
        status["replicas"] = integer_of(at_path(object, kind.scale->status_replicas));
        if (!kind.scale->label_selector.empty()) {
            if (const auto *v = at_path(object, kind.scale->label_selector)) {
                if (v->is_string() && !v->get_string().empty())
                    status["selector"] = *v;
                else if (const auto *labels = v->if_object(); labels && find_object(*labels, "matchLabels")) {
                    std::vector<std::string> terms;
                    for (const auto &l : *find_object(*labels, "matchLabels"))
                        terms.push_back(std::string(l.key()) + "=" +
                                        (l.value().is_string() ? std::string(l.value().get_string()) : ""));
                    std::sort(terms.begin(), terms.end());
                    std::string text;
                    for (const auto &t : terms)
                        text += (text.empty() ? "" : ",") + t;
                    status["selector"] = text;
                }
            }
        }
    }
    out["spec"] = std::move(spec);
    out["status"] = std::move(status);
    return out;
}

json::object with_replicas(const Kind &kind, json::object object, const json::value &replicas) {
    if (!kind.scale) return object;
    const auto &path = kind.scale->spec_replicas;
    const auto dot = path.rfind('.');
    make_object_at(object, std::string_view(path).substr(0, dot))[path.substr(dot + 1)] = replicas;
    return object;
}

const Kind &scale_kind() {
    static const Kind kind = [] {
        Kind k;
        k.group = "autoscaling";
        k.version = "v1";
        k.kind = "Scale";
        k.plural = "scales";
        k.schema = root_schema("Scale");
        return k;
    }();
    return kind;
}

} // namespace xtn::sandbox::objects
