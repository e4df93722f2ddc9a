// why runtime, why route: what is, since when, and the chain of causes that led there.
#include "cli/audit/commands.hpp"
#include "cli/audit/words.hpp"
#include "core/event/event_json.hpp"
#include "core/event/printer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace xtn::audit {

namespace json = boost::json;

namespace {

constexpr std::size_t known_shown = 8;

Result<std::vector<Event>> events_of(const LogReader &log, const Subject &subject) {
    const auto seqs = log.by_subject(Stream::control, subject);
    if (!seqs) return seqs.error();
    std::vector<Event> out;
    out.reserve(seqs->size());
    for (const auto seq : *seqs) {
        auto event = log.get(Stream::control, seq);
        if (!event) return std::move(event).error();
        out.push_back(std::move(*event));
    }
    return out;
}

Error unknown_runtime(const LogReader &log, const RuntimeId &id) {
    std::string text = fmt::format("No event is about runtime {}.", id.text());
    const auto known = log.subjects(Stream::control, "runtime/");
    if (!known || known->empty()) return make_error(Code::not_found, text + " The log knows no runtime at all.");
    text += " Known are: ";
    for (std::size_t i = 0; i < known->size() && i < known_shown; ++i)
        text += fmt::format("{}{}", i == 0 ? "" : ", ", (*known)[i].text.substr(8));
    text += known->size() > known_shown ? fmt::format(" and {} more.", known->size() - known_shown) : ".";
    return make_error(Code::not_found, std::move(text));
}

std::string line(const Event &event) {
    return fmt::format("  #{:<6} {}  {}\n", event.seq.value, time_text(event.time), sentence(event));
}

// What led to an event. Where the causes end at an observation of an object, the story goes on with what XTrinode itself had done
// to that object before.
struct Link {
    Event event;
    bool after = false; // came before the link in front of it, and is not its recorded cause
};

Result<std::vector<Link>> story_of(const LogReader &log, const std::vector<Event> &events, const Event &first) {
    std::vector<Link> out{{first, false}};
    while (true) {
        auto chain = causes(log, out.back().event);
        if (!chain) return std::move(chain).error();
        for (auto &event : *chain)
            out.push_back({std::move(event), false});
        const Event *before = write_before(events, out.back().event);
        if (before == nullptr) return out;
        out.push_back({*before, true});
    }
}

json::array story_json(const std::vector<Link> &story) {
    json::array out;
    for (const auto &link : story)
        out.push_back(event_to_json(Stream::control, link.event));
    return out;
}

// The event, then each cause behind the word "because".
void put_story(const Ask &ask, const std::vector<Link> &story) {
    const auto aside = [&](const std::string &text) {
        ask.output.out << "           " << tinted(ask.output, Tint::dim, text) << "\n";
    };
    for (std::size_t i = 0; i < story.size(); ++i) {
        if (i > 0) aside(story[i].after ? "after" : "because");
        ask.output.out << line(story[i].event);
    }
    aside(fmt::format("(nothing in the log led to #{}: it came from outside)", story.back().event.seq.value));
}

std::string since(const Ask &ask, const Event &event) {
    return fmt::format("since {} UTC ({} ago)", time_text(event.time), duration_text(ask.now.since(event.time)));
}

// What stands against the wish: the newest refusal of a spec or plan that no later event has overcome.
const Event *open_refusal(const std::vector<Event> &events) {
    const Event *refusal = nullptr;
    for (const auto &event : events) {
        if (event.name() == "runtime.spec.rejected" || event.name() == "topology.rejected" || event.name() == "route.rejected")
            refusal = &event;
        if (refusal == nullptr) continue;
        const bool overcome = (event.name() == "runtime.spec.applied" && refusal->name() == "runtime.spec.rejected") ||
                              (event.name() == "topology.planned" && refusal->name() != "route.rejected") ||
                              event.name() == "route.published" || event.name() == "runtime.spec.deleted";
        if (overcome) refusal = nullptr;
    }
    return refusal;
}

} // namespace

Status explain_runtime(const Ask &ask, const RuntimeId &id, std::size_t limit) {
    const auto log = ask.source.open();
    if (!log) return log.error();
    const auto events = events_of(**log, Subject::runtime(id));
    if (!events) return events.error();
    if (events->empty()) return unknown_runtime(**log, id);

    std::vector<const Event *> changes; // of phase, newest first
    for (auto event = events->rbegin(); event != events->rend(); ++event)
        if (phase_words(*event)) changes.push_back(&*event);
    const Event &now = changes.empty() ? events->front() : *changes.front();
    const auto story = story_of(**log, *events, now);
    if (!story) return story.error();
    const Event *refusal = open_refusal(*events);
    const std::string words = !changes.empty()     ? std::string(*phase_words(now))
                              : refusal != nullptr ? "wanted in a way that is refused"
                                                   : "known, but nothing was decided about it yet";

    if (ask.output.format != Format::table) {
        json::object out{{"runtime", id.text()}, {"is", words}, {"since", now.time.rfc3339()}, {"seq", now.seq.value}};
        out["because"] = story_json(*story);
        if (refusal != nullptr) out["refused"] = event_to_json(Stream::control, *refusal);
        json::array before;
        for (std::size_t i = 1; i < changes.size() && i <= limit; ++i)
            before.push_back(event_to_json(Stream::control, *changes[i]));
        out["before"] = std::move(before);
        put_document(ask.output, out);
        return ok();
    }
    ask.output.out << fmt::format("Runtime {} is {}, {}.\n\n", id.text(), tinted(ask.output, tint_of(now), words),
                                  since(ask, now));
    put_story(ask, *story);
    if (refusal != nullptr && refusal->seq != now.seq)
        ask.output.out << fmt::format("\nWhat is wanted now is refused, {}:\n{}", since(ask, *refusal), line(*refusal));
    if (changes.size() > 1) ask.output.out << "\nBefore that, newest first:\n";
    for (std::size_t i = 1; i < changes.size() && i <= limit; ++i) {
        ask.output.out << line(*changes[i]);
        const auto why = causes(**log, *changes[i]);
        if (!why) return why.error();
        if (!why->empty())
            ask.output.out << tinted(ask.output, Tint::dim,
                                     fmt::format("           because of #{}: {}", why->front().seq.value, sentence(why->front())))
                           << "\n";
    }
    if (changes.size() > limit + 1)
        ask.output.out << fmt::format("  ... and {} more: xtn-audit timeline runtime/{}\n", changes.size() - 1 - limit,
                                      id.text());
    return ok();
}

Status explain_route(const Ask &ask, const RuntimeId &id) {
    const auto log = ask.source.open();
    if (!log) return log.error();
    const auto events = events_of(**log, Subject::runtime(id));
    if (!events) return events.error();
    if (events->empty()) return unknown_runtime(**log, id);
    const auto newest = std::find_if(events->rbegin(), events->rend(), [](const Event &e) {
        return e.name() == "route.published" || e.name() == "route.rejected";
    });
    if (newest == events->rend())
        return make_error(Code::not_found, fmt::format("Runtime {} never had a route. What it is: xtn-audit why runtime {}",
                                                       id.text(), id.text()));
    const Event &event = *newest;
    const auto story = story_of(**log, *events, event);
    if (!story) return story.error();
    if (ask.output.format != Format::table) {
        put_document(ask.output, json::object{{"runtime", id.text()},
                                              {"route", event.payload},
                                              {"since", event.time.rfc3339()},
                                              {"seq", event.seq.value},
                                              {"because", story_json(*story)}});
        return ok();
    }
    const auto *removed = event.payload.if_contains("removed");
    const bool gone = removed != nullptr && removed->is_bool() && removed->get_bool();
    if (event.name() == "route.rejected") {
        ask.output.out << fmt::format("Runtime {} gets no route, {}: {}.\n\n", id.text(), since(ask, event),
                                      text_member(event, "message"));
    } else if (gone) {
        ask.output.out << fmt::format("Runtime {} has no route any more, {}.\n\n", id.text(), since(ask, event));
    } else {
        ask.output.out << fmt::format("Queries reach runtime {} like this, {}:\n\n", id.text(), since(ask, event));
        const auto row = [&](std::string_view name, const std::string &value) {
            if (!value.empty()) ask.output.out << fmt::format("  {:<24} {}\n", name, value);
        };
        row("routing group", text_member(event, "routing_group"));
        row("X-Trino-XTrinode:", text_member(event, "header"));
        row("host name", text_member(event, "hostname"));
        const auto *is_default = event.payload.if_contains("default");
        if (is_default != nullptr && is_default->is_bool())
            row("without a selector", is_default->get_bool() ? "yes, it is the default" : "no");
        const auto *backend = event.payload.if_contains("backend");
        if (backend != nullptr && backend->is_object())
            for (const auto &member : backend->get_object())
                row(fmt::format("backend {}", std::string_view(member.key())),
                    member.value().is_string() ? std::string(member.value().get_string()) : json::serialize(member.value()));
        ask.output.out << "\n";
    }
    put_story(ask, *story);
    return ok();
}

Status explain(const Ask &ask, const std::string &what, const std::string &name, std::size_t limit) {
    if (what == "object") {
        const auto first = name.find('/');
        const auto last = name.rfind('/');
        if (first == std::string::npos || first == last || name.find('/', first + 1) != last || last + 1 == name.size())
            return make_error(
                Code::invalid_argument,
                fmt::format("'{}' is not <Kind>/<namespace>/<name>, such as Deployment/default/trino-x-worker.", name));
        return explain_object(ask, {name.substr(0, first), name.substr(first + 1, last - first - 1), name.substr(last + 1)},
                              limit);
    }
    // "runtime/default/x" is taken as well as "default/x".
    const auto id = RuntimeId::parse(name.starts_with("runtime/") ? std::string_view(name).substr(8) : std::string_view(name));
    if (!id) return make_error(Code::invalid_argument, fmt::format("'{}' is not <namespace>/<name>.", name));
    if (what == "runtime") return explain_runtime(ask, *id, limit);
    if (what == "route") return explain_route(ask, *id);
    return make_error(Code::invalid_argument, fmt::format("why '{}'? Known are: runtime, route, object.", what));
}

} // namespace xtn::audit
