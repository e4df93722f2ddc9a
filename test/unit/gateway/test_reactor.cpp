#include "gateway/net/reactor.hpp"
#include "gateway/net/socket.hpp"

#include <doctest/doctest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace xtn::gateway;
using std::chrono::milliseconds;
using Direction = Socket::Direction;

namespace {

// A loop on this thread that ends by itself, a socket of it and the other end, which is the test's.
struct Place {
    Reactor reactor;
    Socket socket;
    int other = -1;
    std::string said;

    Place() {
        int ends[2];
        DOCTEST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
        socket = Socket(reactor, ends[0]);
        other = ends[1];
    }
    ~Place() {
        if (other >= 0) ::close(other);
    }
    void hang_up() { ::close(std::exchange(other, -1)); }
    void write(std::string_view text) const {
        DOCTEST_REQUIRE(::write(other, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    void run() {
        reactor.spawn(watch(*this));
        reactor.run();
    }
    static Task<> watch(Place &place) { // a test that waits for ever fails instead
        Alarm alarm(place.reactor);
        if (co_await alarm.sleep_until(std::chrono::steady_clock::now() + std::chrono::seconds(10))) place.said += " timed out";
        place.reactor.stop();
    }
};

Task<> read_all(Place &place) {
    char buffer[64];
    for (;;) {
        const auto read = place.socket.read(buffer, sizeof buffer);
        if (read.status == Io::done) {
            place.said.append(buffer, read.bytes);
        } else if (read.status == Io::would_block) {
            if (!co_await place.socket.wait(Direction::read)) break;
        } else {
            place.said += read.status == Io::ended ? " ended" : " failed";
            break;
        }
    }
    place.reactor.stop();
}

} // namespace

DOCTEST_TEST_CASE("what comes is read, and an end that came along with the last bytes is seen after them") {
    Place place;
    place.write("all of it");
    place.hang_up();
    place.reactor.spawn(read_all(place));
    place.run();
    DOCTEST_CHECK(place.said == "all of it ended");
}

DOCTEST_TEST_CASE("a wait is woken by each arrival, also by one between a read and the wait") {
    Place place;
    std::thread writer([&] {
        for (const auto *piece : {"a", "b", "c"}) {
            std::this_thread::sleep_for(milliseconds(10));
            place.write(piece);
        }
        place.reactor.post([&] { place.hang_up(); });
    });
    place.reactor.spawn(read_all(place));
    place.run();
    writer.join();
    DOCTEST_CHECK(place.said == "abc ended");
}

DOCTEST_TEST_CASE("a socket that takes no more is waited for until it does") {
    Place place;
    const std::string much(4 << 20, 'x');
    struct Writer {
        static Task<> run(Place &place, const std::string &much) {
            Gather pieces;
            pieces.add(much);
            int waits = 0;
            for (;;) {
                const auto status = pieces.write_now(place.socket);
                if (status != Io::would_block) break;
                ++waits;
                if (!co_await place.socket.wait(Direction::write)) break;
            }
            place.said = pieces.written() == much.size() && waits > 0 ? "written" : "not";
            place.reactor.stop();
        }
    };
    std::thread reader([&] {
        std::string buffer(65536, ' ');
        std::size_t got = 0;
        while (got < much.size()) {
            const auto n = ::read(place.other, buffer.data(), buffer.size());
            if (n > 0) got += static_cast<std::size_t>(n);
            if (n <= 0) std::this_thread::sleep_for(milliseconds(1));
        }
    });
    place.reactor.spawn(Writer::run(place, much));
    place.run();
    reader.join();
    DOCTEST_CHECK(place.said == "written");
}

DOCTEST_TEST_CASE("whoever waits is called off by cancel() and by close()") {
    for (const bool closes : {false, true}) {
        DOCTEST_CAPTURE(closes);
        Place place;
        struct Waiting {
            static Task<> run(Place &place) {
                const bool ready = co_await place.socket.wait(Direction::read);
                place.said = ready ? "ready" : "called off";
                place.reactor.stop();
            }
            static Task<> call_off(Place &place, bool closes) {
                if (closes) {
                    place.socket.close();
                } else {
                    place.socket.cancel();
                }
                co_return;
            }
        };
        place.reactor.spawn(Waiting::run(place));
        place.reactor.spawn(Waiting::call_off(place, closes)); // begins when the other one waits
        place.run();
        DOCTEST_CHECK(place.said == "called off");
    }
}

DOCTEST_TEST_CASE("alarms ring in the order of their times, one that is called off says so, and one that is past rings at once") {
    Place place;
    std::vector<std::string> order;
    struct Sleeper {
        static Task<> run(Place &place, Alarm &alarm, milliseconds time, std::vector<std::string> &order) {
            const bool rang = co_await alarm.sleep_until(std::chrono::steady_clock::now() + time);
            order.push_back(std::to_string(time.count()) + (rang ? "" : " off"));
            if (order.size() == 4) place.reactor.stop();
        }
        static Task<> call_off(Alarm &alarm) {
            alarm.cancel();
            alarm.cancel(); // nothing more happens
            co_return;
        }
    };
    Alarm late(place.reactor), early(place.reactor), never(place.reactor), past(place.reactor);
    place.reactor.spawn(Sleeper::run(place, late, milliseconds(40), order));
    place.reactor.spawn(Sleeper::run(place, early, milliseconds(15), order));
    place.reactor.spawn(Sleeper::run(place, never, milliseconds(5000), order));
    place.reactor.spawn(Sleeper::run(place, past, milliseconds(-5), order));
    place.reactor.spawn(Sleeper::call_off(never)); // begins when the others sleep
    place.run();
    DOCTEST_REQUIRE(order.size() == 4);
    DOCTEST_CHECK(order[2] == "15");
    DOCTEST_CHECK(order[3] == "40");
    DOCTEST_CHECK(std::count(order.begin(), order.end(), "5000 off") == 1);
}

DOCTEST_TEST_CASE("work from other threads runs on the loop's thread, all of it and in order") {
    Place place;
    std::vector<int> seen;
    std::thread::id on;
    std::thread poster([&] {
        for (int i = 0; i < 1000; ++i)
            place.reactor.post([&, i] { seen.push_back(i); });
        place.reactor.post([&] {
            on = std::this_thread::get_id();
            place.reactor.stop();
        });
    });
    place.run();
    poster.join();
    DOCTEST_CHECK(on == std::this_thread::get_id());
    DOCTEST_REQUIRE(seen.size() == 1000);
    DOCTEST_CHECK(std::is_sorted(seen.begin(), seen.end()));
}

DOCTEST_TEST_CASE("a task that still waits is ended with the loop, and what it holds is given back") {
    auto held = std::make_shared<int>(1);
    {
        Place place;
        struct Waiting {
            static Task<> inner(Place &place, std::shared_ptr<int> mine) {
                co_await place.socket.wait(Direction::read);
                ++*mine;
            }
            static Task<> outer(Place &place, std::shared_ptr<int> mine) { co_await inner(place, std::move(mine)); }
        };
        place.reactor.spawn(Waiting::outer(place, held));
        place.reactor.post([&] { place.reactor.stop(); });
        place.reactor.run();
        DOCTEST_CHECK(held.use_count() == 2);
    }
    DOCTEST_CHECK(held.use_count() == 1);
    DOCTEST_CHECK(*held == 1);
}
