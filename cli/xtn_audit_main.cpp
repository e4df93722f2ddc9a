// xtn-audit: what the event log says. Only flags here; the questions are in cli/audit.
//
// Exit status: 0 answered, 1 the thing asked for is unknown or out of reach, 2 wrong flags, 3 the log is not sound. The sentence
// is on stderr.
#include "cli/audit/commands.hpp"
#include "cli/version.hpp"
#include "cli/yaml_config.hpp"

#include "core/base/logging.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <sys/ioctl.h>
#include <unistd.h>

namespace xtn::audit {
namespace {

struct Flags {
    std::string data;
    std::string server;
    std::string token_file;
    std::string format = "table";
    std::string color = "auto";
};

std::size_t terminal_width() {
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

Result<Ask> make_ask(const Flags &flags) {
    auto format = parse_format(flags.format);
    if (!format) return std::move(format).error();
    std::string token;
    if (!flags.token_file.empty()) {
        std::ifstream in(flags.token_file);
        if (!std::getline(in, token))
            return make_error(Code::invalid_argument, "--token-file " + flags.token_file + " cannot be read");
    }
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    const bool color = flags.color == "always" || (flags.color == "auto" && terminal && std::getenv("NO_COLOR") == nullptr);
    Output output{std::cout, *format, color, terminal ? terminal_width() : 0,
                  ::isatty(STDERR_FILENO) == 1 ? &std::cerr : nullptr};
    auto source = flags.server.empty() ? Source::folder(flags.data) : Source::server(flags.server, token);
    return Ask{std::move(source), output, Timestamp::now(), {}};
}

// Every question in one place: its flags, its help, and what answers it.
class Program {
  public:
    explicit Program(CLI::App &app) : app_(app) {
        add_log();
        add_show();
        add_timeline();
        add_state();
        add_why();
        add_verify();
        add_replay();
        add_redecide();
        add_repair();
        add_export();
        app_.add_subcommand("catalogue", "Print every event type and what it carries (docs/events.md)")->callback([this] {
            needs_log_ = false;
            run_ = show_catalogue;
        });
    }

    Status run(const Flags &flags) const {
        if (needs_log_ && flags.data.empty() && flags.server.empty())
            return make_error(Code::invalid_argument,
                              "Where is the log? Give --data DIR (the folder of a sandbox or controller) or --server URL.");
        auto ask = make_ask(flags);
        if (!ask) return std::move(ask).error();
        return run_(*ask);
    }

  private:
    using Run = std::function<Status(const Ask &)>;

    void plain(const std::string &name, const std::string &help, Run run) {
        app_.add_subcommand(name, help)->callback([this, run = std::move(run)] { run_ = run; });
    }
    void add_replay() {
        auto *command = app_.add_subcommand("replay", "Rebuild the state from the log and compare it, byte for byte, with the "
                                                      "running one (--server) or with a start from the newest snapshot");
        auto at = std::make_shared<std::string>();
        command->add_option("--at", *at, "Up to an event's number or a time, with --data; default: all of it");
        command->callback([this, at] { run_ = [at](const Ask &ask) { return replay_to(ask, *at); }; });
    }
    void add_log() {
        auto *command = app_.add_subcommand("log", "List events");
        auto query = std::make_shared<LogQuery>();
        auto stream = std::make_shared<std::string>("control");
        command->add_option("--subject,-s", query->subject,
                            "Only about this: runtime/<ns>/<name>, or a beginning that ends in / or *");
        command->add_option("--type,-t", query->type, "Only of this type: runtime.ready, or a beginning that ends in . or *");
        command->add_option("--stream", *stream, "control, or queries for single statements")->capture_default_str();
        command->add_option("--from", query->from, "Begin at this number or time (2026-11-24T14:02:05Z)");
        command->add_option("--limit,-n", query->limit, "At most so many: with --from the first ones, else the newest");
        command->add_flag("--follow,-f", query->follow, "Go on with new events as they come, until Ctrl-C");
        command->footer("Examples:\n  xtn-audit --data ./sandbox log --type 'runtime.*' --limit 20\n"
                        "  xtn-audit --data ./sandbox log --subject runtime/default/runtime-a --follow");
        command->callback([this, query, stream] {
            run_ = [query, stream](const Ask &ask) -> Status {
                auto parsed = parse_stream(*stream);
                if (!parsed) return std::move(parsed).error();
                query->stream = *parsed;
                return show_log(ask, *query);
            };
        });
    }
    void add_show() {
        auto *command = app_.add_subcommand("show", "One event, whole: its parts, its payload, its cause and what it led to");
        auto seq = std::make_shared<std::uint64_t>(0);
        auto stream = std::make_shared<std::string>("control");
        command->add_option("SEQ", *seq, "The event's number")->required();
        command->add_option("--stream", *stream, "control or queries")->capture_default_str();
        command->callback([this, seq, stream] {
            run_ = [seq, stream](const Ask &ask) -> Status {
                auto parsed = parse_stream(*stream);
                if (!parsed) return std::move(parsed).error();
                return show_event(ask, *parsed, Seq{*seq});
            };
        });
    }
    void add_timeline() {
        auto *command =
            app_.add_subcommand("timeline", "The life of one runtime (or catalog) in order, with the time that went by");
        auto subject = std::make_shared<std::string>();
        command->add_option("SUBJECT", *subject, "runtime/<namespace>/<name>, or <namespace>/<name>")->required();
        command->callback([this, subject] { run_ = [subject](const Ask &ask) { return show_timeline(ask, *subject); }; });
    }
    void add_state() {
        auto *command = app_.add_subcommand("state", "What was true at a moment, planned manifests included (-o yaml)");
        auto at = std::make_shared<std::string>("now");
        auto runtime = std::make_shared<std::string>();
        command->add_option("--at", *at, "now, an event's number, or a time (2026-11-24T14:02:05Z)")->capture_default_str();
        command->add_option("RUNTIME", *runtime, "Only this one: <namespace>/<name>");
        command->footer("Examples:\n  xtn-audit --data ./sandbox state\n  xtn-audit --data ./sandbox state --at "
                        "2026-11-24T14:02:05Z default/runtime-a -o yaml");
        command->callback(
            [this, at, runtime] { run_ = [at, runtime](const Ask &ask) { return show_state(ask, *at, *runtime); }; });
    }
    void add_why() {
        auto *command = app_.add_subcommand("why", "Why something is as it is: the chain of causes, in sentences");
        auto what = std::make_shared<std::string>();
        auto name = std::make_shared<std::string>();
        auto limit = std::make_shared<std::size_t>(10);
        command->add_option("WHAT", *what, "runtime, route or object")
            ->required()
            ->check(CLI::IsMember({"runtime", "route", "object"}));
        command->add_option("NAME", *name, "<namespace>/<name>; of an object <Kind>/<namespace>/<name>")->required();
        command->add_option("--limit,-n", *limit, "How far back")->capture_default_str();
        command->footer("Examples:\n  xtn-audit --data ./sandbox why runtime default/runtime-a\n"
                        "  xtn-audit --data ./sandbox why object Deployment/default/trino-runtime-a-worker");
        command->callback([this, what, name, limit] {
            run_ = [what, name, limit](const Ask &ask) { return explain(ask, *what, *name, *limit); };
        });
    }

    void add_verify() {
        auto *command = app_.add_subcommand(
            "verify",
            "Check everything: the hash chain of both streams, numbers and times, every manifest that an event names, the index");
        auto since = std::make_shared<std::string>();
        command->add_option("--since", *since,
                            "File with what verify -o json said before: this must be that log, gone on from there");
        command->callback([this, since] {
            run_ = [since](const Ask &ask) { return since->empty() ? verify(ask) : verify_since(ask, *since); };
        });
    }
    void add_redecide() {
        auto *command = app_.add_subcommand(
            "redecide", "Ask this binary's policies again about every event, and compare with what was decided then");
        auto limit = std::make_shared<std::size_t>(10);
        command->add_option("--limit,-n", *limit, "How many differences to show")->capture_default_str();
        command->callback([this, limit] { run_ = [limit](const Ask &ask) { return redecide_log(ask, *limit); }; });
    }
    void add_repair() {
        auto *command = app_.add_subcommand("repair", "Let a log that is refused go on from its last sound event; what is lost "
                                                      "is shown, must be accepted, and is recorded");
        auto ends = std::make_shared<std::vector<std::string>>();
        command->add_option("--accept-loss", *ends,
                            "Accept that the log will end at this event: 120, or queries:7 for the other stream (repeatable)");
        auto manifests = std::make_shared<std::size_t>(0);
        command->add_option("--accept-lost-manifests", *manifests, "Accept that so many manifests that events name are lost");
        command->footer("Restore a backup if there is one. Nothing else may run on the folder. The database as it was is kept.\n"
                        "Examples:\n  xtn-audit repair --data ./sandbox\n  xtn-audit repair --data ./sandbox --accept-loss 120");
        command->callback([this, ends, manifests] {
            run_ = [ends, manifests](const Ask &ask) -> Status {
                Acceptance acceptance;
                acceptance.manifests = *manifests;
                for (const auto &text : *ends) {
                    auto end = parse_accepted_end(text);
                    if (!end) return std::move(end).error();
                    acceptance.ends.insert(*end);
                }
                if (::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1) acceptance.terminal = &std::cin;
                return repair(ask, acceptance);
            };
        });
    }

    void add_export() {
        auto *command = app_.add_subcommand(
            "export", "Write the log, or a part of it, into one file that needs nothing else to be read and checked");
        auto request = std::make_shared<ExportRequest>();
        request->release = xtn::cli::release();
        command->add_option("FILE", request->file, "Where to; - is standard output")->required();
        command->add_option("--stream", request->stream, "control or queries; default: both, or control with --from or --to");
        command->add_option("--from", request->from, "First event");
        command->add_option("--to", request->to, "Last event");
        command->footer("Example:\n  xtn-audit --data ./sandbox export log.export");
        command->callback([this, request] { run_ = [request](const Ask &ask) { return export_events(ask, *request); }; });
        auto *back = app_.add_subcommand("import", "Make a log of an export, in a new folder");
        auto file = std::make_shared<std::string>();
        back->add_option("FILE", *file, "What export wrote; - is standard input")->required();
        back->footer("Example:\n  xtn-audit --data ./copy import log.export");
        back->callback([this, file] { run_ = [file](const Ask &ask) { return import_events(ask, *file); }; });
    }

    CLI::App &app_;
    bool needs_log_ = true;
    Run run_;
};

} // namespace
} // namespace xtn::audit

int main(int argc, char **argv) {
    using namespace xtn::audit;
    std::ios::sync_with_stdio(false);
    CLI::App app("What the event log of XTrinode says: what happened, when, and why", "xtn-audit");
    app.set_version_flag("--version", xtn::cli::version_text("xtn-audit"), "Print version, revision and compiler");
    Flags flags;
    auto *data = app.add_option("--data", flags.data, "Folder given to xtrinode sandbox or controller as --data; may be in use");
    app.add_option("--server", flags.server, "URL of a running control plane's API instead")->excludes(data);
    app.add_option("--token-file", flags.token_file, "File with the bearer token for --server");
    app.add_option("-o,--output", flags.format, "table, json, yaml or jsonl")->capture_default_str();
    app.add_option("--color", flags.color, "auto, always or never")
        ->capture_default_str()
        ->check(CLI::IsMember({"auto", "always", "never"}));
    xtn::cli::add_yaml_config(app);
    app.require_subcommand(1);
    app.fallthrough(); // --data and -o may stand behind the command, too
    Program program(app);
    app.footer("Examples:\n"
               "  xtn-audit --data ./sandbox log --limit 20\n"
               "  xtn-audit --data ./sandbox timeline runtime/default/runtime-a\n"
               "  xtn-audit --server http://127.0.0.1:8081 why runtime default/runtime-a\n"
               "Times are UTC. Help for one command: xtn-audit why --help");
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success &e) {
        return app.exit(e); // --help, --version
    } catch (const CLI::ParseError &e) {
        app.exit(e);
        return 2;
    }
    xtn::set_log_level(xtn::LogLevel::off);
    const auto done = program.run(flags);
    std::cout.flush();
    if (done) return 0;
    std::fprintf(stderr, "xtn-audit: %s\n", done.error().message.c_str());
    switch (done.error().code) {
    case xtn::Code::invalid_argument:
        return 2;
    case xtn::Code::data_corrupted:
        return 3;
    default:
        return 1;
    }
}
