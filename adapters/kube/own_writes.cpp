#include "adapters/kube/own_writes.hpp"

#include <algorithm>
#include <charconv>

namespace xtn {

std::uint64_t version_number(std::string_view text) {
    std::uint64_t n = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
    return ec == std::errc() && end == text.data() + text.size() ? n : 0;
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
