#include "adapters/sandbox/trino/java_program.hpp"

#include "adapters/sandbox/trino/child_process.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <set>

namespace xtn::sandbox::trino {

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> candidates() {
    std::vector<fs::path> out;
    if (const char *home = std::getenv("JAVA_HOME"); home != nullptr && *home != '\0')
        out.push_back(fs::path(home) / "bin/java");                // NOLINT(concurrency-mt-unsafe)
    if (const char *path = std::getenv("PATH"); path != nullptr) { // NOLINT(concurrency-mt-unsafe)
        std::string_view rest = path;
        while (!rest.empty()) {
            const auto colon = rest.find(':');
            if (colon != 0) out.push_back(fs::path(rest.substr(0, colon)) / "java");
            rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
        }
    }
    std::error_code ec;
    std::vector<fs::path> installed;
    for (const auto &entry : fs::directory_iterator("/usr/lib/jvm", ec))
        installed.push_back(entry.path() / "bin/java");
    std::sort(installed.rbegin(), installed.rend()); // newer versions tend to sort later
    out.insert(out.end(), installed.begin(), installed.end());
    return out;
}

std::optional<int> version_of(const fs::path &java) {
    auto output = run_program({java.string(), "-version"}, Deadline::after(std::chrono::seconds(20)));
    return output ? java_version(*output) : std::nullopt;
}

} // namespace

std::optional<int> java_version(std::string_view output) {
    const auto word = output.find("version \"");
    if (word == std::string_view::npos) return std::nullopt;
    output.remove_prefix(word + 9);
    int major = 0;
    const auto [end, ec] = std::from_chars(output.data(), output.data() + output.size(), major);
    if (ec != std::errc()) return std::nullopt;
    if (major == 1 && *end == '.') std::from_chars(end + 1, output.data() + output.size(), major); // "1.8.0"
    return major;
}

Result<fs::path> find_java(const fs::path &wanted) {
    const auto list = wanted.empty() ? candidates() : std::vector<fs::path>{wanted};
    std::string found;
    std::set<fs::path> seen;
    for (const auto &java : list) {
        std::error_code ec;
        const auto real = fs::canonical(java, ec);
        if (ec || !seen.insert(real).second) continue;
        const auto version = version_of(java);
        if (!version) continue;
        if (*version >= oldest_java) return java;
        found.append(found.empty() ? "" : ", ").append(java.string()).append(" is version ").append(std::to_string(*version));
    }
    const std::string needed = "Trino needs Java " + std::to_string(oldest_java) + " or newer";
    if (found.empty())
        return make_error(Code::not_found,
                          needed + "; none was found" +
                              (wanted.empty() ? " by JAVA_HOME, PATH or in /usr/lib/jvm" : " at " + wanted.string()));
    return make_error(Code::unsupported, needed + "; " + found);
}

} // namespace xtn::sandbox::trino
