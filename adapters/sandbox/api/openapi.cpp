#include "adapters/sandbox/api/openapi.hpp"

#include "adapters/sandbox/api/answers.hpp"

namespace xtn::sandbox {

netkit::Response OpenApi::answer(std::string_view, std::string_view, const netkit::Request &) {
    return page_not_found();
}

} // namespace xtn::sandbox
