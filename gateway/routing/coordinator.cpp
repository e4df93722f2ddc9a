#include "gateway/routing/coordinator.hpp"

#include <charconv>

namespace xtn::gateway {

Result<Endpoint> Endpoint::parse(std::string_view url) {
    const auto refuse = [&](std::string_view why) {
        return make_error(Code::invalid_argument, "coordinatorURL \"" + std::string(url) + "\": " + std::string(why));
    };
    constexpr std::string_view scheme = "http://";
    if (url.starts_with("https://")) return refuse("https is not offered; coordinators are reached over http inside the cluster");
    if (!url.starts_with(scheme)) return refuse("must begin with http://");
    const auto rest = url.substr(scheme.size());
    const auto authority = rest.substr(0, rest.find_first_of("/?#"));
    auto prefix = rest.substr(authority.size());
    prefix = prefix.substr(0, prefix.find_first_of("?#")); // the URL's own query is ignored (spec 50 §10.1)
    while (prefix.ends_with('/'))
        prefix.remove_suffix(1);

    Endpoint endpoint;
    endpoint.authority = std::string(authority);
    endpoint.prefix = std::string(prefix);
    std::string_view host = authority, port;
    if (authority.starts_with('[')) {
        const auto close = authority.find(']');
        if (close == std::string_view::npos) return refuse("the bracket of the IPv6 address is not closed");
        host = authority.substr(1, close - 1);
        port = authority.substr(close + 1);
    } else if (const auto colon = authority.find(':'); colon != std::string_view::npos) {
        host = authority.substr(0, colon);
        port = authority.substr(colon);
    }
    if (host.empty()) return refuse("has no host");
    if (!port.empty()) {
        unsigned value = 0;
        const auto *end = port.data() + port.size();
        const auto [stop, ec] = std::from_chars(port.data() + 1, end, value);
        if (port.front() != ':' || ec != std::errc() || stop != end || value == 0 || value > 65535)
            return refuse("has a bad port");
        endpoint.port = static_cast<std::uint16_t>(value);
    }
    endpoint.host = std::string(host);
    for (const char c : rest) {
        const auto u = static_cast<unsigned char>(c);
        if (u <= 0x20 || u >= 0x7f || c == '@') return refuse("holds a character that does not belong there");
    }
    return endpoint;
}

bool Health::fresh(TimePoint now) const {
    return now - TimePoint(TimePoint::duration(checked_.load(std::memory_order_relaxed))) <= stale_after;
}

Health::State Health::record(Probe probe, int status, std::string_view detail, TimePoint now) {
    const std::lock_guard lock(mutex_);
    const State before = state_.load(std::memory_order_relaxed);
    State after = before;
    last_status_ = status;
    if (probe == Probe::good) {
        failures_ = 0;
        last_error_.clear();
        after = State::healthy;
    } else {
        ++failures_;
        last_error_ = std::string(detail);
        if (probe == Probe::unreachable) {
            after = State::sleeping;
        } else if (failures_ >= unhealthy_after) {
            after = State::unhealthy;
        }
    }
    checked_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    state_.store(after, std::memory_order_relaxed);
    return before;
}

void Health::wake() {
    const std::lock_guard lock(mutex_);
    if (state_.load(std::memory_order_relaxed) != State::sleeping) return;
    state_.store(State::unknown, std::memory_order_relaxed);
    failures_ = 0;
}

bool Health::good_for_routing(TimePoint now) const {
    const State s = state_.load(std::memory_order_relaxed);
    return s == State::healthy || s == State::unknown || !fresh(now);
}

bool Health::sleeping_for_routing(TimePoint now) const {
    return state_.load(std::memory_order_relaxed) == State::sleeping && fresh(now);
}

Health::View Health::view() const {
    const std::lock_guard lock(mutex_);
    View view;
    view.state = state_.load(std::memory_order_relaxed);
    view.failures = failures_;
    view.last_status = last_status_;
    view.last_error = last_error_;
    return view;
}

std::string_view health_name(Health::State state) {
    switch (state) {
    case Health::State::unknown:
        return "unknown";
    case Health::State::healthy:
        return "healthy";
    case Health::State::unhealthy:
        return "unhealthy";
    case Health::State::sleeping:
        return "sleeping";
    }
    return "unknown";
}

Result<std::shared_ptr<Coordinator>> CoordinatorRegistry::get(const std::string &url) {
    auto endpoint = Endpoint::parse(url);
    if (!endpoint) return std::move(endpoint).error();
    const std::lock_guard lock(mutex_);
    std::erase_if(states_, [](const auto &entry) { return entry.second.expired(); });
    auto &slot = states_[url];
    if (auto state = slot.lock()) return state;
    auto state = std::make_shared<Coordinator>();
    state->url = url;
    state->endpoint = std::move(*endpoint);
    slot = state;
    return state;
}

std::vector<std::shared_ptr<Coordinator>> CoordinatorRegistry::all() {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Coordinator>> out;
    for (const auto &[url, weak] : states_) {
        if (auto state = weak.lock()) out.push_back(std::move(state));
    }
    return out;
}

} // namespace xtn::gateway
