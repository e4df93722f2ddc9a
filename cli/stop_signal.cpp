#include "cli/stop_signal.hpp"

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>
#include <unistd.h>

namespace xtn::cli {

struct StopSignal::Impl {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<std::string> reason;
    bool failure = false;
    bool leaving = false;
    std::thread listener;
};

StopSignal::StopSignal() : impl_(std::make_unique<Impl>()) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGUSR2); // wakes the listener when we are done
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN); // a limit on file sizes (ulimit -f) is an error of the write, told in words
    impl_->listener = std::thread([this, set] {
        bool told = false;
        for (;;) {
            int number = 0;
            if (sigwait(&set, &number) != 0) continue;
            {
                const std::lock_guard lock(impl_->mutex);
                if (impl_->leaving) return;
            }
            if (number == SIGUSR2) continue;
            if (told) _exit(1);
            told = true;
            trigger(number == SIGINT ? "SIGINT" : "SIGTERM", false);
        }
    });
}

StopSignal::~StopSignal() {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->leaving = true;
    }
    pthread_kill(impl_->listener.native_handle(), SIGUSR2);
    impl_->listener.join();
}

std::string StopSignal::wait() {
    std::unique_lock lock(impl_->mutex);
    impl_->changed.wait(lock, [this] { return impl_->reason.has_value(); });
    return *impl_->reason;
}

void StopSignal::trigger(std::string reason, bool failure) {
    const std::lock_guard lock(impl_->mutex);
    if (!impl_->reason) {
        impl_->reason = std::move(reason);
        impl_->failure = failure;
    }
    impl_->changed.notify_all();
}

bool StopSignal::failed() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->failure;
}

} // namespace xtn::cli
