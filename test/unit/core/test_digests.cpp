#include "core/base/hex.hpp"
#include "core/base/logging.hpp"
#include "core/base/redaction_key.hpp"
#include "core/base/sha256.hpp"
#include "core/base/utf8.hpp"
#include "test/unit/core/scratch.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sys/stat.h>

using namespace xtn;

DOCTEST_TEST_CASE("SHA-256 and HMAC give the values of their standards") {
    DOCTEST_CHECK(Digest::of("abc").hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    DOCTEST_CHECK(sha256("ab", "c") == sha256("abc"));
    // RFC 4231, test cases 2 and 6 (a key longer than a block).
    DOCTEST_CHECK(to_hex(view(hmac_sha256("Jefe", "what do ya want for nothing?"))) ==
                  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    DOCTEST_CHECK(to_hex(view(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"))) ==
                  "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

DOCTEST_TEST_CASE("hex reads back what it wrote and refuses anything else") {
    DOCTEST_CHECK(from_hex(to_hex(std::string("\x00\xff\x10", 3))) == std::string("\x00\xff\x10", 3));
    DOCTEST_CHECK_FALSE(from_hex("abc").has_value());
    DOCTEST_CHECK_FALSE(from_hex("AB").has_value());
}

DOCTEST_TEST_CASE("only well-formed UTF-8 counts as text") {
    DOCTEST_CHECK(valid_utf8("Gr\xc3\xbc\xc3\x9f\x65 \xf0\x9f\x90\x87"));
    for (const auto *text : {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3", "\x80", "\xe2\x82"})
        DOCTEST_CHECK_FALSE(valid_utf8(text));
    DOCTEST_CHECK(utf8_length("\xc3\xbc!") == 2);
}

DOCTEST_TEST_CASE("a redaction key is made once, kept private, and keeps purposes apart") {
    const Scratch scratch;
    const auto file = scratch.path() / "redaction.key";
    const auto first = RedactionKey::load_or_create(file);
    DOCTEST_REQUIRE(first.ok());
    struct stat info{};
    DOCTEST_REQUIRE(::stat(file.c_str(), &info) == 0);
    DOCTEST_CHECK((info.st_mode & 0777) == 0600);
    const auto again = RedactionKey::load_or_create(file);
    DOCTEST_REQUIRE(again.ok());
    DOCTEST_CHECK(first->redact("password", "secret") == again->redact("password", "secret"));
    DOCTEST_CHECK(first->redact("password", "secret") != first->redact("token", "secret"));
    DOCTEST_CHECK(first->redact("password", "secret") != Digest::of("secret"));
}

DOCTEST_TEST_CASE("a redaction key that others may read is refused with the command that mends it") {
    const Scratch scratch;
    const auto file = scratch.path() / "redaction.key";
    DOCTEST_REQUIRE(RedactionKey::load_or_create(file).ok());
    DOCTEST_REQUIRE(::chmod(file.c_str(), 0644) == 0);
    const auto refused = RedactionKey::load_or_create(file);
    DOCTEST_REQUIRE_FALSE(refused.ok());
    DOCTEST_CHECK(refused.error().code == Code::permission_denied);
    DOCTEST_CHECK(refused.error().message.find("chmod 600") != std::string::npos);
    DOCTEST_REQUIRE(::chmod(file.c_str(), 0600) == 0);
    std::ofstream(file, std::ios::trunc) << "short";
    DOCTEST_CHECK(RedactionKey::load_or_create(file).error().code == Code::data_corrupted);
}

DOCTEST_TEST_CASE("a log level is one of the names that --log-level takes") {
    DOCTEST_CHECK(parse_log_level("warn").ok());
    DOCTEST_CHECK_FALSE(parse_log_level("loud").ok());
    set_log_level(LogLevel::off);
    Logger("test").error("not shown: {}", 1);
    set_log_level(LogLevel::info);
}
