// Trino's web UI through the gateway (spec 50 §18): the links that answers were given (response/links.hpp) lead here.
#include "gateway/net/session.hpp"
#include "gateway/routing/ui_route.hpp"

namespace xtn::gateway {

Task<> Session::proxy_ui(std::string_view path) {
    auto ui = ui_route(*x_.table, path, x_.started);
    const auto query = x_.head.path.substr(path.size());
    switch (ui.kind) {
    case UiRoute::Kind::not_found:
        shared_.metrics.no_route();
        co_await answer_error(404, "404 page not found");
        co_return;
    case UiRoute::Kind::ambiguous:
        co_await answer_error(400, "Backend name is ambiguous; use /ui/<namespace>/<backend>/");
        co_return;
    case UiRoute::Kind::redirect:
        co_await answer_redirect(ui.path + std::string(query));
        co_return;
    case UiRoute::Kind::proxy:
        break;
    }
    x_.choice = RouteChoice{ui.backend->route, ui.backend, SelectedBy::direct};
    x_.upstream_path = ui.path + std::string(query);
    const auto state = ui.backend->backend.state;
    const bool may_wake = state == BackendState::paused || state == BackendState::resuming;
    if (ui.backend->takes_new_queries() || (ui.backend->backend.active && may_wake)) {
        co_await proxy_new_query(); // which tells of a sleeping runtime by itself
    } else {
        co_await answer_error(503, "Backend is not available for Trino UI");
    }
}

} // namespace xtn::gateway
