// kill -9 at any moment loses nothing that was acknowledged.
#include "log_fixture.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace xtn;
using namespace xtn::logtest;
namespace fs = std::filesystem;

extern char **environ;

namespace {

// Starts the child, reads `lines` acknowledged numbers, kills it, and returns the largest number that it told of.
std::uint64_t write_until_killed(const fs::path &folder, int lines) {
    const auto program = fs::read_symlink("/proc/self/exe").parent_path() / "log_writer_child";
    int pipe_ends[2];
    DOCTEST_REQUIRE(::pipe2(pipe_ends, O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
    std::string folder_text = folder.string();
    std::string program_text = program.string();
    char *arguments[] = {program_text.data(), folder_text.data(), nullptr};
    pid_t child = 0;
    const int failed = ::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(pipe_ends[1]);
    DOCTEST_REQUIRE(failed == 0);

    FILE *told = ::fdopen(pipe_ends[0], "r");
    std::uint64_t largest = 0;
    unsigned long long number = 0;
    int seen = 0;
    while (std::fscanf(told, "%llu", &number) == 1) {
        largest = std::max<std::uint64_t>(largest, number);
        if (++seen == lines) ::kill(child, SIGKILL); // what it had written to the pipe by then is still read
    }
    std::fclose(told);
    int status = 0;
    ::waitpid(child, &status, 0);
    DOCTEST_REQUIRE(WIFSIGNALED(status));
    return largest;
}

} // namespace

DOCTEST_TEST_CASE("kill -9 loses nothing that was acknowledged, time and again") {
    Scratch scratch;
    std::uint64_t events = 0;
    for (const int lines : {1, 20, 150}) {
        const auto told = write_until_killed(scratch.path(), lines);
        DOCTEST_CHECK(told > events);
        DOCTEST_CHECK(open_reader(scratch.path())->head(Stream::control).seq.value >= told); // nobody writes now
        OpenLog log(scratch.path());
        events = log.head().seq.value;
        DOCTEST_CHECK(events >= told);
        const auto report = log->verify(Stream::control);
        if (!report.ok()) DOCTEST_FAIL(report.error().message);
        DOCTEST_CHECK(report->events == events);
    }
}
