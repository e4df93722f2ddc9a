// The OpenAPI documents of what is served: v3 per group version, v2 as one document (JSON, and protobuf for kubectl below 1.27).
#pragma once

#include "adapters/sandbox/api/registry.hpp"
#include "core/base/mutex.hpp"

#include "netkit/http_message.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace xtn::sandbox {

class OpenApi {
  public:
    explicit OpenApi(const Registry &registry) : registry_(registry) {}

    // Any path below /openapi/. Thread-safe; documents are made at the first request after a change of what is served.
    netkit::Response answer(std::string_view path, std::string_view accept, const netkit::Request &request);

  private:
    struct Text {
        std::string bytes;
        std::string etag;
    };
    // The document of that name, made by `make` unless it is there for the current generation.
    template <class Make> Text cached(const std::string &name, Make make);

    const Registry &registry_;
    Mutex mutex_;
    std::uint64_t generation_ XTN_GUARDED_BY(mutex_) = 0;
    std::map<std::string, Text> texts_ XTN_GUARDED_BY(mutex_);
};

} // namespace xtn::sandbox
