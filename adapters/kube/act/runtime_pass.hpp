// One pass over one runtime: whatever its view wants and is not so yet, in the order of run(). Read run() first.
//
// Flow: finalizer -> scale -> apply -> delete surplus -> command (spec.suspended and annotations) -> status -> finalizer off.
// Guarantees: nothing is written that the view does not ask for; each write is re-checked against the newest state seen right
// before; applies and deletes name the uid, so that they meet no other object of that name; of a name that is not known to be
// ours the bearer is looked at first, and left alone unless this XTrinode controls it; every call has a deadline; a satisfied
// view costs no call at all. Assumptions: no two passes over one runtime at a time; the view knows the outcomes of the pass
// before. Caveats: objects are applied in the plan's order and a failure keeps those behind it waiting (pods would only crash
// without their configuration); scale, delete and status go on. Between the look and the making of an object somebody else may
// make theirs: an apply cannot be told to make only.
#pragma once

#include "adapters/kube/act/outcomes.hpp"
#include "adapters/kube/act/retry_book.hpp"
#include "adapters/kube/hidden_values.hpp"
#include "adapters/kube/own_writes.hpp"
#include "adapters/kube/recorder.hpp"
#include "adapters/kube/seen.hpp"
#include "core/base/pause_points.hpp"
#include "core/log/log.hpp"
#include "kubeclient/client.hpp"
#include "kubeclient/discovery.hpp"
#include "projections/world.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace xtn::act {

// What all passes share. Everything must outlive them.
struct ActContext {
    kube::Client *client = nullptr;
    kube::Discovery *discovery = nullptr;
    const LogReader *log = nullptr;
    Recorder *recorder = nullptr;
    const ingest::Ledger *ledger = nullptr; // what was said already
    Seen *seen = nullptr;
    const HiddenValues *hidden = nullptr; // inline credentials, put back into manifests
    OwnWrites *own = nullptr;
    std::string field_manager;
    std::chrono::milliseconds call_timeout{10000};
    PausePoints pause_points; // around every write
};

class RuntimePass {
  public:
    // `on_outcome` is called for each outcome handed to the engine.
    RuntimePass(ActContext &context, RetryBook &retry, RuntimeView view, std::function<void()> on_outcome);

    boost::asio::awaitable<void> run();

  private:
    // The custom resource as last seen, if it is the one that the view speaks of.
    const SeenResource *resource() const;
    boost::asio::awaitable<bool> set_finalizer(bool present); // true: as wanted now
    boost::asio::awaitable<void> scale(std::string component, int replicas);
    boost::asio::awaitable<void> apply_all();
    boost::asio::awaitable<bool> apply(PlannedObject planned);
    // The uid of the object that an apply may change; empty: none bears the name, it is to be made. Error 409: what bears the
    // name is not controlled by this XTrinode, and is left alone (spec 30, "Ownership safety").
    boost::asio::awaitable<kube::ApiResult<std::string>> own_uid(ObjectRef ref, kube::Kind kind);
    // After an apply to `uid` was refused: if that one is not there any more, the log is told.
    boost::asio::awaitable<void> look_for(ObjectRef ref, kube::Kind kind, std::string uid);
    boost::asio::awaitable<void> remove(AppliedObject object);
    // The uid of an object of which none is known, if it is there and ours; else its absence is recorded.
    boost::asio::awaitable<std::optional<std::string>> find_own(AppliedObject object, kube::Kind kind);
    boost::asio::awaitable<void> carry_out_command();
    bool commanded_as_recorded(const SeenResource &cr) const;
    boost::asio::awaitable<void> write_status();

    boost::asio::awaitable<kube::ApiResult<kube::Kind>> kind_of(ObjectRef ref);
    // To be sent. `uid`: as own_uid() told; its error is handed on.
    boost::asio::awaitable<kube::ApiResult<std::string>> manifest(Digest digest, kube::ApiResult<std::string> uid) const;
    boost::asio::awaitable<void> record(EventDraft draft, std::string lane = {}); // empty: that of outcomes in this namespace
    boost::asio::awaitable<void> note_failure(std::string what, ObjectRef ref, Digest manifest, kube::ApiError error);
    const AppliedObject *applied(const ObjectRef &ref) const;
    void pass(PausePoint point) const { context_.pause_points.pass(point); }
    kube::Deadline deadline() const { return kube::Deadline::after(context_.call_timeout); }
    kube::WriteOptions write_options() const;
    ObjectRef own_ref() const; // of the custom resource

    ActContext &context_;
    RetryBook &retry_;
    RuntimeView view_;
    Owner owner_;
    std::function<void()> on_outcome_;
};

} // namespace xtn::act
