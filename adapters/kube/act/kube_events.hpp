// Every Kubernetes Event that users can see on an XTrinode (`kubectl describe`), as one table: which event of the log is told,
// under which reason of spec 40 §22. Pure. Only durable events that just happened are told, so each is a real change; its name
// carries the sequence number, or the XTrinode's uid where it happens once to each, so telling it twice makes one Event.
#pragma once

#include "core/event/event.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>

namespace xtn::act {

struct KubeEvent {
    RuntimeId runtime;
    std::string name; // of the Event object
    std::string reason;
    bool warning = false;
    std::string message;
    Timestamp time;

    // core/v1 Event about the XTrinode with that uid.
    boost::json::object manifest(const std::string &uid) const;
};

std::optional<KubeEvent> kube_event_for(const Event &event);

} // namespace xtn::act
