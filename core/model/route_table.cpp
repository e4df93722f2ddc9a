#include "core/model/route_table.hpp"

#include "core/model/route_fields.hpp"
#include "core/model/yaml_writer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace xtn {
namespace {

namespace json = boost::json;

struct StateName {
    BackendState state;
    std::string_view text;
};
constexpr std::array state_names{StateName{BackendState::running, "RUNNING"}, StateName{BackendState::paused, "PAUSED"},
                                 StateName{BackendState::resuming, "RESUMING"}, StateName{BackendState::draining, "DRAINING"}};

template <class... F> struct Overloaded : F... {
    using F::operator()...;
};
template <class... F> Overloaded(F...) -> Overloaded<F...>;

// Calls write(name, value) with a string_view, an int64 or a bool, for each member that is not left out.
template <class T, class Write> void write_field(const T &from, const RouteField<T> &field, Write &&write) {
    std::visit(Overloaded{[&](std::string T::*member) {
                              if (field.omit == Omit::never || !(from.*member).empty())
                                  write(field.name, std::string_view(from.*member));
                          },
                          [&](std::int64_t T::*member) {
                              if (field.omit == Omit::never || from.*member != 0) write(field.name, from.*member);
                          },
                          [&](bool T::*member) {
                              if (field.omit == Omit::never || from.*member) write(field.name, from.*member);
                          }},
               field.member);
}

template <class Write> void write_backend(const Backend &backend, Write &&write) {
    for (const auto &field : backend_fields) {
        write_field(backend, field, write);
        if (field.name == state_field_after) {
            const auto state = backend_state_text(backend.state);
            if (!state.empty()) write(state_field, state);
        }
    }
}

std::string yaml_of(std::string_view value) {
    return yaml_scalar(value);
}
std::string yaml_of(std::int64_t value) {
    return std::to_string(value);
}
std::string yaml_of(bool value) {
    return value ? "true" : "false";
}

// One mapping as a list item: "- first: ...", the others two columns further in.
class ItemLines {
  public:
    ItemLines(std::string &out, std::size_t indent) : out_(out), indent_(indent) {}
    void name(std::string_view name) {
        out_.append(indent_, ' ').append(first_ ? "- " : "  ").append(name).append(":");
        first_ = false;
    }
    template <class V> void operator()(std::string_view member, V value) {
        name(member);
        out_.append(" ").append(yaml_of(value)).append("\n");
    }

  private:
    std::string &out_;
    std::size_t indent_;
    bool first_ = true;
};

} // namespace

std::string_view backend_state_text(BackendState state) {
    for (const auto &name : state_names) {
        if (name.state == state) return name.text;
    }
    return {};
}

BackendState backend_state_of(std::string_view text) {
    if (text.empty()) return BackendState::running;
    for (const auto &name : state_names) {
        if (name.text == text) return name.state;
    }
    return BackendState::unknown;
}

std::string RouteTable::to_yaml() const {
    if (routes.empty()) return "routes: []\n";
    std::string out = "routes:\n";
    for (const auto &route : routes) {
        ItemLines lines(out, 4);
        for (const auto &field : route_fields) {
            write_field(route, field, lines);
            if (field.name != backends_field_after) continue;
            lines.name(backends_field);
            out += route.backends.empty() ? " []\n" : "\n";
            for (const auto &backend : route.backends)
                write_backend(backend, ItemLines(out, 8));
        }
    }
    return out;
}

json::value RouteTable::to_json() const {
    json::array list;
    for (const auto &route : routes) {
        json::object item;
        const auto set = [&item](std::string_view name, auto value) { item[name] = value; };
        for (const auto &field : route_fields) {
            write_field(route, field, set);
            if (field.name != backends_field_after) continue;
            json::array backends;
            for (const auto &backend : route.backends) {
                json::object one;
                write_backend(backend, [&one](std::string_view name, auto value) { one[name] = value; });
                backends.emplace_back(std::move(one));
            }
            item[backends_field] = std::move(backends);
        }
        list.emplace_back(std::move(item));
    }
    json::object out;
    out["epoch"] = epoch;
    out["version"] = version;
    out["routes"] = std::move(list);
    return out;
}

std::string normalise_hostname(std::string_view host) {
    std::string_view name = host;
    if (host.starts_with('[')) { // "[::1]:8080" or "[::1]"
        const auto end = host.find(']');
        const bool clean = end != std::string_view::npos && (end + 1 == host.size() || host[end + 1] == ':');
        if (clean) name = host.substr(1, end - 1);
    } else if (std::count(host.begin(), host.end(), ':') == 1) {
        name = host.substr(0, host.find(':'));
    }
    std::string out(name);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

} // namespace xtn
