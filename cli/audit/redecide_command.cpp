// redecide: would today's policies decide the same? History does not change by it.
#include "cli/audit/commands.hpp"
#include "projections/redecide.hpp"
#include "projections/world.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <ostream>

namespace xtn::audit {

namespace json = boost::json;

namespace {

constexpr std::size_t read_ahead = 1000; // events

std::string_view word(Verdict verdict) {
    return verdict == Verdict::explained ? "explained by another version" : "unexplained";
}

// A decision's payload may be a whole plan.
std::string shortened(const std::string &text) {
    constexpr std::size_t most = 300;
    return text.size() <= most ? text : text.substr(0, most) + "…";
}

json::array texts(const std::vector<std::string> &all) {
    json::array out;
    for (const auto &one : all)
        out.emplace_back(one);
    return out;
}

} // namespace

Status redecide_log(const Ask &ask, std::size_t limit) {
    const auto log = ask.source.open();
    if (!log) return log.error();
    const Seq head = (*log)->head(Stream::control).seq;
    Progress bar(ask.output, "deciding again", head.value);
    std::deque<Event> ahead;
    Seq read;
    Status failed = ok();
    const auto next = [&]() -> std::optional<Event> {
        if (ahead.empty() && read < head) {
            failed = (*log)->scan(Stream::control, read.next(), [&](const Event &event) {
                ahead.push_back(event);
                read = event.seq;
                return ahead.size() < read_ahead;
            });
            bar.at(read.value);
        }
        if (!failed || ahead.empty()) return std::nullopt;
        Event event = std::move(ahead.front());
        ahead.pop_front();
        return event;
    };
    const auto world = World::create();
    const Redecision report = redecide(*world, next);
    if (!failed) return failed;

    const auto unexplained =
        static_cast<std::size_t>(std::count_if(report.differences.begin(), report.differences.end(),
                                               [](const Difference &d) { return d.verdict == Verdict::unexplained; }));
    const auto explained = report.differences.size() - unexplained;
    json::array listed;
    for (const auto &difference : report.differences) {
        if (listed.size() == limit) break;
        listed.push_back(json::object{{"event", difference.event.value},
                                      {"verdict", word(difference.verdict)},
                                      {"recorded", texts(difference.recorded)},
                                      {"today", texts(difference.today)}});
    }
    if (ask.output.format == Format::table) {
        auto &out = ask.output.out;
        out << fmt::format(
            "{} events, {} decisions among them: {} times the same answer, {} explained by another version, {} unexplained\n",
            report.events, report.decisions, report.same, explained, unexplained);
        for (std::size_t i = 0; i < listed.size(); ++i) {
            const auto &difference = report.differences[i];
            out << fmt::format("\n#{}: {}\n", difference.event.value, word(difference.verdict));
            for (const auto &decision : difference.recorded)
                out << "  then   " << shortened(decision) << '\n';
            for (const auto &decision : difference.today)
                out << "  today  " << shortened(decision) << '\n';
        }
    } else {
        put_document(ask.output, json::object{{"events", report.events},
                                              {"decisions", report.decisions},
                                              {"same", report.same},
                                              {"explained", explained},
                                              {"unexplained", unexplained},
                                              {"differences", std::move(listed)}});
    }
    if (unexplained == 0) return ok();
    return make_error(
        Code::data_corrupted,
        fmt::format(
            "{} decisions would be others today although nothing has another version: a bug, or a log that somebody changed",
            unexplained));
}

} // namespace xtn::audit
