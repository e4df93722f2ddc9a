#include "projections/runtimes/commands.hpp"

#include "core/event/catalogue.hpp"
#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"
#include "projections/policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace xtn {

namespace annotation {

namespace {
std::string named(std::string_view name) {
    return std::string(annotation_prefix) + std::string(name);
}
} // namespace

const std::string resume_requested = named("resume-requested");
const std::string resume_requested_at = named("resume-requested-at");
const std::string suspend_requested = named("suspend-requested");
const std::string suspend_requested_at = named("suspend-requested-at");
const std::string auto_suspend_requested = named("auto-suspend-requested");
const std::string auto_suspend_requested_at = named("auto-suspend-requested-at");
const std::string wake_min_workers = named("wake-min-workers");
const std::string wake_ttl = named("wake-ttl");
const std::string drain_started_at = named("drain-started-at");
const std::string drain_completed_at = named("drain-completed-at");
const std::string drain_result = named("drain-result");

} // namespace annotation

namespace {

using Annotations = std::map<std::string, std::string>;
constexpr std::chrono::nanoseconds default_wake_ttl = std::chrono::minutes(5);
// A year: far beyond any use, and it keeps the sum with an event's time within 64 bits.
constexpr std::int64_t longest_wake_ms = std::int64_t{365} * 24 * 3600 * 1000;

std::string value_of(const Annotations &annotations, const std::string &name) {
    const auto found = annotations.find(name);
    return found == annotations.end() ? std::string() : found->second;
}

// A number as the contract reads it: decimal, 32 bits, not negative.
std::optional<std::int64_t> parse_count(std::string_view text) {
    std::int32_t value = 0;
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

std::optional<std::chrono::nanoseconds> parse_ttl(std::string_view text) {
    const auto parsed = parse_go_duration(text);
    if (!parsed.ok() || parsed.value().count() < 0) return std::nullopt;
    return parsed.value();
}

struct Kind {
    std::string_view command;
    const std::string &flag;
    const std::string &at;
    bool suspended;
};
const std::array<Kind, 3> kinds = {{
    {"resume", annotation::resume_requested, annotation::resume_requested_at, false},
    {"suspend", annotation::suspend_requested, annotation::suspend_requested_at, true},
    {"auto-suspend", annotation::auto_suspend_requested, annotation::auto_suspend_requested_at, true},
}};

constexpr std::size_t resume_kind = 0;

bool asked(const Annotations &annotations, const Kind &kind) {
    return value_of(annotations, kind.flag) == "true";
}

Timestamp asked_at(const Annotations &annotations, const Kind &kind) {
    const auto parsed = Timestamp::parse(value_of(annotations, kind.at));
    return parsed.ok() ? parsed.value() : Timestamp{};
}

// Spec 40 §7.2: a person's wish beats the idle timer; resume beats suspend only when it is strictly newer.
const Kind *winner(const Annotations &annotations) {
    const auto &[resume, suspend, auto_suspend] = kinds;
    if (asked(annotations, resume) && asked(annotations, suspend))
        return asked_at(annotations, resume) > asked_at(annotations, suspend) ? &resume : &suspend;
    if (asked(annotations, resume)) return &resume;
    if (asked(annotations, suspend)) return &suspend;
    return asked(annotations, auto_suspend) ? &auto_suspend : nullptr;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> out;
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
        out.push_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    out.push_back(text);
    return out;
}

// What the command annotations said when it was decided upon them: RuntimeState::command_key, taken apart. Each command is known
// by itself, so that one which is given while another waits to be taken off neither brings that one back nor is lost with it.
struct Decided {
    std::array<std::array<std::string, 2>, kinds.size()> commands; // flag and time; empty: not decided
    std::array<std::string, 2> wake;

    static Decided of(const Annotations &annotations) {
        Decided out;
        for (std::size_t i = 0; i < kinds.size(); ++i)
            out.commands[i] = {value_of(annotations, kinds[i].flag), value_of(annotations, kinds[i].at)};
        out.wake = {value_of(annotations, annotation::wake_min_workers), value_of(annotations, annotation::wake_ttl)};
        return out;
    }

    static Decided of(const RuntimeState &rt) {
        Decided out;
        const auto lines = lines_of(rt.command_key);
        if (lines.size() != 2 * kinds.size() + 2) return out;
        for (std::size_t i = 0; i < kinds.size(); ++i)
            out.commands[i] = {std::string(lines[2 * i]), std::string(lines[2 * i + 1])};
        out.wake = {std::string(lines[2 * kinds.size()]), std::string(lines[2 * kinds.size() + 1])};
        return out;
    }

    std::string text() const {
        std::string out;
        for (const auto &[flag, at] : commands)
            out.append(flag).append("\n").append(at).append("\n");
        return out.append(wake[0]).append("\n").append(wake[1]);
    }

    // Whether the annotations hold that command as it was decided. Wake values belong to the resume, if one stands; they go when
    // we clear them ourselves, once a wake has settled, which may meet the next command on its way.
    bool holds(const Annotations &annotations, std::size_t kind) const {
        const auto now = of(annotations);
        if (!asked(annotations, kinds[kind]) || commands[kind] != now.commands[kind]) return false;
        if (kind != resume_kind && asked(annotations, kinds[resume_kind])) return true;
        for (std::size_t i = 0; i < wake.size(); ++i)
            if (wake[i] != now.wake[i] && !now.wake[i].empty()) return false;
        return true;
    }
};

// The annotations without the commands that were taken already and only wait to be taken off. A refused one stays: it was not
// taken.
Annotations not_taken(const RuntimeState &rt) {
    auto open = rt.annotations;
    const auto decided = Decided::of(rt);
    for (std::size_t i = 0; i < kinds.size(); ++i)
        if (decided.holds(rt.annotations, i) && !(i == resume_kind && !rt.command_refusal.empty())) open.erase(kinds[i].flag);
    return open;
}

std::string wake_error(const Annotations &annotations) {
    const auto workers = value_of(annotations, annotation::wake_min_workers);
    if (!workers.empty() && !parse_count(workers))
        return fmt::format("annotation {} must be a whole number of at least 0, it is '{}'", annotation::wake_min_workers,
                           workers.substr(0, 64));
    const auto ttl = value_of(annotations, annotation::wake_ttl);
    if (!ttl.empty() && !parse_ttl(ttl))
        return fmt::format("annotation {} must be a duration of at least 0 such as 90s, it is '{}'", annotation::wake_ttl,
                           ttl.substr(0, 64));
    return {};
}

boost::json::array to_clear(const Annotations &annotations, const Kind &won) {
    boost::json::array clear;
    for (const auto &kind : kinds) {
        if (!asked(annotations, kind)) continue;
        clear.emplace_back(kind.flag);
        if (annotations.contains(kind.at)) clear.emplace_back(kind.at);
    }
    if (won.suspended)
        for (const auto *name : {&annotation::wake_min_workers, &annotation::wake_ttl})
            if (annotations.contains(*name)) clear.emplace_back(*name);
    return clear;
}

std::optional<EventDraft> decide_request(const RuntimeId &id, const RuntimeState &rt, const Event &event) {
    const auto name = event.name();
    const bool suspend = name == "suspend.requested";
    if (!suspend && name != "resume.requested") return std::nullopt;
    // Wishes that stand on the XTrinode itself arrive with runtime.spec.applied.
    if (read::text(event.payload, "via") != "api") return std::nullopt;
    if (rt.wants_suspended() == suspend && !rt.command) return std::nullopt;
    auto draft = lifecycle_draft("runtime.command.accepted", id);
    draft.payload = {{"command", suspend ? "suspend" : "resume"},
                     {"via", "api"},
                     {"suspended", suspend},
                     {"clear", boost::json::array()},
                     {"message", fmt::format("asked for over the API{}{}", event.actor.empty() ? "" : " by ", event.actor)}};
    for (const auto *member : {"wake_min_workers", "wake_ttl_ms"})
        if (const auto *value = event.payload.if_contains(member)) draft.payload[member] = *value;
    return draft;
}

} // namespace

void note_accepted(RuntimeState &rt) {
    // Winners and losers.
    rt.command_key = winner(rt.annotations) == nullptr ? std::string() : Decided::of(rt.annotations).text();
    rt.command_refusal.clear();
}

void note_rejected(RuntimeState &rt, std::string why) {
    auto decided = Decided::of(rt);
    const auto now = Decided::of(rt.annotations);
    decided.commands[resume_kind] = now.commands[resume_kind];
    decided.wake = now.wake;
    rt.command_key = decided.text();
    rt.command_refusal = std::move(why);
}

void forget_what_went(RuntimeState &rt) {
    if (rt.command_key.empty()) return;
    auto decided = Decided::of(rt);
    const auto now = Decided::of(rt.annotations);
    if (!rt.command_refusal.empty() && (decided.commands[resume_kind] != now.commands[resume_kind] || decided.wake != now.wake)) {
        decided.commands[resume_kind] = {};
        rt.command_refusal.clear();
    }
    for (std::size_t i = 0; i < kinds.size(); ++i)
        if (!decided.holds(rt.annotations, i)) decided.commands[i] = {};
    rt.command_key = decided.commands == decltype(decided.commands){} ? std::string() : decided.text();
}

bool command_was_written(const PendingCommand &command, const RuntimeState &rt) {
    if (command.clear.empty()) return rt.wants_suspended() == command.suspended;
    for (const auto &name : command.clear)
        if (rt.annotations.contains(name)) return false;
    return true;
}

WakeWish wake_wish(const RuntimeState &rt) {
    WakeWish wish{0, default_wake_ttl, false};
    if (rt.spec) {
        wish.min_workers = std::max<std::int64_t>(0, read::integer(*rt.spec, "wakeMinWorkers"));
        if (const auto ttl = parse_ttl(read::text(*rt.spec, "wakeTTL"))) wish.ttl = *ttl;
    }
    if (rt.wake_asked.min_workers) {
        wish.min_workers = std::max<std::int64_t>(0, *rt.wake_asked.min_workers);
        wish.asked = true;
    }
    if (rt.wake_asked.ttl_ms)
        wish.ttl = std::chrono::milliseconds(std::clamp<std::int64_t>(*rt.wake_asked.ttl_ms, 0, longest_wake_ms));
    if (const auto count = parse_count(value_of(rt.annotations, annotation::wake_min_workers))) {
        wish.min_workers = *count;
        wish.asked = true;
    }
    if (const auto ttl = parse_ttl(value_of(rt.annotations, annotation::wake_ttl))) wish.ttl = *ttl;
    wish.ttl = std::min<std::chrono::nanoseconds>(wish.ttl, std::chrono::milliseconds(longest_wake_ms));
    return wish;
}

std::optional<EventDraft> decide_command(const RuntimeId &id, const RuntimeState &rt, const Event &event) {
    if (rt.deleting || !rt.spec) return std::nullopt;
    if (auto requested = decide_request(id, rt, event)) return requested;
    const auto *won = winner(not_taken(rt));
    if (won == nullptr) return std::nullopt;
    // Spec 40 §7.2a: the idle timer does not overrule a person, not even one whose command is just being carried out.
    if (won == &kinds.back()) won = winner(rt.annotations);
    if (!won->suspended && !rt.command_refusal.empty()) return std::nullopt; // that one was decided upon
    if (!won->suspended)
        if (const auto error = wake_error(rt.annotations); !error.empty()) {
            auto draft = lifecycle_draft("runtime.command.rejected", id);
            draft.payload = {{"command", won->command}, {"reason", "CommandRejected"}, {"message", error}};
            return draft;
        }
    auto draft = lifecycle_draft("runtime.command.accepted", id);
    draft.payload = {{"command", won->command},
                     {"via", "annotation"},
                     {"suspended", won->suspended},
                     {"clear", to_clear(rt.annotations, *won)},
                     {"message", fmt::format("annotation {} is set", won->flag)}};
    return draft;
}

} // namespace xtn
