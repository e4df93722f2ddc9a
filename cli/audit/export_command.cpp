// export and import: a log as one file.
#include "cli/audit/commands.hpp"
#include "core/log/export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>

namespace xtn::audit {

namespace {

Result<std::vector<ExportRange>> ranges_of(const ExportRequest &request) {
    std::vector<ExportRange> ranges;
    const bool part = request.from > 0 || request.to > 0;
    if (request.stream.empty() && !part) return ranges;
    const auto stream = request.stream.empty() ? Result<Stream>(Stream::control) : parse_stream(request.stream);
    if (!stream) return Error(stream.error()).with("--stream");
    ranges.push_back({*stream, Seq{std::max<std::uint64_t>(request.from, 1)}, Seq{request.to}});
    return ranges;
}

} // namespace

Status export_events(const Ask &ask, const ExportRequest &request) {
    if (ask.source.is_server())
        return make_error(Code::unsupported, "An export needs the folder: give --data DIR; the control plane may run on it.");
    auto ranges = ranges_of(request);
    if (!ranges) return std::move(ranges).error();
    const bool to_stdout = request.file == "-";
    std::ofstream file;
    if (!to_stdout) {
        file.open(request.file, std::ios::binary | std::ios::trunc);
        if (!file) return make_error(Code::unavailable, fmt::format("{} cannot be written", request.file));
    }
    const auto done = export_log(ask.source.log_folder(), std::move(*ranges), request.release, to_stdout ? ask.output.out : file);
    if (!done) return done.error();
    if (!to_stdout)
        ask.output.out << fmt::format("{} events and {} manifests are in {}\n", done->records, done->blobs, request.file);
    return ok();
}

Status import_events(const Ask &ask, const std::string &name) {
    if (ask.source.is_server())
        return make_error(Code::unsupported, "An import makes a folder: give --data DIR, which holds no log yet.");
    std::ifstream file;
    if (name != "-") {
        file.open(name, std::ios::binary);
        if (!file) return make_error(Code::not_found, fmt::format("{} cannot be read", name));
    }
    const auto done = import_log(name == "-" ? std::cin : file, ask.source.log_folder());
    if (!done) return done.error();
    ask.output.out << fmt::format("{} events and {} manifests are now a log in {}\n", done->records, done->blobs,
                                  ask.source.log_folder().string());
    return ok();
}

} // namespace xtn::audit
