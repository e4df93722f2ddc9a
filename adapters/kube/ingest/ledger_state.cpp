// The ledger as a snapshot holds it.
#include "adapters/kube/ingest/ledger.hpp"
#include "ledger_sources.hpp"
#include "projections/state_fields.hpp"

namespace xtn::state {

template <class Archive, Either<kube::ObjectKey> Self> void state_fields(Archive &archive, Self &key) {
    archive("ns", key.ns);
    archive("name", key.name);
}

} // namespace xtn::state

namespace xtn::ingest {

template <class Archive, state::Either<Ledger::ObjectId> Self> void state_fields(Archive &archive, Self &id) {
    archive("kind", id.kind);
    archive("uid", id.uid);
}

template <class Archive, state::Either<Ledger::Entry> Self> void state_fields(Archive &archive, Self &entry) {
    archive("subject", entry.subject.text);
    archive("ns", entry.key.ns);
    archive("name", entry.key.name);
    archive("said", entry.said);
    archive("applied_version", entry.applied_version);
}

template <class Archive, state::Either<Ledger::Endpoints> Self> void state_fields(Archive &archive, Self &endpoints) {
    archive("subject", endpoints.subject.text);
    archive("ready", endpoints.ready);
}

struct Ledger::Fields {
    template <class Archive, class Self> static void walk(Archive &archive, Self &ledger) {
        archive("objects", ledger.objects_);
        archive("deleted", ledger.deleted_);
        archive("endpoints", ledger.endpoints_);
        archive("skipped", ledger.skipped_);
    }
};

template <class Archive, state::Either<Ledger> Self> void state_fields(Archive &archive, Self &ledger) {
    Ledger::Fields::walk(archive, ledger);
}

KeptAs Ledger::kept_as() {
    constexpr std::string_view format = "ledger/1"; // of what serialize() shows
    return {std::string(format) + "+" + std::string(ledger_sources), "kube-ledger"};
}

boost::json::value Ledger::serialize() const {
    return state::to_object(*this);
}

Status Ledger::restore(const boost::json::value &state) {
    Ledger read;
    if (auto done = state::from_value(state, read); !done) return done;
    *this = std::move(read);
    return ok();
}

} // namespace xtn::ingest
