#include "adapters/kube/ingest/writers.hpp"

#include "core/base/utf8.hpp"

#include <algorithm>

namespace xtn::ingest {

namespace {

constexpr std::size_t longest_name = 256; // of an event's actor

bool printable(std::string_view name) {
    return name.size() <= longest_name && valid_utf8(name) &&
           std::none_of(name.begin(), name.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
}

} // namespace

std::vector<std::string> writers(const kube::Object &object) {
    std::vector<const kube::FieldOwner *> by_time;
    for (const auto &owner : object.owners)
        if (owner.subresource != "status" && !owner.manager.empty() && printable(owner.manager)) by_time.push_back(&owner);
    // Entries of one second keep the server's order: all point into one array.
    std::sort(by_time.begin(), by_time.end(),
              [](const auto *a, const auto *b) { return a->time != b->time ? a->time < b->time : a < b; });
    std::vector<std::string> out;
    for (const auto *owner : by_time) {
        std::erase(out, owner->manager);
        out.push_back(owner->manager);
    }
    return out;
}

std::string last_writer(const kube::Object &object, std::initializer_list<std::string_view> but) {
    auto all = writers(object);
    std::erase_if(all, [&but](const std::string &name) { return std::find(but.begin(), but.end(), name) != but.end(); });
    return all.empty() ? std::string() : std::move(all.back());
}

} // namespace xtn::ingest
