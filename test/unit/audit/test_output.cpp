// How answers look.
#include "cli/audit/output.hpp"

#include <doctest/doctest.h>

#include <sstream>

using namespace xtn;
using namespace xtn::audit;
using namespace std::chrono_literals;

DOCTEST_TEST_CASE("columns are aligned by characters, not bytes, and lines end without blanks") {
    std::ostringstream out;
    const Output output{out};
    Table table(output, {"#", "NAME", "WHAT"});
    table.row({std::string("1"), std::string("Jürgen"), std::string("asked")});
    table.row({std::string("22"), std::string("al"), std::string()});
    table.flush();
    DOCTEST_CHECK(out.str() == "#   NAME    WHAT\n1   Jürgen  asked\n22  al\n");
}

DOCTEST_TEST_CASE("only on a terminal: colour, and a last column cut to the width") {
    std::ostringstream out;
    const Output output{out, Format::table, true, 12};
    Table table(output, {"A", "B"});
    table.row({Cell("x", Tint::bad), std::string("0123456789abcdef")});
    table.flush();
    DOCTEST_CHECK(out.str() == "\x1b[1mA\x1b[0m  \x1b[1mB\x1b[0m\n\x1b[31mx\x1b[0m  01234567…\n");
}

DOCTEST_TEST_CASE("times are UTC with milliseconds, durations have their two largest units") {
    DOCTEST_CHECK(time_text(Timestamp{1'795'694'400'123'999'999}) == "2026-11-26 12:00:00.123");
    DOCTEST_CHECK(duration_text(450ms) == "450 ms");
    DOCTEST_CHECK(duration_text(3min + 20s + 5ms) == "3 min 20 s");
    DOCTEST_CHECK(duration_text(49h) == "2 d 1 h");
    DOCTEST_CHECK(duration_text(2h + 5s) == "2 h");
    DOCTEST_CHECK(duration_text(-1s) == "0 ms");
}

DOCTEST_TEST_CASE("a progress bar rewrites one line and clears it") {
    std::ostringstream out;
    std::ostringstream terminal;
    Output output{out};
    output.progress = &terminal;
    {
        Progress bar(output, "reading", 200);
        bar.at(100);
        bar.at(101); // the same percent is not drawn again
    }
    DOCTEST_CHECK(terminal.str() == "\rreading [##########..........]  50 %\r\x1b[K");
    DOCTEST_CHECK(out.str().empty());
}
