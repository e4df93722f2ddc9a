// Ready endpoints per Service, summed over its EndpointSlices.
#pragma once

#include "core/base/ids.hpp"
#include "kubeclient/list_watch.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace xtn::ingest {

class EndpointTable {
  public:
    struct Slice {
        kube::ObjectKey service;
        Subject subject;
        std::int64_t ready = 0;
    };
    // Returns the Service whose sum may have changed.
    kube::ObjectKey put(const std::string &uid, Slice slice) {
        auto service = slice.service;
        slices_[uid] = std::move(slice);
        return service;
    }
    std::optional<Slice> take(const std::string &uid) {
        const auto found = slices_.find(uid);
        if (found == slices_.end()) return std::nullopt;
        auto slice = std::move(found->second);
        slices_.erase(found);
        return slice;
    }
    std::int64_t ready(const kube::ObjectKey &service) const {
        std::int64_t sum = 0;
        for (const auto &[uid, slice] : slices_)
            if (slice.service == service) sum += slice.ready;
        return sum;
    }
    // Every Service with a slice.
    std::map<kube::ObjectKey, Subject> services() const {
        std::map<kube::ObjectKey, Subject> out;
        for (const auto &[uid, slice] : slices_)
            out.emplace(slice.service, slice.subject);
        return out;
    }

  private:
    std::map<std::string, Slice> slices_; // by uid; a few per runtime
};

} // namespace xtn::ingest
