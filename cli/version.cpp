#include "cli/version.hpp"

#include "cli/revision.hpp"

namespace xtn::cli {
namespace {

constexpr std::string_view compiler =
#if defined(__clang__)
    "clang " __clang_version__;
#else
    "gcc " __VERSION__;
#endif

} // namespace

std::string_view release() {
    return XTRINODE_RELEASE;
}

std::string version_text(std::string_view program) {
    std::string out(program);
    out.append(" version ")
        .append(release())
        .append(" (commit: ")
        .append(revision)
        .append(", built with: ")
        .append(compiler)
        .append(")");
    return out;
}

} // namespace xtn::cli
