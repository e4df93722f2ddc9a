// why object: everything the log knows of one Kubernetes object, newest first, each with what led to it. Also for objects that
// are gone.
#include "cli/audit/commands.hpp"
#include "cli/audit/words.hpp"
#include "core/base/utf8.hpp"
#include "core/event/event_json.hpp"
#include "core/event/printer.hpp"
#include "netkit/http_message.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <ostream>

namespace xtn::audit {

namespace json = boost::json;

namespace {

// Observations that do not name their kind.
struct ImpliedKind {
    std::string_view type;
    std::string_view kind;
};
constexpr ImpliedKind implied_kinds[] = {
    {"deployment.observed", "Deployment"}, {"pod.observed", "Pod"}, {"pod.gone", "Pod"}, {"nodepool.observed", "NodePool"}};

std::string text_of(const json::object &object, std::string_view name) {
    const auto *value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string namespace_of(const Event &event) {
    const auto id = event.subject.as_runtime();
    return id ? id->ns : std::string();
}

bool is_object(const ObjectName &wanted, std::string_view kind, std::string_view ns, std::string_view name) {
    return name == wanted.name && ns == wanted.ns && netkit::iequals(kind, wanted.kind);
}

// An event that is about the object itself: an outcome or an observation.
bool tells_of(const Event &event, const ObjectName &wanted) {
    if (text_of(event.payload, "name") != wanted.name) return false;
    std::string kind = text_of(event.payload, "kind");
    for (const auto &implied : implied_kinds)
        if (event.name() == implied.type) kind = implied.kind;
    std::string ns = text_of(event.payload, "ns");
    if (ns.empty()) ns = namespace_of(event);
    return is_object(wanted, kind, ns, wanted.name);
}

// The digest under which a plan lists the object; nothing: it does not.
std::optional<std::string> planned_as(const Event &plan, const ObjectName &wanted) {
    const auto *objects = plan.payload.if_contains("objects");
    if (objects == nullptr || !objects->is_array()) return std::nullopt;
    for (const auto &item : objects->get_array()) {
        if (!item.is_object()) continue;
        const auto &object = item.get_object();
        if (is_object(wanted, text_of(object, "kind"), text_of(object, "ns"), text_of(object, "name")))
            return text_of(object, "manifest");
    }
    return std::nullopt;
}

struct Entry {
    Event event;
    std::string says;
};

// Walks the log once; plans count only where they change what they say of the object.
class History {
  public:
    explicit History(const ObjectName &object) : object_(object) {}

    void take(const Event &event) {
        if (event.name() == "topology.planned") return take_plan(event);
        if (!tells_of(event, object_)) return;
        entries_.push_back({event, summary(event)});
        if (event.name() == "object.applied" || event.name() == "object.observed" || event.name().ends_with(".observed")) {
            exists_ = true;
        } else if (event.name() == "object.deleted" || event.name().ends_with(".gone")) {
            exists_ = false;
        }
    }
    const std::vector<Entry> &entries() const { return entries_; }
    std::string state() const {
        if (entries_.empty()) return "unknown";
        if (!exists_) return wanted_ ? "planned, and was not seen or written yet" : "planned no more";
        return *exists_ ? "there" : "deleted";
    }

  private:
    void take_plan(const Event &plan) {
        const auto digest = planned_as(plan, object_);
        if (digest == manifest_ || (!digest && plan.subject.text != planner_)) return;
        const auto revision = text_of(plan.payload, "revision");
        const auto reason = text_of(plan.payload, "reason");
        if (digest)
            entries_.push_back({plan, fmt::format("plan {} {} it as manifest {} ({})", revision, manifest_ ? "wants" : "lists",
                                                  digest->substr(0, 12), reason)});
        else
            entries_.push_back({plan, fmt::format("plan {} lists it no more ({})", revision, reason)});
        manifest_ = digest;
        planner_ = plan.subject.text;
        wanted_ = digest.has_value();
    }

    const ObjectName &object_;
    std::vector<Entry> entries_;
    std::optional<std::string> manifest_;
    std::string planner_; // whose plan lists it
    bool wanted_ = false;
    std::optional<bool> exists_;
};

} // namespace

Status explain_object(const Ask &ask, const ObjectName &object, std::size_t limit) {
    const auto log = ask.source.open();
    if (!log) return log.error();
    History history(object);
    Progress bar(ask.output, "reading", (*log)->head(Stream::control).seq.value);
    auto read = (*log)->scan(Stream::control, Seq{1}, [&](const Event &event) {
        history.take(event);
        bar.at(event.seq.value);
        return true;
    });
    if (!read) return read;
    const auto &entries = history.entries();
    if (entries.empty())
        return make_error(
            Code::not_found,
            fmt::format("No event tells of {}. Kind, namespace and name must be those of the object.", object.text()));

    json::array list;
    if (ask.output.format == Format::table)
        ask.output.out << fmt::format("{} is {}. What happened to it, newest first:\n\n", object.text(), history.state());
    std::size_t shown = 0;
    for (auto entry = entries.rbegin(); entry != entries.rend() && shown < limit; ++entry, ++shown) {
        const auto &event = entry->event;
        const auto chain = causes(**log, event);
        if (!chain) return chain.error();
        const Event *root = chain->empty() ? nullptr : &chain->back();
        const std::string actor = !event.actor.empty() ? event.actor : root != nullptr ? wisher(*root) : who(event);
        if (ask.output.format != Format::table) {
            json::object item{{"seq", event.seq.value},
                              {"time", event.time.rfc3339()},
                              {"type", event.type},
                              {"says", entry->says},
                              {"actor", actor}};
            json::array because;
            for (const auto &cause : *chain)
                because.push_back(event_to_json(Stream::control, cause));
            item["because"] = std::move(because);
            item["event"] = event_to_json(Stream::control, event);
            list.push_back(std::move(item));
            continue;
        }
        ask.output.out << fmt::format("#{:<6} {}  {}\n", event.seq.value, time_text(event.time),
                                      tinted(ask.output, tint_of(event), entry->says));
        const auto detail = [&](const std::string &text) {
            ask.output.out << "        " << tinted(ask.output, Tint::dim, text) << "\n";
        };
        detail(fmt::format("by {}, recorded by {}", actor, event.source));
        if (!chain->empty()) detail(fmt::format("because of #{}: {}", chain->front().seq.value, sentence(chain->front())));
        if (chain->size() > 1) detail(fmt::format("which goes back to #{}: {}", root->seq.value, sentence(*root)));
    }
    if (ask.output.format != Format::table)
        put_document(ask.output, json::object{{"object", object.text()}, {"is", history.state()}, {"history", std::move(list)}});
    else if (entries.size() > shown)
        ask.output.out << fmt::format("... and {} more: --limit {}\n", entries.size() - shown, entries.size());
    return ok();
}

} // namespace xtn::audit
