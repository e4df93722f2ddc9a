#include "projections/catalogs/catalogs.hpp"

#include "core/event/canonical.hpp"
#include "projections/catalogs/label_selector.hpp"
#include "projections/json_read.hpp"
#include "projections/state_fields.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace xtn {

namespace json = boost::json;

namespace {

constexpr std::string_view subject_prefix = "catalog/";

// Spec 20 §7: one leading "trino-catalog-" is dropped.
std::string catalog_name(const std::string &resource) {
    constexpr std::string_view prefix = "trino-catalog-";
    return resource.starts_with(prefix) ? resource.substr(prefix.size()) : resource;
}

Digest digest_of(const json::object &value) {
    const auto text = canonical_json(value);
    return text.ok() ? Digest::of(text.value()) : Digest{}; // what an event carries has a canonical form
}

} // namespace

void Catalogs::apply(const Event &event) {
    const std::string_view subject = event.subject.text;
    if (!subject.starts_with(subject_prefix)) return;
    const auto id = RuntimeId::parse(subject.substr(subject_prefix.size()));
    if (!id.ok()) return;
    const auto name = event.name();
    const auto &p = event.payload;
    if (name == "catalog.spec.applied") {
        auto &state = states_[id.value()];
        state.uid = read::text(p, "uid");
        state.generation = read::integer(p, "generation");
        state.spec = {};
        if (const auto *spec = read::object(p, "spec")) state.spec = *spec;
        state.spec_digest = digest_of(state.spec);
        state.invalid.clear();
    } else if (name == "catalog.spec.rejected") {
        // The last good one stays in use; one that was never good is not selected.
        if (const auto found = states_.find(id.value()); found != states_.end()) {
            const auto *errors = read::array(p, "errors");
            const auto *first = errors == nullptr || errors->empty() ? nullptr : errors->front().if_object();
            found->second.invalid =
                first == nullptr ? "the spec breaks a rule" : read::text(*first, "field") + ": " + read::text(*first, "message");
        }
    } else if (name == "catalog.spec.deleted") {
        const auto found = states_.find(id.value());
        if (found != states_.end() && found->second.uid == read::text(p, "uid")) states_.erase(found);
    }
}

Result<std::vector<std::pair<std::string, const CatalogState *>>> Catalogs::matching(const std::string &ns,
                                                                                     const json::object *selector) const {
    std::vector<std::pair<std::string, const CatalogState *>> found;
    if (selector == nullptr) return found;
    static const json::object no_labels;
    // A broken selector is an error also where there is nothing to select.
    if (const auto checked = selector_matches(*selector, no_labels); !checked.ok()) return checked.error();
    for (auto at = states_.lower_bound(RuntimeId{ns, ""}); at != states_.end() && at->first.ns == ns; ++at) {
        const auto *labels = read::object(at->second.spec, "labels");
        const auto matches = selector_matches(*selector, labels == nullptr ? no_labels : *labels);
        if (!matches.ok()) return matches.error();
        if (matches.value()) found.emplace_back(catalog_name(at->first.name), &at->second);
    }
    std::sort(found.begin(), found.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    return found;
}

Result<std::vector<CatalogInput>> Catalogs::select(const std::string &ns, const json::object *selector) const {
    const auto found = matching(ns, selector);
    if (!found.ok()) return found.error();
    std::vector<CatalogInput> inputs;
    for (const auto &[name, state] : found.value())
        inputs.push_back({name, state->spec});
    return inputs;
}

Result<Digest> Catalogs::digest(const std::string &ns, const json::object *selector) const {
    const auto found = matching(ns, selector);
    if (!found.ok()) return found.error();
    std::string text;
    for (const auto &[name, state] : found.value())
        text += name + "\n" + state->spec_digest.hex + "\n";
    return Digest::of(text);
}

template <class Archive, state::Either<CatalogState> Self> void state_fields(Archive &archive, Self &catalog) {
    archive("uid", catalog.uid);
    archive("generation", catalog.generation);
    archive("spec", catalog.spec);
    archive("specDigest", catalog.spec_digest);
    archive("invalid", catalog.invalid);
}

json::object Catalogs::to_json() const {
    return state::to_object_of(states_);
}

Status Catalogs::restore(const json::value &from) {
    return state::from_value(from, states_);
}

} // namespace xtn
