#include "adapters/kube/ingest/resource_reader.hpp"

#include "adapters/kube/ingest/writers.hpp"
#include "core/event/catalogue.hpp"

#include <boost/json/array.hpp>

namespace xtn::ingest {
namespace json = boost::json;

namespace {

json::value time_or_null(std::string_view text) {
    auto time = Timestamp::parse(text);
    return time.ok() ? json::value(time->rfc3339()) : json::value(nullptr);
}

json::array texts(const json::value *list) {
    json::array out;
    if (list && list->is_array())
        for (const auto &item : list->get_array())
            if (item.is_string()) out.push_back(item);
    return out;
}

// String members of a map, those with the prefix only.
json::object text_map(const json::object *map, std::string_view prefix = {}) {
    json::object out;
    if (!map) return out;
    for (const auto &member : *map)
        if (member.value().is_string() && std::string_view(member.key()).starts_with(prefix))
            out.emplace(member.key(), member.value());
    return out;
}

EventDraft draft_for(std::string_view type, const Subject &subject, std::string actor) {
    EventDraft draft;
    draft.type = type_of(type);
    draft.subject = subject;
    draft.source = "kube";
    draft.actor = std::move(actor);
    return draft;
}

// What both events say.
json::object common(const kube::Object &object) {
    json::object p;
    p["uid"] = object.uid();
    p["resource_version"] = object.resource_version();
    p["generation"] = kube::find_int(object.body, {"metadata", "generation"});
    if (auto created = time_or_null(object.metadata("creationTimestamp")); created.is_string())
        p["creation_timestamp"] = std::move(created);
    if (auto deleted = time_or_null(object.metadata("deletionTimestamp")); deleted.is_string())
        p["deletion_timestamp"] = std::move(deleted);
    p["finalizers"] = texts(kube::find(object.body, {"metadata", "finalizers"}));
    return p;
}

// What an earlier log, or another implementation of the contract, decided.
void put_status(json::object &payload, const kube::Object &object) {
    const auto *status = kube::find_object(object.body, {"status"});
    if (status && !status->empty()) payload["status"] = *status;
}

EventDraft rejected(const ResourceKind &kind, const Subject &subject, const kube::Object &object, json::object spec,
                    const std::vector<FieldError> &errors, const std::vector<HiddenValue> &secrets, bool first) {
    auto draft = draft_for(kind.rejected, subject, last_writer(object));
    draft.payload = common(object);
    draft.payload["spec"] = std::move(spec);
    json::array list;
    for (auto error : errors) {
        error.message = Redactor::scrub(std::move(error.message), secrets);
        list.emplace_back(error.to_json());
    }
    draft.payload["errors"] = std::move(list);
    if (first) {
        put_status(draft.payload, object);
        if (draft.payload.contains("status"))
            draft.payload["annotations"] =
                text_map(kube::find_object(object.body, {"metadata", "annotations"}), annotation_prefix);
    }
    return draft;
}

EventDraft applied(const ResourceKind &kind, const Subject &subject, const kube::Object &object, json::object spec, bool first) {
    auto draft = draft_for(kind.applied, subject, last_writer(object));
    auto &p = draft.payload = common(object);
    // Always there on an API server; the event needs one.
    if (!p.contains("creation_timestamp")) p["creation_timestamp"] = Timestamp{}.rfc3339();
    p["labels"] = text_map(kube::find_object(object.body, {"metadata", "labels"}));
    p["annotations"] = text_map(kube::find_object(object.body, {"metadata", "annotations"}), annotation_prefix);
    p["spec"] = std::move(spec);
    p["created"] = first;
    json::array managers;
    for (auto &name : writers(object))
        managers.emplace_back(std::move(name));
    p["managers"] = std::move(managers);
    if (first) put_status(p, object);
    return draft;
}

} // namespace

const ResourceKind &xtrinode_kind() {
    static constexpr ResourceKind kind{"XTrinode",
                                       "runtime.spec.applied",
                                       "runtime.spec.rejected",
                                       "runtime.spec.deleted",
                                       &Subject::runtime,
                                       [](const json::object &o) { return read_xtrinode(o); }};
    return kind;
}

const ResourceKind &catalog_kind() {
    static constexpr ResourceKind kind{"XTrinodeCatalog",      "catalog.spec.applied", "catalog.spec.rejected",
                                       "catalog.spec.deleted", &Subject::catalog,      &read_catalog};
    return kind;
}

EventDraft resource_present(const ResourceKind &kind, const kube::Object &object, const Redactor &redactor, const Ledger &ledger,
                            std::vector<HiddenValue> *hidden) {
    const auto subject = kind.subject(RuntimeId{std::string(object.ns()), std::string(object.name())});
    ReadSpec read = kind.read(object.body);
    auto secrets = redactor.redact(read.spec);
    const bool first = ledger.find(kind.kind, object.uid()) == nullptr;
    auto draft = read.errors.empty() ? applied(kind, subject, object, std::move(read.spec), first)
                                     : rejected(kind, subject, object, std::move(read.spec), read.errors, secrets, first);
    // A status that cannot be recorded must not condemn the spec.
    if (draft.payload.contains("status") && !check_draft(draft).ok()) draft.payload.stable_erase(draft.payload.find("status"));
    if (const auto checked = check_draft(draft); !checked.ok()) {
        const std::vector<FieldError> why{{"", "FieldValueInvalid", "cannot be recorded: " + checked.error().message}};
        draft = rejected(kind, subject, object, {}, why, secrets, first);
        if (draft.payload.contains("status") && !check_draft(draft).ok())
            draft.payload.stable_erase(draft.payload.find("status"));
    }
    if (hidden) *hidden = std::move(secrets);
    return draft;
}

EventDraft resource_gone(const ResourceKind &kind, const std::string &uid, const kube::ObjectKey &key,
                         const std::string &version) {
    auto draft = draft_for(kind.deleted, kind.subject(RuntimeId{key.ns, key.name}), {});
    draft.payload["uid"] = uid;
    if (!version.empty()) draft.payload["resource_version"] = version;
    return draft;
}

} // namespace xtn::ingest
