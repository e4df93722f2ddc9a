// repair: the one command that changes a log, and only what its user has seen and accepted.
#include "cli/audit/commands.hpp"
#include "core/event/printer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <istream>
#include <ostream>

namespace xtn::audit {

namespace {

std::string place(const Head &head) {
    if (head.seq.value == 0) return "#0 (no event)";
    if (head.time.nanos == 0) return fmt::format("#{}, which cannot be read", head.seq.value);
    return fmt::format("#{} of {} UTC (chain …{})", head.seq.value, time_text(head.time),
                       head.chain.substr(head.chain.size() - 8));
}

std::uint64_t last_known(const StreamDamage &lost) {
    return std::max(lost.database.seq, lost.anchored ? lost.anchored->seq : Seq{0}).value;
}

// Manifests that some event names.
std::size_t missed(const Damage &damage) {
    return static_cast<std::size_t>(
        std::count_if(damage.manifests.begin(), damage.manifests.end(), [](const LostManifest &m) { return m.event.value > 0; }));
}

void show(const Output &output, const Damage &damage) {
    if (!damage.database.empty()) output.out << fmt::format("The database does not open as it is: {}\n", damage.database);
    if (!damage.index.empty()) output.out << fmt::format("The index by subject is made again: {}\n", damage.index);
    for (const auto &lost : damage.streams) {
        const auto end = lost.sound.seq.value;
        output.out << fmt::format(
            "Stream {}\n  the database ends at  {}\n  the anchor says       {}\n  what is wrong         {}\n"
            "  the log would end at  {}\n",
            stream_name(lost.stream), place(lost.database),
            lost.anchored ? place(*lost.anchored) : "nothing: it is missing or cannot be read", lost.why, place(lost.sound));
        if (last_known(lost) > end) output.out << fmt::format("  lost for ever         #{} to #{}\n", end + 1, last_known(lost));
    }
    constexpr std::size_t shown = 10;
    for (std::size_t i = 0; i < damage.manifests.size() && i < shown; ++i)
        output.out << damage.manifests[i].text << '\n';
    if (damage.manifests.size() > shown)
        output.out << fmt::format("... and {} more manifests\n", damage.manifests.size() - shown);
    if (missed(damage) > 0)
        output.out << "Plans in force that name a lost manifest are made again when the control plane starts.\n";
}

std::string flags(const Damage &damage) {
    std::string out;
    for (const auto &lost : damage.streams)
        out += fmt::format(" --accept-loss {}:{}", stream_name(lost.stream), lost.sound.seq.value);
    if (missed(damage) > 0) out += fmt::format(" --accept-lost-manifests {}", missed(damage));
    return out;
}

// Every damaged stream must be named with the very number it will end at, and no other stream.
Status check_ends(const Damage &damage, const Acceptance &acceptance, const std::string &command) {
    const auto &ends = acceptance.ends;
    if (missed(damage) != acceptance.manifests)
        return make_error(Code::conflict,
                          fmt::format("{} manifests would be lost, not {}. Nothing was changed. If that is what you want: {}",
                                      missed(damage), acceptance.manifests, command));
    for (const auto &lost : damage.streams) {
        const auto given = ends.find(lost.stream);
        if (given != ends.end() && given->second == lost.sound.seq) continue;
        return make_error(Code::conflict,
                          fmt::format("{} would end at #{}, {}. Nothing was changed. If that is what you want: {}",
                                      stream_name(lost.stream), lost.sound.seq.value,
                                      given == ends.end() ? std::string("and --accept-loss does not name it")
                                                          : fmt::format("not at #{}", given->second.value),
                                      command));
    }
    for (const auto &[stream, end] : ends) {
        const bool damaged =
            std::any_of(damage.streams.begin(), damage.streams.end(), [&](const StreamDamage &d) { return d.stream == stream; });
        if (!damaged)
            return make_error(Code::conflict,
                              fmt::format("--accept-loss names {} #{}, but that stream lost nothing. Nothing was changed",
                                          stream_name(stream), end.value));
    }
    return ok();
}

Error not_accepted(const std::string &command) {
    return make_error(Code::data_corrupted, "The loss was not accepted. Nothing was changed. Without a question: " + command);
}

Status ask_for_ends(const Damage &damage, const Output &output, std::istream &terminal, const std::string &command) {
    for (const auto &lost : damage.streams) {
        output.out << fmt::format("Type {} to accept that {} ends there; anything else stops: ", lost.sound.seq.value,
                                  stream_name(lost.stream))
                   << std::flush;
        std::string line;
        if (!std::getline(terminal, line) || line != std::to_string(lost.sound.seq.value)) return not_accepted(command);
    }
    if (missed(damage) > 0) {
        output.out << fmt::format("Type {} to accept that so many manifests are lost; anything else stops: ", missed(damage))
                   << std::flush;
        std::string line;
        if (!std::getline(terminal, line) || line != std::to_string(missed(damage))) return not_accepted(command);
    }
    return ok();
}

} // namespace

Result<std::pair<Stream, Seq>> parse_accepted_end(std::string_view text) {
    const auto colon = text.find(':');
    const auto stream = colon == std::string_view::npos ? Result<Stream>(Stream::control) : parse_stream(text.substr(0, colon));
    if (!stream) return Error(stream.error()).with("--accept-loss");
    const auto digits = colon == std::string_view::npos ? text : text.substr(colon + 1);
    Seq seq;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seq.value);
    if (error != std::errc() || end != digits.data() + digits.size())
        return make_error(Code::invalid_argument, fmt::format("--accept-loss: '{}' is not the number of an event", digits));
    return std::pair{*stream, seq};
}

Status repair(const Ask &ask, const Acceptance &acceptance) {
    if (ask.source.is_server())
        return make_error(Code::unsupported, "A repair needs the folder: give --data DIR, with nothing running on it.");
    Log::Options options;
    options.directory = ask.source.log_folder();
    const std::string command = fmt::format("xtn-audit repair --data {}", options.directory.string());
    std::optional<Damage> mended;
    const auto accepted = Log::repair(std::move(options), [&](const Damage &damage) -> Status {
        show(ask.output, damage);
        const std::string whole_command = command + flags(damage);
        Status done = ok();
        if (damage.streams.empty() && missed(damage) == 0)
            ask.output.out << "Nothing that anybody needs is lost.\n";
        else if (!acceptance.ends.empty() || acceptance.manifests > 0)
            done = check_ends(damage, acceptance, whole_command);
        else if (acceptance.terminal != nullptr)
            done = ask_for_ends(damage, ask.output, *acceptance.terminal, whole_command);
        else
            done = make_error(Code::data_corrupted,
                              "Nothing was changed. Restore a backup if there is one; to accept the loss: " + whole_command);
        if (done) mended = damage;
        return done;
    });
    if (!accepted) return accepted.error();
    if (!mended) {
        ask.output.out << "Nothing is missing; nothing was changed.\n";
        return ok();
    }
    for (const auto &event : *accepted)
        ask.output.out << print_line(event) << '\n';
    if (std::filesystem::exists(mended->kept))
        ask.output.out << fmt::format("The database as it was is kept at {}; delete it once nobody needs it.\n",
                                      mended->kept.string());
    return ok();
}

} // namespace xtn::audit
