#include "adapters/sandbox/objects/metadata.hpp"

#include "adapters/sandbox/objects/json_util.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace xtn::sandbox::objects {

namespace json = boost::json;

namespace {

constexpr std::size_t max_label = 63;
constexpr std::size_t max_subdomain = 253;
constexpr std::size_t max_generated_base = 58; // 63 less the five characters of a suffix
constexpr std::size_t max_annotations = 256 * 1024;

bool lower_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool alnum(char c) {
    return lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

bool label_shape(std::string_view text) {
    return !text.empty() && lower_alnum(text.front()) && lower_alnum(text.back()) &&
           std::all_of(text.begin(), text.end(), [](char c) { return lower_alnum(c) || c == '-'; });
}
bool subdomain_shape(std::string_view text) {
    while (true) {
        const auto dot = text.find('.');
        if (!label_shape(text.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}
// The part of a label key after the slash, and label values.
bool word_shape(std::string_view text) {
    return !text.empty() && alnum(text.front()) && alnum(text.back()) &&
           std::all_of(text.begin(), text.end(), [](char c) { return alnum(c) || c == '-' || c == '_' || c == '.'; });
}

std::string max_length_text(std::size_t length) {
    return "must be no more than " + std::to_string(length) + " characters";
}
std::string word_text(std::string_view subject) {
    return std::string(subject) +
           " must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
           "(e.g. "
           "'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
}

// A generateName may end in a dash: what follows makes it a name.
std::string without_trailing_dash(std::string_view name) {
    std::string out(name);
    if (out.size() > 1 && out.back() == '-') out.back() = 'a';
    return out;
}

} // namespace

std::string dns_label_text() {
    return "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
           "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
}
std::string dns_subdomain_text() {
    return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
           "end "
           "with an alphanumeric character (e.g. 'example.com', regex used for validation is "
           "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
}

bool is_dns_label(std::string_view text) {
    return text.size() <= max_label && label_shape(text);
}
bool is_dns_subdomain(std::string_view text) {
    return text.size() <= max_subdomain && subdomain_shape(text);
}

std::vector<std::string> name_errors(NameRule rule, std::string_view name, bool prefix) {
    const auto text = prefix ? without_trailing_dash(name) : std::string(name);
    std::vector<std::string> out;
    switch (rule) {
    case NameRule::dns_subdomain:
        if (text.size() > max_subdomain) out.push_back(max_length_text(max_subdomain));
        if (!subdomain_shape(text)) out.push_back(dns_subdomain_text());
        break;
    case NameRule::dns_label:
        if (text.size() > max_label) out.push_back(max_length_text(max_label));
        if (!label_shape(text)) {
            // Dotted names get the short answer.
            if (subdomain_shape(text))
                out.emplace_back("must not contain dots");
            else
                out.push_back(dns_label_text());
        }
        break;
    case NameRule::path_segment:
        if (text == "." || text == "..") out.push_back("may not be '" + text + "'");
        for (const auto *bad : {"/", "%"})
            if (text.find(bad) != std::string::npos) out.push_back(std::string("may not contain '") + bad + "'");
        break;
    }
    return out;
}

std::vector<std::string> qualified_name_errors(std::string_view key) {
    std::vector<std::string> out;
    const auto slash = key.find('/');
    std::string_view name = key;
    if (slash != std::string_view::npos) {
        if (key.find('/', slash + 1) != std::string_view::npos) {
            out.push_back(word_text("a valid label key") +
                          " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')");
            return out;
        }
        const auto prefix = key.substr(0, slash);
        name = key.substr(slash + 1);
        if (prefix.empty())
            out.emplace_back("prefix part must be non-empty");
        else {
            if (prefix.size() > max_subdomain) out.push_back("prefix part " + max_length_text(max_subdomain));
            if (!subdomain_shape(prefix)) out.push_back("prefix part " + dns_subdomain_text());
        }
    }
    if (name.empty())
        out.emplace_back("name part must be non-empty");
    else if (name.size() > max_label)
        out.push_back("name part " + max_length_text(max_label));
    if (!word_shape(name)) out.push_back(word_text("name part"));
    return out;
}

std::vector<std::string> label_value_errors(std::string_view value) {
    std::vector<std::string> out;
    if (value.size() > max_label) out.push_back(max_length_text(max_label));
    if (!value.empty() && !word_shape(value))
        out.emplace_back(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
            "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
            "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')");
    return out;
}

// --- reading

const json::object *meta_of(const json::object &object) {
    return find_object(object, "metadata");
}
json::object &meta(json::object &object) {
    return make_object_at(object, "metadata");
}
std::string_view meta_string(const json::object &object, std::string_view member) {
    const auto *m = meta_of(object);
    return m ? find_string(*m, member) : std::string_view{};
}
std::string_view name_of(const json::object &object) {
    return meta_string(object, "name");
}
std::string_view namespace_of(const json::object &object) {
    return meta_string(object, "namespace");
}
bool being_deleted(const json::object &object) {
    return !meta_string(object, "deletionTimestamp").empty();
}
bool has_finalizers(const json::object &object) {
    const auto *m = meta_of(object);
    const auto *list = m ? find_array(*m, "finalizers") : nullptr;
    return list && !list->empty();
}

// --- what the server sets

void fill_generated_name(json::object &object, std::string_view suffix) {
    if (!name_of(object).empty()) return;
    auto base = std::string(meta_string(object, "generateName"));
    if (base.empty()) return;
    if (base.size() > max_generated_base) base.resize(max_generated_base);
    meta(object)["name"] = base + std::string(suffix);
}

void set_system_fields(json::object &object, std::string_view uid, Timestamp now) {
    auto &m = meta(object);
    for (const auto *name : {"deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"})
        erase_member(m, name);
    m["uid"] = uid;
    m["creationTimestamp"] = now.rfc3339_seconds();
}

void keep_system_fields(json::object &object, const json::object &old) {
    static const json::object none;
    auto &m = meta(object);
    const auto *before = meta_of(old);
    if (!before) before = &none;
    for (const auto *name : {"uid", "namespace", "creationTimestamp", "deletionGracePeriodSeconds"}) {
        const auto *given = m.if_contains(name);
        if (given && !given->is_null() && !(given->is_string() && given->get_string().empty())) continue;
        if (const auto *v = before->if_contains(name)) m[name] = *v;
    }
    for (const auto *name : {"deletionTimestamp", "selfLink"}) // cannot be unset or moved
        if (const auto *v = before->if_contains(name)) m[name] = *v;
}

// --- checks

namespace {

void check_names(const json::object &m, NameRule rule, Causes &out) {
    const auto name = find_string(m, "name");
    if (const auto base = find_string(m, "generateName"); !base.empty())
        for (const auto &e : name_errors(rule, base, true))
            out.push_back(invalid_value("metadata.generateName", json::value(base), e));
    if (name.empty())
        out.push_back(required_value("metadata.name", "name or generateName is required"));
    else
        for (const auto &e : name_errors(rule, name))
            out.push_back(invalid_value("metadata.name", json::value(name), e));
}

void check_labels(const json::object &m, Causes &out) {
    const auto *labels = find_object(m, "labels");
    if (!labels) return;
    for (const auto &label : *labels) {
        for (const auto &e : qualified_name_errors(label.key()))
            out.push_back(invalid_value("metadata.labels", label.key(), e));
        if (const auto *text = label.value().if_string())
            for (const auto &e : label_value_errors({text->data(), text->size()}))
                out.push_back(invalid_value("metadata.labels", label.value(), e));
    }
}

void check_annotations(const json::object &m, Causes &out) {
    const auto *annotations = find_object(m, "annotations");
    if (!annotations) return;
    std::size_t total = 0;
    for (const auto &a : *annotations) {
        std::string key(a.key());
        std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        for (const auto &e : qualified_name_errors(key))
            out.push_back(invalid_value("metadata.annotations", a.key(), e));
        total += a.key().size() + (a.value().is_string() ? a.value().get_string().size() : 0);
    }
    if (total > max_annotations) out.push_back(too_long("metadata.annotations", max_annotations));
}

void check_owners(const json::object &m, Causes &out) {
    constexpr std::string_view field = "metadata.ownerReferences";
    const auto *owners = find_array(m, "ownerReferences");
    if (!owners) return;
    std::string controller;
    for (const auto &value : *owners) {
        const auto *owner = value.if_object();
        if (!owner) continue;
        const auto member = [&](std::string_view name) { return find_string(*owner, name); };
        const auto api_version = member("apiVersion");
        const auto slash = api_version.find('/');
        const auto group = slash == std::string_view::npos ? std::string_view{} : api_version.substr(0, slash);
        const auto version = slash == std::string_view::npos ? api_version : api_version.substr(slash + 1);
        if (version.empty())
            out.push_back(invalid_value(joined(field, "apiVersion"), json::value(api_version), "version must not be empty"));
        for (const auto *name : {"kind", "name", "uid"})
            if (member(name).empty()) out.push_back(invalid_value(joined(field, name), "", "must not be empty"));
        if (group.empty() && version == "v1" && member("kind") == "Event")
            out.push_back(invalid_value(std::string(field), value, "/v1, Kind=Event is disallowed from being an owner"));
        const auto *is_controller = owner->if_contains("controller");
        if (!is_controller || !is_controller->is_bool() || !is_controller->get_bool()) continue;
        const auto id = std::string(member("kind")) + "/" + std::string(member("name"));
        if (controller.empty())
            controller = id;
        else
            out.push_back(invalid_value(
                std::string(field), *owners,
                fmt::format("Only one reference can have Controller set to true. Found \"true\" in references for {} and {}",
                            controller, id)));
    }
}

void check_finalizers(const json::object &m, Causes &out) {
    const auto *finalizers = find_array(m, "finalizers");
    if (!finalizers) return;
    for (const auto &f : *finalizers)
        if (const auto *text = f.if_string())
            for (const auto &e : qualified_name_errors({text->data(), text->size()}))
                out.push_back(invalid_value("metadata.finalizers", f, e));
}

bool contains(const json::array *list, const json::value &item) {
    return list && std::find(list->begin(), list->end(), item) != list->end();
}

void check_new_finalizers(const json::object &m, const json::object &before, Causes &out) {
    const auto *now = find_array(m, "finalizers");
    if (!now) return;
    std::string added;
    for (const auto &f : *now)
        if (f.is_string() && !contains(find_array(before, "finalizers"), f))
            added += (added.empty() ? "" : ", ") + go_quoted(std::string(f.get_string()));
    if (added.empty()) return;
    out.push_back(
        forbidden("metadata.finalizers",
                  "no new finalizers can be added if the object is being deleted, found new finalizers []string{" + added + "}"));
}

} // namespace

Causes validate_metadata(const json::object &object, NameRule rule, bool namespaced) {
    static const json::object none;
    const auto *m = meta_of(object);
    if (!m) m = &none;
    Causes out;
    check_names(*m, rule, out);
    const auto ns = find_string(*m, "namespace");
    if (namespaced && ns.empty()) out.push_back(required_value("metadata.namespace"));
    if (!namespaced && !ns.empty()) out.push_back(forbidden("metadata.namespace", "not allowed on this type"));
    if (namespaced && !ns.empty())
        for (const auto &e : name_errors(NameRule::dns_label, ns))
            out.push_back(invalid_value("metadata.namespace", json::value(ns), e));
    check_labels(*m, out);
    check_annotations(*m, out);
    check_owners(*m, out);
    check_finalizers(*m, out);
    return out;
}

Causes validate_metadata_update(const json::object &object, const json::object &old) {
    static const json::object none;
    const auto *m = meta_of(object);
    const auto *before = meta_of(old);
    if (!m) m = &none;
    if (!before) before = &none;
    Causes out;
    if (being_deleted(old)) check_new_finalizers(*m, *before, out);
    for (const auto *name :
         {"name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"}) {
        const auto *now = m->if_contains(name);
        const auto *then = before->if_contains(name);
        if ((now && then) ? same_value(*now, *then) : now == then) continue;
        out.push_back(invalid_value(joined("metadata", name), now ? *now : json::value(nullptr), "field is immutable"));
    }
    check_labels(*m, out);
    check_annotations(*m, out);
    check_owners(*m, out);
    check_finalizers(*m, out);
    return out;
}

std::vector<std::string> metadata_warnings(const json::object &object) {
    std::vector<std::string> out;
    const auto *m = meta_of(object);
    const auto *finalizers = m ? find_array(*m, "finalizers") : nullptr;
    if (!finalizers) return out;
    for (const auto &f : *finalizers) {
        const auto *text = f.if_string();
        if (!text || text->find('/') != json::string::npos) continue;
        if (*text == "orphan" || *text == "foregroundDeletion" || *text == "kubernetes") continue;
        out.push_back("metadata.finalizers: " + go_quoted({text->data(), text->size()}) +
                      ": prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers");
    }
    return out;
}

} // namespace xtn::sandbox::objects
