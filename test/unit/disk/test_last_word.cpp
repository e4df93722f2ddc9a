// What a process says when its log cannot be written any more.
#include "core/log/last_word.hpp"

#include <doctest/doctest.h>

using namespace xtn;

DOCTEST_TEST_CASE("the last word names the folder, the cause, what is safe and what to do") {
    AnchorState safe;
    safe.control.seq = Seq{41};
    safe.queries.seq = Seq{7};
    const auto word = last_word(make_error(Code::unavailable, "RocksDB: IO error: No space left on device: While appending"),
                                "/var/lib/xtrinode/log", safe);
    DOCTEST_CHECK(word.code == Code::unavailable);
    DOCTEST_CHECK(word.message ==
                  "/var/lib/xtrinode/log: the log cannot be written any more: RocksDB: IO error: No space left on "
                  "device: While appending. Events up to control #41 and queries #7 are safe, and nothing behind "
                  "them was acted upon. The disk is full: make room on it, then start again.");
}

DOCTEST_TEST_CASE("each cause has its own advice") {
    const std::pair<const char *, const char *> table[] = {
        {"write: Disk quota exceeded", "quota"},
        {"write: File too large", "ulimit -f"},
        {"open: Read-only file system", "mount it for writing"},
        {"sync: Input/output error", "copy /log to a sound disk"},
        {"RocksDB: Corruption: block checksum mismatch", "xtn-audit verify"},
        {"open: Permission denied", "mode of /log"},
        {"something else", "Mend the cause"},
    };
    for (const auto &[cause, part] : table) {
        DOCTEST_CAPTURE(cause);
        DOCTEST_CHECK(advice_on(cause, "/log").find(part) != std::string::npos);
    }
}
