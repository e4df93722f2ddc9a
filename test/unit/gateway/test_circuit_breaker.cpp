#include "gateway/routing/circuit_breaker.hpp"

#include <doctest/doctest.h>

using namespace xtn::gateway;
using State = CircuitBreaker::State;
using Outcome = CircuitBreaker::Outcome;
using std::chrono::seconds;

namespace {

struct Bench {
    CircuitBreaker breaker;
    TimePoint now{seconds(1000)};

    // One request with this outcome; false when it was refused.
    bool request(Outcome outcome) {
        auto permit = breaker.allow(now);
        if (!permit) return false;
        permit.settle(outcome, now);
        return true;
    }
    void open() {
        for (int i = 0; i < CircuitBreaker::failure_threshold; ++i)
            request(Outcome::failure);
    }
    State state() const { return breaker.view().state; }
};

} // namespace

DOCTEST_TEST_CASE("five failures in a row open the breaker, with a success between them they do not") {
    Bench b;
    for (int i = 0; i < 4; ++i)
        b.request(Outcome::failure);
    b.request(Outcome::success);
    for (int i = 0; i < 4; ++i)
        b.request(Outcome::failure);
    DOCTEST_CHECK(b.state() == State::closed);
    b.request(Outcome::failure);
    DOCTEST_CHECK(b.state() == State::open);
    DOCTEST_CHECK_FALSE(b.breaker.selectable(b.now));
    DOCTEST_CHECK_FALSE(b.request(Outcome::success));
}

DOCTEST_TEST_CASE("fifteen overloads open it; a failure between them starts their count anew") {
    Bench b;
    for (int i = 0; i < 14; ++i)
        b.request(Outcome::overload);
    b.request(Outcome::failure);
    for (int i = 0; i < 14; ++i)
        b.request(Outcome::overload);
    DOCTEST_CHECK(b.state() == State::closed);
    b.request(Outcome::overload);
    DOCTEST_CHECK(b.state() == State::open);
}

DOCTEST_TEST_CASE("clients that leave and runtimes that sleep do not open it") {
    Bench b;
    for (int i = 0; i < 100; ++i) {
        b.request(Outcome::cancelled);
        b.request(Outcome::unreachable);
        auto dropped = b.breaker.allow(b.now);
    }
    DOCTEST_CHECK(b.state() == State::closed);
    DOCTEST_CHECK(b.breaker.selectable(b.now));
}

DOCTEST_TEST_CASE("after half a minute one probe at a time goes through, and two good ones close it") {
    Bench b;
    b.open();
    b.now += seconds(29);
    DOCTEST_CHECK_FALSE(b.breaker.allow(b.now));
    b.now += seconds(1);
    DOCTEST_CHECK(b.breaker.selectable(b.now));
    DOCTEST_CHECK(b.state() == State::open); // asking changes nothing
    auto probe = b.breaker.allow(b.now);
    DOCTEST_REQUIRE(probe);
    DOCTEST_CHECK(b.state() == State::half_open);
    DOCTEST_CHECK_FALSE(b.breaker.selectable(b.now));
    DOCTEST_CHECK_FALSE(b.breaker.allow(b.now)); // the burst of the others
    probe.settle(Outcome::success, b.now);
    DOCTEST_CHECK(b.state() == State::half_open);
    DOCTEST_CHECK(b.request(Outcome::success));
    DOCTEST_CHECK(b.state() == State::closed);
    DOCTEST_CHECK(b.request(Outcome::success));
}

DOCTEST_TEST_CASE("a probe that fails or finds the runtime asleep opens it again") {
    for (const auto outcome : {Outcome::failure, Outcome::overload, Outcome::unreachable}) {
        Bench b;
        b.open();
        b.now += seconds(30);
        DOCTEST_CHECK(b.request(outcome));
        DOCTEST_CHECK(b.state() == State::open);
        DOCTEST_CHECK_FALSE(b.breaker.allow(b.now + seconds(29)));
        DOCTEST_CHECK(b.breaker.allow(b.now + seconds(30)));
    }
}

DOCTEST_TEST_CASE("a probe's slot comes back whatever becomes of the probe") {
    Bench b;
    b.open();
    b.now += seconds(30);
    {
        auto dropped = b.breaker.allow(b.now);
    }
    DOCTEST_CHECK(b.breaker.allow(b.now)); // dropped again at the end of this line
    auto cancelled = b.breaker.allow(b.now);
    cancelled.settle(Outcome::cancelled, b.now);
    auto hanging = b.breaker.allow(b.now);
    DOCTEST_REQUIRE(hanging);
    DOCTEST_CHECK_FALSE(b.breaker.allow(b.now + seconds(29)));
    DOCTEST_CHECK(b.breaker.allow(b.now + CircuitBreaker::probe_lease));
}

DOCTEST_TEST_CASE("a probe that outlived its lease does not free the slot of its successor") {
    Bench b;
    b.open();
    b.now += seconds(30);
    auto late = b.breaker.allow(b.now);
    b.now += CircuitBreaker::probe_lease;
    auto current = b.breaker.allow(b.now);
    DOCTEST_REQUIRE(current);
    late.settle(Outcome::success, b.now);
    DOCTEST_CHECK_FALSE(b.breaker.allow(b.now));
    current.settle(Outcome::success, b.now);
    DOCTEST_CHECK(b.request(Outcome::success));
}

DOCTEST_TEST_CASE("follow-ups pass an open breaker and do not close it") {
    Bench b;
    b.open();
    for (int i = 0; i < 5; ++i) {
        auto permit = b.breaker.pass();
        DOCTEST_REQUIRE(permit);
        permit.settle(Outcome::success, b.now);
    }
    DOCTEST_CHECK(b.state() == State::open);
    b.now += seconds(30);
    auto probe = b.breaker.allow(b.now);
    auto follow_up = b.breaker.pass();
    follow_up.settle(Outcome::failure, b.now);
    DOCTEST_CHECK(b.state() == State::half_open); // only the probe decides
    probe.settle(Outcome::success, b.now);
    DOCTEST_CHECK(b.request(Outcome::success));
    DOCTEST_CHECK(b.state() == State::closed);
}
