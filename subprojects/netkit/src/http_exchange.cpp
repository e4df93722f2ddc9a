#include "http_exchange.hpp"

#include <utility>

namespace netkit {

void Answer::close() {
    std::vector<std::function<void()>> callbacks;
    {
        const std::lock_guard lock(mutex);
        if (closed) return;
        closed = true;
        wake = nullptr;
        pieces.clear();
        callbacks.swap(on_close);
    }
    for (auto &c : callbacks)
        c();
}

namespace {

class ExchangeHandle final : public Exchange {
  public:
    ExchangeHandle(Request request, std::shared_ptr<Answer> answer) : request_(std::move(request)), answer_(std::move(answer)) {}
    ~ExchangeHandle() override {
        bool unanswered = false;
        {
            const std::lock_guard lock(answer_->mutex);
            unanswered = !answer_->answered && !answer_->closed && !answer_->aborted;
            if (answer_->head && !answer_->finished) { // a stream nobody can feed any more
                answer_->aborted = true;
                answer_->poke();
            }
        }
        if (unanswered) {
            Response r;
            r.status = 500;
            r.headers.add("Content-Type", "text/plain; charset=utf-8");
            r.body = "request was not answered\n";
            respond(std::move(r));
        }
    }

    const Request &request() const override { return request_; }
    void respond(Response response) override {
        const std::lock_guard lock(answer_->mutex);
        if (answer_->answered || answer_->closed) return;
        answer_->answered = true;
        answer_->whole = std::move(response);
        answer_->poke();
    }
    void begin(Response head) override {
        const std::lock_guard lock(answer_->mutex);
        if (answer_->answered || answer_->closed) return;
        answer_->answered = true;
        if (!head.body.empty()) {
            answer_->backlog += head.body.size();
            answer_->pieces.push_back(std::move(head.body));
            head.body.clear();
        }
        answer_->head = std::move(head);
        answer_->poke();
    }
    bool write(std::string piece) override {
        const std::lock_guard lock(answer_->mutex);
        if (answer_->closed || answer_->finished || answer_->aborted) return false;
        if (piece.empty()) return true;
        if (answer_->backlog + piece.size() > answer_->max_backlog) {
            answer_->aborted = true;
            answer_->poke();
            return false;
        }
        answer_->backlog += piece.size();
        answer_->pieces.push_back(std::move(piece));
        answer_->poke();
        return true;
    }
    void finish() override {
        const std::lock_guard lock(answer_->mutex);
        if (answer_->closed || answer_->finished) return;
        answer_->finished = true;
        answer_->poke();
    }
    void abort() override {
        const std::lock_guard lock(answer_->mutex);
        if (answer_->closed) return;
        answer_->aborted = true;
        answer_->poke();
    }
    void on_close(std::function<void()> callback) override {
        {
            const std::lock_guard lock(answer_->mutex);
            if (!answer_->closed) {
                answer_->on_close.push_back(std::move(callback));
                return;
            }
        }
        callback();
    }

  private:
    Request request_;
    std::shared_ptr<Answer> answer_;
};

} // namespace

std::shared_ptr<Exchange> make_exchange(Request request, std::shared_ptr<Answer> answer) {
    return std::make_shared<ExchangeHandle>(std::move(request), std::move(answer));
}

} // namespace netkit
