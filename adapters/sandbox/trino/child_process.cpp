#include "adapters/sandbox/trino/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <thread>

extern char **environ; // NOLINT(readability-redundant-declaration)

namespace xtn::sandbox::trino {

namespace {

std::vector<char *> pointers(std::vector<std::string> &strings) {
    std::vector<char *> out;
    out.reserve(strings.size() + 1);
    for (auto &text : strings)
        out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

// This process's environment with the given settings in place of their namesakes.
std::vector<std::string> environment_with(const std::vector<std::string> &more) {
    std::vector<std::string> out = more;
    for (char **entry = environ; *entry != nullptr; ++entry) { // NOLINT(cppcoreguidelines-pro-bounds-pointer-arithmetic)
        const std::string_view setting(*entry);
        const auto name = setting.substr(0, setting.find('=') + 1);
        bool replaced = false;
        for (const auto &given : more)
            replaced = replaced || std::string_view(given).starts_with(name);
        if (!replaced) out.emplace_back(setting);
    }
    return out;
}

struct SpawnSettings {
    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
    SpawnSettings() {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
        sigset_t all;
        sigfillset(&all);
        posix_spawnattr_setsigdefault(&attributes, &all); // whatever this process ignores, the child does not
        sigset_t none;
        sigemptyset(&none);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    }
    SpawnSettings(const SpawnSettings &) = delete;
    SpawnSettings &operator=(const SpawnSettings &) = delete;
    ~SpawnSettings() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
};

Result<int> spawn(std::vector<std::string> arguments, SpawnSettings &settings, const std::vector<std::string> &environment) {
    auto variables = environment_with(environment);
    auto argv = pointers(arguments);
    auto envp = pointers(variables);
    pid_t pid = 0;
    const int failed = posix_spawn(&pid, argv[0], &settings.actions, &settings.attributes, argv.data(), envp.data());
    if (failed != 0)
        return make_error(failed == ENOENT ? Code::not_found : Code::internal,
                          "cannot start " + arguments[0] + ": " + std::strerror(failed)); // NOLINT(concurrency-mt-unsafe)
    return static_cast<int>(pid);
}

std::string how_it_ended(int status) {
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    return "exit code " + std::to_string(WEXITSTATUS(status));
}

} // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string> &arguments, const std::filesystem::path &folder,
                                         const std::filesystem::path &log, const std::vector<std::string> &environment) {
    SpawnSettings settings;
    constexpr int log_mode = 0644;
    posix_spawn_file_actions_addopen(&settings.actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, log_mode);
    posix_spawn_file_actions_adddup2(&settings.actions, STDOUT_FILENO, STDERR_FILENO);
    posix_spawn_file_actions_addchdir_np(&settings.actions, folder.c_str());
    auto pid = spawn(arguments, settings, environment);
    if (!pid) return std::move(pid).error();
    return ChildProcess(*pid);
}

ChildProcess::~ChildProcess() {
    if (pid_ > 0) stop(std::chrono::milliseconds(0));
}

const std::optional<std::string> &ChildProcess::ended() {
    if (ended_ || pid_ <= 0) return ended_;
    int status = 0;
    const auto got = ::waitpid(pid_, &status, WNOHANG);
    if (got == pid_) ended_ = how_it_ended(status);
    if (got < 0) ended_ = "lost";
    return ended_;
}

void ChildProcess::stop(std::chrono::milliseconds grace) {
    constexpr std::chrono::milliseconds step{20};
    const auto end = Deadline::after(grace);
    if (!ended() && grace.count() > 0) {
        ::kill(-pid_, SIGTERM);
        while (!ended() && !end.passed())
            std::this_thread::sleep_for(step);
    }
    if (!ended()) {
        ::kill(-pid_, SIGKILL);
        while (!ended()) // SIGKILL cannot be refused
            std::this_thread::sleep_for(step);
    }
    pid_ = 0;
}

Result<std::string> run_program(const std::vector<std::string> &arguments, Deadline deadline) {
    int ends[2] = {};
    if (::pipe2(ends, O_CLOEXEC) != 0) return make_error(Code::internal, "pipe failed");
    std::string output;
    int status = 0;
    bool late = false;
    Result<int> pid = make_error(Code::internal, "not started");
    {
        SpawnSettings settings;
        posix_spawn_file_actions_adddup2(&settings.actions, ends[1], STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&settings.actions, ends[1], STDERR_FILENO);
        pid = spawn(arguments, settings, {});
    }
    ::close(ends[1]);
    while (pid.ok()) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline.left()).count();
        pollfd wait{ends[0], POLLIN, 0};
        if (::poll(&wait, 1, static_cast<int>(std::clamp<long>(left, 1, 60000))) <= 0) {
            if (!deadline.passed()) continue;
            late = true;
            ::kill(-*pid, SIGKILL);
            break;
        }
        char buffer[4096];
        const auto got = ::read(ends[0], buffer, sizeof buffer);
        if (got <= 0) break;
        output.append(buffer, static_cast<std::size_t>(got));
    }
    ::close(ends[0]);
    if (!pid) return std::move(pid).error();
    ::waitpid(*pid, &status, 0);
    if (late) return make_error(Code::deadline_exceeded, arguments[0] + " did not end in time");
    if (status != 0) return make_error(Code::internal, arguments[0] + " ended with " + how_it_ended(status) + ": " + output);
    return output;
}

} // namespace xtn::sandbox::trino
