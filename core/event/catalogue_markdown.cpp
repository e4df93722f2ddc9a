#include "core/event/catalogue_tables.hpp"

#include <fmt/format.h>

#include <iterator>

namespace xtn {

namespace {

struct Chapter {
    std::string_view title;
    std::string_view text;
    std::span<const EventTypeInfo> types;
};

constexpr std::string_view preface =
    "# Events\n"
    "\n"
    "<!-- Generated from the catalogue in core/event by `xtn-audit catalogue`. Do not edit: change the table, then generate "
    "again. -->\n"
    "\n"
    "Every event type that the log may hold. The parts that all events share are described in [log-format.md](log-format.md). A "
    "type is\n"
    "written with its version (`pod.gone/1`). A member whose type ends in `?` may be absent; members that are not listed are "
    "refused.\n"
    "A type marked *must understand* stops a reader that does not know it; all others are skipped and counted by such a reader.\n"
    "\n"
    "Types: `integer` is a signed 64-bit number, `digest` 64 lower-case hexadecimal characters, `time` a text in RFC 3339. There "
    "are no\n"
    "floating-point numbers anywhere.\n";

std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out += '\\';
        out += c;
    }
    return out;
}

void put_type(std::string &out, const EventTypeInfo &info) {
    auto to = std::back_inserter(out);
    fmt::format_to(to, "\n### {}/{}\n\n{}\n\n", info.name, info.version, info.meaning);
    fmt::format_to(to, "* Stream: {}. Written by: {}.{}\n", stream_name(info.stream), info.producer,
                   info.must_understand ? " Must understand." : "");
    fmt::format_to(to, "* Subject: `{}`.\n", info.subject);
    fmt::format_to(to, "* Budget per subject: {}.{}\n* Redaction: {}.\n\n", info.budget,
                   info.sheddable ? " Dropped and counted while the log's disk is nearly full." : "", info.redaction);
    out += "| member | type | meaning |\n| --- | --- | --- |\n";
    for (const auto &field : info.payload)
        fmt::format_to(to, "| `{}` | {} | {} |\n", field.name, field.type, cell(field.meaning));
}

} // namespace

std::string catalogue_markdown() {
    const Chapter chapters[] = {
        {"What users want", "Read from custom resources, annotations and the API.", tables::wanted()},
        {"What was seen", "Observations of the cluster and of the gateways. Only changes are events.", tables::observed()},
        {"What was decided", "Decisions of policies. Recorded once, never taken again at replay.", tables::decided()},
        {"What was done", "Outcomes of actions, time, leadership and the log itself.", tables::done()},
        {"Queries", "The `queries` stream: what became of single statements.", tables::queries()},
    };
    std::string out(preface);
    auto to = std::back_inserter(out);
    for (const auto &chapter : chapters) {
        fmt::format_to(to, "\n## {}\n\n{}\n", chapter.title, chapter.text);
        for (const auto &info : chapter.types)
            put_type(out, info);
    }
    return out;
}

} // namespace xtn
