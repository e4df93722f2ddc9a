// verify, repair, catalogue: the log as such.
#include "cli/audit/commands.hpp"
#include "core/event/catalogue.hpp"
#include "core/event/printer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <ostream>

namespace xtn::audit {

Status verify(const Ask &ask) {
    const auto log = ask.source.open();
    if (!log) return log.error();
    boost::json::object out;
    out["logId"] = (*log)->log_id();
    for (const Stream stream : {Stream::control, Stream::queries}) {
        const auto name = stream_name(stream);
        Progress bar(ask.output, fmt::format("verifying {}", name), (*log)->head(stream).seq.value);
        const auto report = (*log)->verify(stream, [&](Seq seq) { bar.at(seq.value); });
        if (!report) return report.error();
        out[name] =
            boost::json::object{{"events", report->events}, {"seq", report->head.seq.value}, {"chain", report->head.chain}};
        if (ask.output.format == Format::table && report->events == 0)
            ask.output.out << fmt::format("{}: ok, no events yet\n", name);
        else if (ask.output.format == Format::table)
            ask.output.out << fmt::format("{}: ok, {} events, #1 to #{} without a gap, the chain holds (…{}), newest {} UTC\n",
                                          name, report->events, report->head.seq.value, report->head.chain.substr(56),
                                          time_text(report->head.time));
    }
    Progress bar(ask.output, "verifying manifests", (*log)->head(Stream::control).seq.value);
    const auto content = (*log)->verify_content([&](Seq seq) { bar.at(seq.value); });
    if (!content) return content.error();
    out["blobs"] = boost::json::object{{"referenced", content->blobs}, {"unreferenced", content->unreferenced}};
    out["indexed"] = content->indexed;
    out["skipped"] = content->skipped;
    if (ask.output.format != Format::table) {
        put_document(ask.output, out);
        return ok();
    }
    ask.output.out << fmt::format("manifests: ok, {} named by events are there and whole", content->blobs);
    if (content->unreferenced > 0) ask.output.out << fmt::format("; {} more that no event names", content->unreferenced);
    ask.output.out << fmt::format("\nindex by subject: ok, {} events\n", content->indexed);
    if (content->skipped > 0)
        ask.output.out << fmt::format(
            "{} events are of types that this version of xtn-audit does not know; they may be skipped\n", content->skipped);
    return ok();
}

Status repair(const Ask &ask) {
    if (ask.source.is_server())
        return make_error(Code::unsupported, "A repair needs the folder: give --data DIR, with nothing running on it.");
    Log::Options options;
    options.directory = ask.source.log_folder();
    const auto accepted = Log::repair(std::move(options));
    if (!accepted) return accepted.error();
    if (accepted->empty()) ask.output.out << "Nothing is missing; nothing was changed.\n";
    for (const auto &event : *accepted)
        ask.output.out << print_line(event) << '\n';
    return ok();
}

Status show_catalogue(const Ask &ask) {
    ask.output.out << catalogue_markdown();
    return ok();
}

} // namespace xtn::audit
