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
