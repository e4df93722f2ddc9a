// verify, catalogue: the log as such.
#include "cli/audit/commands.hpp"
#include "core/event/catalogue.hpp"
#include "core/event/event_json.hpp"
#include "core/log/export.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <fstream>
#include <ostream>
#include <sstream>

namespace xtn::audit {

namespace {

// What to do about it, unless the log said so itself.
Error with_way_out(const Ask &ask, Error error) {
    if (error.code != Code::data_corrupted || error.message.find("xtn-audit repair") != std::string::npos) return error;
    error.message += ". Restore the folder from a backup, or look at the whole damage with: xtn-audit repair --data " +
                     (ask.source.is_server() ? std::string("DIR") : ask.source.log_folder().string());
    return error;
}

} // namespace

Status verify(const Ask &ask) {
    const auto log = ask.source.open();
    if (!log) return with_way_out(ask, log.error());
    boost::json::object out;
    out["logId"] = (*log)->log_id();
    for (const Stream stream : {Stream::control, Stream::queries}) {
        const auto name = stream_name(stream);
        Progress bar(ask.output, fmt::format("verifying {}", name), (*log)->head(stream).seq.value);
        const auto report = (*log)->verify(stream, [&](Seq seq) { bar.at(seq.value); });
        if (!report) return with_way_out(ask, report.error());
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
    if (!content) return with_way_out(ask, content.error());
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

Status verify_since(const Ask &ask, const std::string &file) {
    if (ask.source.is_server()) return make_error(Code::unsupported, "--since needs the folder: give --data DIR.");
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    const auto before = parse_json(text.str());
    const auto wrong = [&] {
        return make_error(Code::invalid_argument, fmt::format("--since {}: not what verify -o json wrote", file));
    };
    if (!before || !before->is_object()) return wrong();
    const auto log = ask.source.open();
    if (!log) return log.error();
    const auto *id = before->get_object().if_contains("logId");
    if (id == nullptr || !id->is_string()) return wrong();
    if (std::string_view(id->get_string()) != (*log)->log_id())
        return make_error(Code::data_corrupted, fmt::format("This is log {}, not {} as in {}", (*log)->log_id(),
                                                            std::string_view(id->get_string()), file));
    for (const Stream stream : {Stream::control, Stream::queries}) {
        const auto *part = before->get_object().if_contains(stream_name(stream));
        const auto *seq = part != nullptr && part->is_object() ? part->get_object().if_contains("seq") : nullptr;
        const auto *chain = part != nullptr && part->is_object() ? part->get_object().if_contains("chain") : nullptr;
        if (seq == nullptr || !seq->is_int64() || chain == nullptr || !chain->is_string()) return wrong();
        const Seq then{static_cast<std::uint64_t>(seq->get_int64())};
        const Seq now = (*log)->head(stream).seq;
        if (now < then)
            return make_error(Code::data_corrupted,
                              fmt::format("{} ends at #{}, it had come to #{} by {}: this is an older copy of the log",
                                          stream_name(stream), now.value, then.value, file));
        const auto value = chain_at(ask.source.log_folder(), stream, then);
        if (!value) return value.error();
        if (*value != std::string_view(chain->get_string()))
            return make_error(Code::data_corrupted, fmt::format("{} event #{} is not the one of {}: this log has another history",
                                                                stream_name(stream), then.value, file));
    }
    return verify(ask);
}

Status show_catalogue(const Ask &ask) {
    ask.output.out << catalogue_markdown();
    return ok();
}

} // namespace xtn::audit
