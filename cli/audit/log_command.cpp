// log, show, timeline: the events themselves.
#include "cli/audit/commands.hpp"
#include "cli/audit/event_printer.hpp"
#include "cli/audit/words.hpp"
#include "core/event/event_json.hpp"
#include "core/event/printer.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <ostream>

namespace xtn::audit {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t followed_before = 10;    // like tail -f
constexpr auto look_up = 1s;                   // how long a follower waits before it asks whether to go on
constexpr std::uint64_t effects_within = 2000; // events behind one that are searched for its effects

bool matches_beginning(std::string_view text, std::string_view pattern, std::string_view open_ends) {
    if (pattern.empty()) return true;
    if (pattern.back() == '*') return text.starts_with(pattern.substr(0, pattern.size() - 1));
    if (open_ends.find(pattern.back()) != std::string_view::npos) return text.starts_with(pattern);
    return text == pattern;
}

bool matches(const LogQuery &query, const Event &event) {
    return matches_beginning(event.subject.text, query.subject, "/") &&
           (matches_beginning(event.name(), query.type, ".") || event.type == query.type);
}

bool is_whole_subject(const std::string &subject) {
    return !subject.empty() && subject.back() != '/' && subject.back() != '*';
}

// Calls `each` for the matching events from `from` on, in order, until it returns false.
Status matching(const LogReader &log, const LogQuery &query, Seq from, const std::function<bool(const Event &)> &each) {
    if (!is_whole_subject(query.subject))
        return log.scan(query.stream, from, [&](const Event &event) { return !matches(query, event) || each(event); });
    const auto seqs = log.by_subject(query.stream, Subject{query.subject});
    if (!seqs) return seqs.error();
    for (const auto seq : *seqs) {
        if (seq < from) continue;
        const auto event = log.get(query.stream, seq);
        if (!event) return event.error();
        if (matches(query, *event) && !each(*event)) return ok();
    }
    return ok();
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// The first event that --from means.
Result<Seq> start_of(const LogReader &log, const LogQuery &query) {
    if (query.from.empty()) return Seq{1};
    if (const auto number = whole_number(query.from)) return Seq{*number};
    const auto time = Timestamp::parse(query.from);
    if (!time)
        return make_error(Code::invalid_argument,
                          fmt::format("--from '{}' is neither a number nor a time like 2026-11-24T14:02:05Z", query.from));
    auto before = log.seq_at(query.stream, time->plus(std::chrono::nanoseconds(-1)));
    if (!before) return before;
    return before->next();
}

Status print_first(const LogReader &log, const LogQuery &query, EventPrinter &printer) {
    const auto from = start_of(log, query);
    if (!from) return from.error();
    auto limit = query.limit;
    if (query.follow && !limit && query.from.empty()) limit = followed_before;
    if (!limit || !query.from.empty()) {
        std::size_t count = 0;
        if (limit == std::size_t{0}) return ok();
        return matching(log, query, *from, [&](const Event &event) {
            printer.print(event);
            return !limit || ++count < *limit;
        });
    }
    std::deque<Event> newest;
    auto done = matching(log, query, *from, [&](const Event &event) {
        newest.push_back(event);
        if (newest.size() > *limit) newest.pop_front();
        return true;
    });
    if (!done) return done;
    for (const auto &event : newest)
        printer.print(event);
    return ok();
}

} // namespace

Result<Seq> position(const LogReader &log, Stream stream, const std::string &text) {
    const Seq head = log.head(stream).seq;
    if (text.empty() || text == "now") return head;
    if (const auto number = whole_number(text)) {
        if (*number > head.value)
            return make_error(Code::not_found, fmt::format("There is no event #{}: the newest is #{}.", *number, head.value));
        return Seq{*number};
    }
    const auto time = Timestamp::parse(text);
    if (!time)
        return make_error(Code::invalid_argument,
                          fmt::format("'{}' is neither now, nor a number, nor a time like 2026-11-24T14:02:05Z.", text));
    return log.seq_at(stream, *time);
}

Status show_log(const Ask &ask, const LogQuery &query) {
    auto log = ask.source.open();
    if (!log) return std::move(log).error();
    EventPrinter printer(ask.output, query.stream, EventPrinter::Columns::log);
    Seq seen = (*log)->head(query.stream).seq;
    if (auto printed = print_first(**log, query, printer); !printed) return printed;
    if (!query.follow) return ok();
    printer.flush();
    while (!ask.keep_following || ask.keep_following()) {
        if ((*log)->wait_after(query.stream, seen, Deadline::after(look_up)) <= seen) continue;
        auto newer = ask.source.open(); // a reader shows the moment of its opening
        if (!newer) return std::move(newer).error();
        auto printed = (*newer)->scan(query.stream, seen.next(), [&](const Event &event) {
            if (matches(query, event)) printer.print(event);
            return true;
        });
        if (!printed) return printed;
        printer.flush();
        seen = (*newer)->head(query.stream).seq;
        log = std::move(newer);
    }
    return ok();
}

Status show_event(const Ask &ask, Stream stream, Seq seq) {
    const auto log = ask.source.open();
    if (!log) return log.error();
    const Seq head = (*log)->head(stream).seq;
    if (seq.value == 0 || seq > head)
        return make_error(Code::not_found, head.value == 0 ? fmt::format("There is no event #{}: the {} stream is empty.",
                                                                         seq.value, stream_name(stream))
                                                           : fmt::format("There is no event #{}: the {} stream holds #1 to #{}.",
                                                                         seq.value, stream_name(stream), head.value));
    const auto event = (*log)->get(stream, seq);
    if (!event) return event.error();
    if (ask.output.format != Format::table) {
        put_document(ask.output, event_to_json(stream, *event));
        return ok();
    }
    ask.output.out << print_full(stream, *event);
    // What came of it, as far as it followed soon.
    std::vector<Event> effects;
    auto done = (*log)->scan(stream, seq.next(), [&](const Event &later) {
        if (later.cause == seq) effects.push_back(later);
        return later.seq.value < seq.value + effects_within;
    });
    if (!done) return done;
    if (event->cause) {
        if (const auto cause = (*log)->get(stream, *event->cause); cause.ok())
            ask.output.out << fmt::format("\nbecause of  #{} {}\n", cause->seq.value, sentence(*cause));
    }
    for (const auto &effect : effects)
        ask.output.out << fmt::format("led to      #{} {}\n", effect.seq.value, sentence(effect));
    return ok();
}

Status show_timeline(const Ask &ask, const std::string &subject) {
    const auto log = ask.source.open();
    if (!log) return log.error();
    // "default/x" is short for the runtime of that name.
    const bool short_form = std::count(subject.begin(), subject.end(), '/') == 1 && !subject.starts_with("gateway/");
    const Subject whole{short_form ? "runtime/" + subject : subject};
    const auto seqs = (*log)->by_subject(Stream::control, whole);
    if (!seqs) return seqs.error();
    if (seqs->empty()) return make_error(Code::not_found, fmt::format("No event is about {}.", whole.text));
    EventPrinter printer(ask.output, Stream::control, EventPrinter::Columns::timeline);
    for (const auto seq : *seqs) {
        const auto event = (*log)->get(Stream::control, seq);
        if (!event) return event.error();
        printer.print(*event);
    }
    return ok();
}

} // namespace xtn::audit
