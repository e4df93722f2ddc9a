// Between a session and the handler that answers it: what was said so far, and the Exchange by which the handler says it. Private
// to the server.
#pragma once

#include "netkit/http_server.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace netkit {

// What the handler's side has said so far. Shared by the session (I/O thread) and the Exchange handle (any thread).
struct Answer {
    std::mutex mutex;
    std::optional<Response> whole;  // respond()
    std::optional<Response> head;   // begin()
    std::deque<std::string> pieces; // write()
    std::size_t backlog = 0;
    bool answered = false; // respond() or begin() was called
    bool finished = false;
    bool aborted = false;
    bool closed = false; // the session has let go
    std::vector<std::function<void()>> on_close;
    std::function<void()> wake; // posts to the session's strand; cleared when closed
    std::size_t max_backlog = 0;

    // Callers hold the mutex.
    void poke() const {
        if (wake) wake();
    }
    // The session lets go: nothing is taken any more, and whoever asked to be told is told.
    void close();
};

// The handler's side. Dropped without an answer it answers 500, so that nobody waits for ever.
std::shared_ptr<Exchange> make_exchange(Request request, std::shared_ptr<Answer> answer);

} // namespace netkit
