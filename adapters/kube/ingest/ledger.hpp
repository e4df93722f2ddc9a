// What the log said last about each object that is watched: so that only changes become events, also over a restart, and so that
// the first list finds what went while nobody looked. A fold of our own observations; it decides nothing, and lies beside the
// engine's machine with snapshots of its own.
#pragma once

#include "core/engine/projection.hpp"
#include "core/event/event.hpp"
#include "core/log/log.hpp"
#include "kubeclient/list_watch.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xtn::ingest {

class Ledger final : public Projection {
  public:
    // The kind and version of its snapshots.
    static KeptAs kept_as();

    // One event of the log.
    void apply(const Event &event) override;
    // A draft that was handed to the engine.
    void fold(const EventDraft &draft);
    boost::json::value serialize() const override;
    Status restore(const boost::json::value &state) override;

    // Whether the draft says something that the log does not say yet about the same object. Members that change with every write
    // (resource_version, managers, ...) do not count.
    bool news(const EventDraft &draft) const;

    struct Entry {
        Subject subject;
        kube::ObjectKey key;
        Digest said; // of type and payload without the members that do not count; empty: only its existence is known
        std::uint64_t applied_version = 0; // number of the resourceVersion after our last recorded write; 0: none
    };
    // By kind and uid. Nullptr: never heard of, or gone.
    const Entry *find(std::string_view kind, std::string_view uid) const;
    // Whether we deleted it. A uid never comes back: what a late watch still shows of it is past.
    bool deleted(std::string_view kind, std::string_view uid) const;
    // A watch said so, too: nothing more will be heard of it.
    void forget_deleted(std::string_view kind, std::string_view uid);
    // What is believed to exist of a kind.
    kube::Known known(std::string_view kind) const;
    // Of these, what we wrote ourselves, last at this version or before.
    kube::Known applied_until(std::string_view kind, std::uint64_t version) const;
    // Ready endpoints by Service, as last recorded.
    std::optional<std::int64_t> ready_endpoints(const kube::ObjectKey &service) const;
    std::vector<std::pair<kube::ObjectKey, Subject>> services_with_endpoints() const;

    struct ObjectId {
        std::string kind, uid;
        friend auto operator<=>(const ObjectId &, const ObjectId &) = default;
    };
    struct Endpoints {
        Subject subject;
        std::int64_t ready = 0;
    };
    struct Fields; // which members are the state: ledger_state.cpp

  private:
    void fold(std::string_view name, const Subject &subject, const boost::json::object &payload);

    std::map<ObjectId, Entry> objects_;
    std::set<ObjectId> deleted_; // until a watch or a new list is past it
    std::map<kube::ObjectKey, Endpoints> endpoints_;
    std::map<std::string, std::string> skipped_; // "kind/ns/name" -> manifest that was left out
};

} // namespace xtn::ingest
