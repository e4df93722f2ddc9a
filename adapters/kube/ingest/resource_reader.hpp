// A custom resource (XTrinode, XTrinodeCatalog) as the event that records it. Pure.
#pragma once

#include "adapters/kube/ingest/ledger.hpp"
#include "adapters/kube/ingest/redaction.hpp"
#include "core/event/event.hpp"
#include "core/model/xtrinode.hpp"
#include "kubeclient/object.hpp"

#include <string_view>

namespace xtn::ingest {

// What differs between the two kinds.
struct ResourceKind {
    std::string_view kind;     // "XTrinode"
    std::string_view applied;  // "runtime.spec.applied"
    std::string_view rejected; // "runtime.spec.rejected"
    std::string_view deleted;  // "runtime.spec.deleted"
    Subject (*subject)(const RuntimeId &);
    ReadSpec (*read)(const boost::json::object &);
};
const ResourceKind &xtrinode_kind();
const ResourceKind &catalog_kind();

// The event for a resource that is there: applied when every rule holds, rejected with the broken ones else. The spec has its
// defaults, is redacted, and floating-point numbers keep their text. Whatever the object holds, the draft can be appended: one
// that would be too large is rejected without its spec.
EventDraft resource_present(const ResourceKind &kind, const kube::Object &object, const Redactor &redactor, const Ledger &ledger,
                            std::vector<HiddenValue> *hidden = nullptr);
// The event for one that is gone. `version` may be empty.
EventDraft resource_gone(const ResourceKind &kind, const std::string &uid, const kube::ObjectKey &key,
                         const std::string &version);

} // namespace xtn::ingest
