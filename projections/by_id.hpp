// Something for each runtime: in the order of their names for whoever goes through all of them, and found at once by whoever
// knows the name, however many there are (a search in a tree of ten thousand touches memory that no cache holds, at each step).
// The index is never gone through, so its order shows nowhere.
#pragma once

#include "core/base/ids.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace xtn {

template <class T> class ById {
  public:
    using Map = std::map<RuntimeId, T>;

    ById() = default;
    ById(ById &&) noexcept = default;
    ById &operator=(ById &&) noexcept = default;
    ById(const ById &) = delete; // the index refers to this map's own nodes
    ById &operator=(const ById &) = delete;
    ~ById() = default;

    const Map &all() const { return map_; }
    std::size_t size() const { return map_.size(); }
    bool contains(const RuntimeId &id) const { return find(id) != nullptr; }
    // nullptr: there is none.
    const T *find(const RuntimeId &id) const {
        const auto place = place_of(id);
        return place == none ? nullptr : &slots_[place].node->second;
    }
    T *find(const RuntimeId &id) {
        const auto place = place_of(id);
        return place == none ? nullptr : &slots_[place].node->second;
    }
    // Makes it where it is missing.
    T &operator[](const RuntimeId &id) {
        if (auto *found = find(id)) return *found;
        auto &node = *map_.try_emplace(id).first;
        if (2 * map_.size() > slots_.size())
            reindex();
        else
            insert(&node);
        return node.second;
    }
    void erase(const RuntimeId &id) {
        auto hole = place_of(id);
        if (hole == none) return;
        map_.erase(id);
        // What was pushed on by the one that goes moves up, so that no search ends too early.
        const auto mask = slots_.size() - 1;
        for (auto next = (hole + 1) & mask; slots_[next].node != nullptr; next = (next + 1) & mask) {
            const auto home = slots_[next].hash & mask;
            if (((next - home) & mask) < ((next - hole) & mask)) continue;
            slots_[hole] = slots_[next];
            hole = next;
        }
        slots_[hole] = {};
    }
    // Takes all of them, in place of what was there.
    void assign(Map map) {
        map_ = std::move(map);
        reindex();
    }

  private:
    using Node = typename Map::value_type;
    struct Slot {
        std::uint64_t hash = 0;
        Node *node = nullptr;
    };
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    // FNV-1a.
    static std::uint64_t hash_of(const RuntimeId &id) {
        std::uint64_t hash = 14'695'981'039'346'656'037U;
        const auto add = [&hash](unsigned char byte) { hash = (hash ^ byte) * 1'099'511'628'211U; };
        for (const char c : id.ns)
            add(static_cast<unsigned char>(c));
        add('/');
        for (const char c : id.name)
            add(static_cast<unsigned char>(c));
        return hash ^ hash >> 32;
    }
    std::size_t place_of(const RuntimeId &id) const {
        if (slots_.empty()) return none;
        const auto hash = hash_of(id);
        const auto mask = slots_.size() - 1;
        for (auto at = hash & mask; slots_[at].node != nullptr; at = (at + 1) & mask)
            if (slots_[at].hash == hash && slots_[at].node->first == id) return at;
        return none;
    }
    void insert(Node *node) {
        const auto hash = hash_of(node->first);
        const auto mask = slots_.size() - 1;
        auto at = hash & mask;
        while (slots_[at].node != nullptr)
            at = (at + 1) & mask;
        slots_[at] = {hash, node};
    }
    void reindex() {
        constexpr std::size_t least = 16;
        slots_.assign(std::bit_ceil(std::max(least, 4 * map_.size())), {});
        for (auto &node : map_)
            insert(&node);
    }

    Map map_;
    std::vector<Slot> slots_; // open addressing; a power of two, at most half of them taken
};

} // namespace xtn
