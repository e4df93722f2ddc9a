// LIST: selectors, pages that are consistent with each other, older states.
#include "adapters/sandbox/api/json_text.hpp"
#include "adapters/sandbox/api/machinery.hpp"
#include "adapters/sandbox/objects/metadata.hpp"
#include "adapters/sandbox/objects/status.hpp"
#include "core/base/hex.hpp"

#include <boost/json/string.hpp>

#include <fmt/format.h>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;

// Where the next page starts, and the state that all pages show. Opaque to clients: hexadecimal of {"revision": N, "after":
// "ns/name"}.
struct PageMark {
    std::uint64_t revision = 0;
    std::string after;
};

std::string place_of(const json::object &object) {
    return std::string(objects::namespace_of(object)) + "/" + std::string(objects::name_of(object));
}

std::string encode(const PageMark &mark) {
    return to_hex(write_json(json::object{{"revision", mark.revision}, {"after", mark.after}}));
}

std::optional<PageMark> read_token(std::string_view token) {
    const auto text = from_hex(token);
    if (!text) return {};
    const auto read = read_json(*text);
    const auto *object = read.ok() ? read->value.if_object() : nullptr;
    const auto *revision = object ? object->if_contains("revision") : nullptr;
    const auto *after = object ? object->if_contains("after") : nullptr;
    if (!revision || !revision->is_int64() || !after || !after->is_string()) return {};
    return PageMark{.revision = static_cast<std::uint64_t>(revision->get_int64()),
                    .after = std::string(std::string_view(after->get_string()))};
}

// The order of Store::list(): by namespace, then name.
bool is_after(const json::object &object, std::string_view place) {
    const auto slash = place.find('/');
    return std::pair(objects::namespace_of(object), objects::name_of(object)) >
           std::pair(place.substr(0, slash), place.substr(slash + 1));
}

} // namespace

ApiResult<ListPage> Machinery::list(const Target &target, const ListQuery &query) const {
    const auto &kind = *target.kind;
    std::optional<std::uint64_t> revision = query.exact_revision;
    PageMark mark;
    if (!query.continue_token.empty()) {
        const auto decoded = read_token(query.continue_token);
        if (!decoded) return objects::bad_request("continue key is not valid: it was not made by this server");
        mark = *decoded;
        revision = mark.revision;
    }
    auto listed = store_.list(storage_of(kind), target.ns, revision);
    if (!listed.ok()) {
        if (listed.error().code == Code::gone)
            return objects::failure(
                410, "Expired",
                query.continue_token.empty()
                    ? fmt::format("The resourceVersion for the provided list is too old: {}", *revision)
                    : "The provided continue parameter is too old to display a consistent list result. You must start a new "
                      "list without the continue parameter.");
        return objects::failure(
            504, "Timeout", fmt::format("Too large resource version: {}, current: {}", *revision, listed.error().message),
            {{"causes", json::array{{{"reason", "ResourceVersionTooLarge"}, {"message", "Too large resource version"}}}},
             {"retryAfterSeconds", 1}});
    }
    ListPage page;
    page.revision = listed->revision;
    for (std::size_t i = 0; i < listed->objects.size(); ++i) {
        const auto &stored = listed->objects[i];
        if (!mark.after.empty() && !is_after(*stored, mark.after)) continue;
        const bool same_form = !kind.custom && kind.group != "events.k8s.io";
        auto object = same_form ? stored : std::make_shared<const json::object>(served(kind, *stored));
        if (!query.matches(*object)) continue;
        if (query.limit > 0 && page.items.size() == static_cast<std::size_t>(query.limit)) {
            page.continue_token = encode(PageMark{.revision = listed->revision, .after = place_of(*page.items.back())});
            if (query.labels.everything() && query.fields.everything()) page.remaining = listed->objects.size() - i;
            break;
        }
        page.items.push_back(std::move(object));
    }
    return page;
}

} // namespace xtn::sandbox
