#include "adapters/kube/own_writes.hpp"

#include <algorithm>
#include <charconv>

namespace xtn {

std::uint64_t version_number(std::string_view text) {
    std::uint64_t n = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
    return ec == std::errc() && end == text.data() + text.size() ? n : 0;
}

bool OwnWrites::shown(std::string_view kind, const kube::ObjectKey &key, std::string_view uid) {
    const auto flight = in_flight_.find({std::string(kind), key});
    if (flight == in_flight_.end()) return false;
    flight->second.shown.emplace(uid);
    return true;
}

void OwnWrites::went(std::string_view kind, const kube::ObjectKey &key, std::string_view uid) {
    const auto flight = in_flight_.find({std::string(kind), key});
    if (flight != in_flight_.end()) flight->second.gone.emplace(uid);
}

void OwnWrites::listed(std::string_view kind, std::string_view ns, std::uint64_t version) {
    for (auto &[object, flight] : in_flight_)
        if (object.first == kind && (ns.empty() || object.second.ns == ns)) flight.listed = std::max(flight.listed, version);
}

bool OwnWrites::went_meanwhile(std::string_view kind, const kube::ObjectKey &key, const kube::Object &answered,
                               bool known) const {
    const auto found = in_flight_.find({std::string(kind), key});
    if (found == in_flight_.end()) return false;
    const auto &flight = found->second;
    if (flight.gone.contains(answered.uid())) return true;
    // It was made and went between two looks: a list that is newer than the write lacks it.
    const auto version = version_number(answered.resource_version());
    return !known && version != 0 && flight.listed >= version && !flight.shown.contains(answered.uid());
}

void OwnWrites::wrote(std::string_view uid, std::string_view resource_version) {
    if (uid.empty()) return;
    auto &last = written_[std::string(uid)];
    last = std::max(last, version_number(resource_version));
}

void OwnWrites::forget(std::string_view uid) {
    if (const auto found = written_.find(uid); found != written_.end()) written_.erase(found);
}

std::uint64_t OwnWrites::last(std::string_view uid) const {
    const auto found = written_.find(uid);
    return found == written_.end() ? 0 : found->second;
}

} // namespace xtn
