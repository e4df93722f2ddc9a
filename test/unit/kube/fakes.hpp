// Stand-ins for what the adapter stands between: an engine that keeps what it is given, a scripted world, and an API server that
// stores objects.
#pragma once

#include "core/engine/engine.hpp"
#include "kubeclient/config.hpp"
#include "kubeclient/merge_patch.hpp"
#include "kubeclient/object.hpp"
#include "netkit/http_server.hpp"
#include "projections/world.hpp"

#include <boost/json/array.hpp>
#include <doctest/doctest.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace fakes {

namespace json = boost::json;

// Waits for a condition that another thread brings about; fails the test when it does not come.
inline void eventually(const std::string &what, const std::function<bool()> &holds) {
    const auto deadline = netkit::Deadline::after(std::chrono::seconds(20));
    while (!holds()) {
        if (deadline.passed()) DOCTEST_FAIL("never came true: " << what);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

class FakeWorld : public xtn::World {
  public:
    void apply(const xtn::Event &) override {}
    Decisions decide(const xtn::Event &) const override { return {}; }
    std::optional<xtn::Timestamp> next_deadline() const override { return deadline; }
    json::value serialize() const override { return nullptr; }
    std::vector<xtn::RuntimeId> runtimes() const override {
        std::vector<xtn::RuntimeId> out;
        for (const auto &[id, view] : views)
            out.push_back(id);
        return out;
    }
    std::optional<xtn::RuntimeView> runtime(const xtn::RuntimeId &id) const override {
        const auto found = views.find(id);
        if (found == views.end()) return std::nullopt;
        return found->second;
    }
    const xtn::RouteTable &routes() const override { return table; }
    bool synced(std::string_view kind) const override { return synced_kinds.contains(std::string(kind)); }
    json::object describe_runtime(const xtn::RuntimeId &) const override { return {}; }
    json::object describe() const override { return {}; }

    std::map<xtn::RuntimeId, xtn::RuntimeView> views;
    xtn::RouteTable table;
    std::set<std::string> synced_kinds;
    std::optional<xtn::Timestamp> deadline;
};

// Keeps drafts; publishes when told to, or at once when `echo` is set.
class FakeEngine : public xtn::Engine {
  public:
    explicit FakeEngine(FakeWorld &world) : world_(world) {}

    bool submit(std::string_view lane, std::vector<xtn::EventDraft> drafts, std::vector<xtn::Blob>, Priority) override {
        std::vector<xtn::Event> events;
        std::vector<Subscriber> told;
        {
            const std::scoped_lock lock(mutex_);
            if (refuse > 0) {
                --refuse;
                return false;
            }
            for (auto &draft : drafts) {
                DOCTEST_CHECK(check_draft(draft).ok());
                xtn::Event event;
                event.seq = xtn::Seq{++last_};
                event.type = draft.type;
                event.subject = draft.subject;
                event.source = draft.source;
                event.actor = draft.actor;
                event.cause = draft.cause;
                event.payload = draft.payload;
                if (on_event) on_event(world_, event);
                events.push_back(event);
                log_.push_back(std::move(event));
                lanes_.emplace_back(lane);
            }
            told = subscribers_;
        }
        if (echo)
            for (const auto &subscriber : told) {
                const std::scoped_lock lock(mutex_);
                subscriber(world_, events);
            }
        return true;
    }
    xtn::Result<std::vector<xtn::Event>> submit_and_wait(std::string_view, std::vector<xtn::EventDraft>, xtn::Deadline) override {
        return xtn::make_error(xtn::Code::unsupported, "not here");
    }
    void subscribe(std::string, Subscriber subscriber) override {
        const std::scoped_lock lock(mutex_);
        subscribers_.push_back(std::move(subscriber));
    }
    xtn::Status ask(const std::function<void(const xtn::Machine &, xtn::Seq)> &question, xtn::Deadline) override {
        const std::scoped_lock lock(mutex_);
        question(world_, xtn::Seq{last_});
        return xtn::ok();
    }
    xtn::Epoch epoch() const override { return xtn::Epoch{1}; }
    void stop() override {}

    // Changes the world and tells the subscribers that everything may have changed.
    void change(const std::function<void(FakeWorld &)> &how) {
        const std::scoped_lock lock(mutex_);
        how(world_);
        for (const auto &subscriber : subscribers_)
            subscriber(world_, {});
    }
    std::vector<xtn::Event> events(std::string_view name = {}) const {
        const std::scoped_lock lock(mutex_);
        std::vector<xtn::Event> out;
        for (const auto &event : log_)
            if (name.empty() || event.name() == name) out.push_back(event);
        return out;
    }
    std::size_t count(std::string_view name) const { return events(name).size(); }
    // Of each event of that name, in their order.
    std::vector<std::string> lanes(std::string_view name) const {
        const std::scoped_lock lock(mutex_);
        std::vector<std::string> out;
        for (std::size_t i = 0; i < log_.size(); ++i)
            if (log_[i].name() == name) out.push_back(lanes_[i]);
        return out;
    }
    std::size_t count(std::string_view name, std::string_view kind) const {
        std::size_t n = 0;
        for (const auto &event : events(name))
            if (kube::find_string(event.payload, {"kind"}) == kind) ++n;
        return n;
    }

    bool echo = true;
    int refuse = 0;                                                // how many submits find the queue full
    std::function<void(FakeWorld &, const xtn::Event &)> on_event; // a fold, of a kind

  private:
    FakeWorld &world_;
    mutable std::recursive_mutex mutex_;
    std::vector<Subscriber> subscribers_;
    std::vector<xtn::Event> log_;
    std::vector<std::string> lanes_; // as long as log_
    std::uint64_t last_ = 0;
};

// A store of blobs that answers nothing else.
class FakeBlobs : public xtn::LogReader {
  public:
    xtn::Digest put(std::string content) {
        auto digest = xtn::Digest::of(content);
        blobs_[digest] = std::move(content);
        return digest;
    }
    const std::string &log_id() const override { return id_; }
    xtn::Head head(xtn::Stream) const override { return {}; }
    xtn::Seq first(xtn::Stream) const override { return xtn::Seq{1}; }
    xtn::Result<xtn::Event> get(xtn::Stream, xtn::Seq) const override { return none(); }
    xtn::Status scan(xtn::Stream, xtn::Seq, const std::function<bool(const xtn::Event &)> &each) const override {
        for (const auto &event : events)
            if (!each(event)) break;
        return xtn::ok();
    }
    xtn::Result<std::vector<xtn::Seq>> by_subject(xtn::Stream, const xtn::Subject &, std::optional<std::size_t>) const override {
        return none();
    }
    xtn::Result<std::vector<xtn::Subject>> subjects(xtn::Stream, std::string_view) const override { return none(); }
    xtn::Result<xtn::Seq> seq_at(xtn::Stream, xtn::Timestamp) const override { return none(); }
    xtn::Seq wait_after(xtn::Stream, xtn::Seq after, xtn::Deadline) const override { return after; }
    xtn::Result<std::string> blob(const xtn::Digest &digest) const override {
        const auto found = blobs_.find(digest);
        if (found == blobs_.end()) return none();
        return found->second;
    }
    xtn::Result<VerifyReport> verify(xtn::Stream, const std::function<void(xtn::Seq)> &) const override { return none(); }
    xtn::Result<ContentReport> verify_content(const std::function<void(xtn::Seq)> &) const override { return none(); }

    std::vector<xtn::Event> events; // what the log holds from before

  private:
    static xtn::Error none() { return xtn::make_error(xtn::Code::not_found, "not here"); }
    std::string id_ = "fake";
    std::map<xtn::Digest, std::string> blobs_;
};

} // namespace fakes
