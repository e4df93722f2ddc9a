#include "core/log/last_word.hpp"

#include <fmt/format.h>

namespace xtn {

namespace {

struct Advice {
    std::string_view sign; // part of the cause's text, as strerror() and RocksDB put it
    std::string_view text; // {0}: the folder
};
constexpr Advice advices[] = {
    {"No space left on device", "The disk is full: make room on it, then start again."},
    {"Disk quota exceeded", "The quota is used up: raise it or make room, then start again."},
    {"File too large", "A limit on the size of files holds for this process (ulimit -f): raise it, then start again."},
    {"Read-only file system", "The file system has become read-only, mostly because the disk failed: look at the kernel's log "
                              "(dmesg), mend it and mount it "
                              "for writing, then start again."},
    {"Input/output error",
     "The disk fails: look at the kernel's log (dmesg), copy {0} to a sound disk, then check the copy with: xtn-audit verify"},
    {"Corruption", "Stored bytes have changed: check what is there with: xtn-audit verify"},
    {"Permission denied", "The process may not write there: look at the owner and the mode of {0}, then start again."},
};
constexpr std::string_view otherwise = "Mend the cause, then start again.";

} // namespace

std::string advice_on(std::string_view cause, const std::filesystem::path &folder) {
    for (const auto &advice : advices)
        if (cause.find(advice.sign) != std::string_view::npos) return fmt::format(fmt::runtime(advice.text), folder.string());
    return std::string(otherwise);
}

Error last_word(const Error &cause, const std::filesystem::path &folder, const AnchorState &safe) {
    return make_error(
        cause.code, fmt::format("{}: the log cannot be written any more: {}. Events up to control #{} and queries #{} are safe, "
                                "and nothing behind them was acted upon. {}",
                                folder.string(), cause.message, safe.control.seq.value, safe.queries.seq.value,
                                advice_on(cause.message, folder)));
}

} // namespace xtn
