// state: what was true at a moment, as the log tells it.
#include "cli/audit/commands.hpp"
#include "cli/audit/rebuild.hpp"
#include "core/event/event_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <ostream>

namespace xtn::audit {

namespace json = boost::json;

namespace {

const json::value *member(const json::object &object, std::string_view name) {
    return object.if_contains(name);
}

const json::object *object_member(const json::object &object, std::string_view name) {
    const auto *value = member(object, name);
    return value == nullptr ? nullptr : value->if_object();
}

std::string text(const json::object &object, std::string_view name) {
    const auto *value = member(object, name);
    if (value == nullptr) return {};
    if (value->is_string()) return std::string(value->get_string());
    if (value->is_int64()) return std::to_string(value->get_int64());
    if (value->is_uint64()) return std::to_string(value->get_uint64());
    if (value->is_bool()) return value->get_bool() ? "yes" : "no";
    return {};
}

Tint phase_tint(std::string_view phase) {
    if (phase == "Ready" || phase == "Suspended") return Tint::good;
    return phase == "Failed" || phase == "Error" ? Tint::bad : Tint::busy;
}

// "1/1": ready of wanted.
std::string pods_text(const json::object &runtime, std::string_view component) {
    const auto *workload = object_member(runtime, "workload");
    const auto *part = workload == nullptr ? nullptr : object_member(*workload, component);
    return part == nullptr ? "-" : fmt::format("{}/{}", text(*part, "ready"), text(*part, "wanted"));
}

std::string route_text(const json::object &runtime) {
    const auto *route = object_member(runtime, "route");
    const auto *backend = route == nullptr ? nullptr : object_member(*route, "backend");
    if (backend != nullptr) return text(*backend, "state");
    return text(runtime, "routeRefused").empty() ? "none" : "refused";
}

std::string because(const json::object &runtime) {
    const auto waiting = text(runtime, "waitingFor");
    const auto why = text(runtime, "because");
    return waiting.empty() ? why : fmt::format("{}{}waits for {}", why, why.empty() ? "" : "; ", waiting);
}

// The planned manifests, from the blob store, in the order in which they are applied.
Result<json::array> manifests(const LogReader &log, const World &world, const RuntimeId &id) {
    json::array out;
    const auto view = world.runtime(id);
    if (!view) return out;
    for (const auto &object : view->desired) {
        const auto content = log.blob(object.manifest);
        if (!content) return Error(content.error()).with("manifest of " + object.ref.text());
        auto manifest = parse_json(*content);
        if (!manifest) return std::move(manifest).error().with("manifest of " + object.ref.text());
        out.push_back(std::move(*manifest));
    }
    return out;
}

void put_overview(const Ask &ask, const World &world, const std::vector<RuntimeId> &ids) {
    Table table(ask.output, {"RUNTIME", "PHASE", "SINCE (UTC)", "COORDINATOR", "WORKERS", "ROUTE", "DECIDED BY", "BECAUSE"});
    for (const auto &id : ids) {
        const auto runtime = world.describe_runtime(id);
        const auto phase = text(runtime, "phase");
        const auto since = Timestamp::parse(text(runtime, "since"));
        table.row({id.text(),
                   {phase, phase_tint(phase)},
                   since ? time_text(*since) : std::string("-"),
                   pods_text(runtime, "coordinator"),
                   pods_text(runtime, "worker"),
                   route_text(runtime),
                   "#" + text(runtime, "decidedBy"),
                   because(runtime)});
    }
    table.flush();
}

void put_details(const Ask &ask, const World &world, const RuntimeId &id) {
    const auto runtime = world.describe_runtime(id);
    if (const auto *conditions = member(runtime, "conditions"); conditions != nullptr && conditions->is_array()) {
        ask.output.out << "\n";
        Table table(ask.output, {"CONDITION", "STATUS", "REASON", "MESSAGE"});
        for (const auto &item : conditions->get_array())
            if (const auto *c = item.if_object())
                table.row({text(*c, "type"), text(*c, "status"), text(*c, "reason"), text(*c, "message")});
        table.flush();
    }
    const auto view = world.runtime(id);
    if (!view || view->desired.empty()) return;
    ask.output.out << "\n";
    Table table(ask.output, {"PLANNED OBJECT", "MANIFEST"});
    for (const auto &object : view->desired)
        table.row({object.ref.text(), object.manifest.hex.substr(0, 12)});
    table.flush();
    ask.output.out << fmt::format("\nThe manifests themselves: xtn-audit state {} -o yaml\n", id.text());
}

} // namespace

Status show_state(const Ask &ask, const std::string &at, const std::string &runtime) {
    const auto log = ask.source.open();
    if (!log) return log.error();
    const auto seq = position(**log, Stream::control, at);
    if (!seq) return seq.error();
    const auto world = rebuild(**log, *seq, ask.output, "folding", Begin::snapshot);
    if (!world) return world.error();

    std::vector<RuntimeId> ids = (*world)->runtimes();
    if (!runtime.empty()) {
        const auto id =
            RuntimeId::parse(runtime.starts_with("runtime/") ? std::string_view(runtime).substr(8) : std::string_view(runtime));
        if (!id) return make_error(Code::invalid_argument, fmt::format("'{}' is not <namespace>/<name>.", runtime));
        if (!(*world)->runtime(*id))
            return make_error(Code::not_found, fmt::format("At #{} there was no runtime {}.", seq->value, id->text()));
        ids = {*id};
    }
    std::string moment = "before the first event";
    json::object when{{"seq", seq->value}};
    if (seq->value > 0) {
        const auto event = (*log)->get(Stream::control, *seq);
        if (!event) return event.error();
        moment = fmt::format("after event #{}, {} UTC", seq->value, time_text(event->time));
        when["time"] = event->time.rfc3339();
    }
    if (ask.output.format == Format::table) {
        ask.output.out << fmt::format("State {}:\n\n", moment);
        if (ids.empty()) ask.output.out << "There are no runtimes.\n";
        if (!ids.empty()) put_overview(ask, **world, ids);
        if (!runtime.empty()) put_details(ask, **world, ids.front());
        return ok();
    }
    json::object runtimes;
    for (const auto &id : ids) {
        auto shown = (*world)->describe_runtime(id);
        auto list = manifests(**log, **world, id);
        if (!list) return std::move(list).error();
        shown["manifests"] = std::move(*list);
        runtimes[id.text()] = std::move(shown);
    }
    json::object out{{"at", std::move(when)}, {"runtimes", std::move(runtimes)}};
    if (runtime.empty())
        for (auto &part : (*world)->describe())
            if (part.key() != "runtimes") out[part.key()] = std::move(part.value());
    put_document(ask.output, out);
    return ok();
}

} // namespace xtn::audit
