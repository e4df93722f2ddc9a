#include "adapters/kube/act/retry_book.hpp"

#include <doctest/doctest.h>

namespace {

kube::ApiError error_of(netkit::Code code) {
    return kube::ApiError::make(code, "no");
}

} // namespace

DOCTEST_TEST_CASE("a failure is news the first time, when it becomes lasting, and when it changes") {
    xtn::act::RetryBook book(kube::Backoff{}, [] { return 0.5; });
    DOCTEST_CHECK(book.failed("x", error_of(netkit::Code::unavailable)).news);
    DOCTEST_CHECK_FALSE(book.failed("x", error_of(netkit::Code::unavailable)).news);
    const auto third = book.failed("x", error_of(netkit::Code::unavailable));
    DOCTEST_CHECK(third.news);
    DOCTEST_CHECK(third.attempt == xtn::act::RetryBook::lasting_attempts);
    DOCTEST_CHECK_FALSE(book.failed("x", error_of(netkit::Code::unavailable)).news);
    DOCTEST_CHECK(book.failed("x", error_of(netkit::Code::permission_denied)).news);
    book.worked("x");
    DOCTEST_CHECK(book.failed("x", error_of(netkit::Code::permission_denied)).news);
}

DOCTEST_TEST_CASE(
    "what vanishes as often as it is made is made ever more slowly; what somebody deleted once comes back at once") {
    xtn::act::RetryBook book(kube::Backoff{}, [] { return 0.5; });
    book.begin_pass();
    for (int i = 0; i < 2; ++i) {
        DOCTEST_CHECK(book.may_make("x"));
        book.made("x");
    }
    DOCTEST_CHECK(book.may_make("x"));
    DOCTEST_CHECK_FALSE(book.next()); // nothing waits
    book.made("x");
    DOCTEST_CHECK_FALSE(book.may_make("x"));
    DOCTEST_CHECK(book.may_make("y"));
    DOCTEST_REQUIRE(book.next());
    DOCTEST_CHECK_FALSE(book.next()->passed());
    const auto third = *book.next();
    book.made("x");
    DOCTEST_CHECK(book.next()->at() > third.at());
    book.begin_pass(); // is not wanted any more
    DOCTEST_CHECK_FALSE(book.next());
    book.end_pass();
    DOCTEST_CHECK_FALSE(book.may_make("x")); // and is not forgotten so soon
}
