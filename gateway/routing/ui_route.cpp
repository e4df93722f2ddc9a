#include "gateway/routing/ui_route.hpp"

#include "gateway/response/links.hpp"
#include "gateway/routing/selection.hpp"

#include "netkit/http_message.hpp"

namespace xtn::gateway {

namespace {

// "/a/b" -> "a", leaving "/b"; at the end of the path an empty rest.
std::string_view take_segment(std::string_view &rest) {
    if (rest.empty()) return {};
    rest.remove_prefix(1);
    const auto segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    return segment;
}

bool asleep(const BackendEntry &entry) {
    return entry.backend.active && (entry.backend.state == BackendState::paused || entry.backend.state == BackendState::resuming);
}

// The one runtime for which wanted() holds; nullptr when there is none, or more than one.
template <class Wanted> const BackendEntry *only_one(const RoutingTable &table, Wanted wanted, bool *several = nullptr) {
    const BackendEntry *found = nullptr;
    for (const auto &route : table.routes()) {
        for (const auto &entry : route.backends) {
            if (!wanted(entry) || (found != nullptr && entry.identity == found->identity)) continue;
            if (found != nullptr) {
                if (several != nullptr) *several = true;
                return nullptr;
            }
            found = &entry;
        }
    }
    return found;
}

const BackendEntry *default_backend(const RoutingTable &table, TimePoint now) {
    if (const auto choice = table.find({}, {}); choice.route != nullptr) {
        if (const auto *selected = select_backend(choice, {}, now)) return selected;
        if (const auto *candidate = resume_candidate(choice, now)) return candidate;
    }
    bool several = false;
    if (const auto *one = only_one(table, [](const BackendEntry &e) { return e.takes_new_queries(); }, &several)) return one;
    return several ? nullptr : only_one(table, asleep);
}

std::string below_ui(std::string_view rest) {
    return rest.empty() ? "/ui/" : "/ui" + std::string(rest);
}

} // namespace

UiRoute ui_route(const RoutingTable &table, std::string_view path, TimePoint now) {
    UiRoute out;
    const auto proxy_to = [&](const BackendEntry *backend, std::string as) {
        out.kind = backend == nullptr ? UiRoute::Kind::not_found : UiRoute::Kind::proxy;
        out.backend = backend;
        out.path = std::move(as);
        return out;
    };
    auto rest = path.substr(3);
    if (rest.empty() || rest == "/") {
        out.backend = default_backend(table, now);
        if (out.backend == nullptr) return out;
        out.kind = UiRoute::Kind::redirect;
        out.path = out.backend->ui_prefix + "/";
        return out;
    }
    const auto raw_first = take_segment(rest);
    const auto first = netkit::percent_decode(raw_first);
    if (first == "admin") return out;
    auto deeper = rest;
    const auto second = netkit::percent_decode(take_segment(deeper));
    if (!second.empty()) {
        if (const auto *named = table.backend(first + "/" + second)) return proxy_to(named, below_ui(deeper));
    }
    bool several = false;
    if (const auto *named = only_one(table, [&](const BackendEntry &e) { return e.backend.name == first; }, &several))
        return proxy_to(named, below_ui(rest));
    if (several) {
        out.kind = UiRoute::Kind::ambiguous;
        return out;
    }
    if (is_ui_asset(raw_first)) return proxy_to(default_backend(table, now), std::string(path));
    return out;
}

} // namespace xtn::gateway
