// Something for each runtime: in the order of their names for whoever goes through all of them, and found at once by whoever
// knows the name, however many there are (a search in a tree of ten thousand touches memory that no cache holds, at each step).
// The index is never gone through, so its order shows nowhere.
#pragma once

#include "core/base/ids.hpp"
#include "projections/node_memory.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <memory_resource>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xtn {

// A runtime's name and its hash, worked out once for all the tables that are asked about it.
struct HashedId {
    explicit HashedId(const RuntimeId &named) : id(named), hash(hash_of(named)) {} // `named` stays where it is meanwhile

    const RuntimeId &id;
    const std::uint64_t hash;

    // Eight bytes at a time; the lengths keep "a/bc" and "ab/c" apart.
    static std::uint64_t hash_of(const RuntimeId &of) { return hash_of(of.ns, of.name); }
    static std::uint64_t hash_of(std::string_view ns, std::string_view name) {
        std::uint64_t hash = ns.size() << 32 | name.size();
        const auto add = [&hash](std::uint64_t word) {
            hash = (hash ^ word) * 0x9E3779B97F4A7C15U;
            hash ^= hash >> 32;
        };
        for (const auto text : {ns, name}) {
            std::size_t at = 0;
            std::uint64_t word = 0;
            for (; at + sizeof word <= text.size(); at += sizeof word) {
                std::memcpy(&word, text.data() + at, sizeof word);
                add(word);
            }
            if (at == text.size()) continue;
            word = 0;
            std::memcpy(&word, text.data() + at, text.size() - at);
            add(word);
        }
        return hash;
    }
};

template <class T> class ById {
  public:
    using Map = std::pmr::map<RuntimeId, T>;

    ById() = default;
    // One that was moved from is good for nothing but to be assigned to.
    ById(ById &&) noexcept = default;
    ById &operator=(ById &&other) noexcept {
        map_ = std::move(other.map_); // before the memory that its nodes lie in
        memory_ = std::move(other.memory_);
        slots_ = std::move(other.slots_);
        return *this;
    }
    ById(const ById &) = delete;
    ById &operator=(const ById &) = delete;
    ~ById() = default;

    const Map &all() const { return *map_; }
    std::size_t size() const { return map_->size(); }
    bool contains(const RuntimeId &id) const { return find(id) != nullptr; }
    // nullptr: there is none.
    const T *find(const HashedId &id) const {
        const auto place = place_of(id);
        return place == none ? nullptr : &slots_[place].node->second;
    }
    T *find(const HashedId &id) {
        const auto place = place_of(id);
        return place == none ? nullptr : &slots_[place].node->second;
    }
    const T *find(const RuntimeId &id) const { return find(HashedId(id)); }
    T *find(const RuntimeId &id) { return find(HashedId(id)); }
    // What find() will look at first: fetched while the caller does something else.
    void expect(std::uint64_t hash) const {
        if (!slots_.empty()) __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]);
    }
    // Behind expect(): a stretch of bytes of what will be found, if it is.
    void fetch(std::uint64_t hash, std::size_t from, std::size_t to) const {
        if (slots_.empty()) return;
        const auto mask = slots_.size() - 1;
        auto place = hash & mask;
        while (slots_[place].node != nullptr && slots_[place].hash != hash)
            place = (place + 1) & mask;
        if (slots_[place].node == nullptr) return;
        constexpr std::size_t line = 64;
        const auto *object = reinterpret_cast<const char *>(&slots_[place].node->second);
        for (std::size_t at = from; at < to; at += line)
            __builtin_prefetch(object + at);
        __builtin_prefetch(object + to - 1); // an object does not begin where a line does
    }
    // Makes it where it is missing.
    T &operator[](const RuntimeId &id) {
        if (auto *found = find(id)) return *found;
        auto &node = *map_->try_emplace(id).first;
        if (2 * map_->size() > slots_.size())
            reindex();
        else
            insert(&node);
        return node.second;
    }
    void erase(const RuntimeId &id) {
        auto hole = place_of(HashedId(id));
        if (hole == none) return;
        map_->erase(id);
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
        map_->clear();
        for (auto &[id, one] : map)
            map_->emplace_hint(map_->end(), id, std::move(one));
        reindex();
    }

  private:
    using Node = typename Map::value_type;
    // One line of the cache: whom it is of can be told without a look at the node and at its texts.
    struct alignas(64) Slot {
        std::uint64_t hash = 0;
        Node *node = nullptr;
        std::uint8_t ns_size = 0, name_size = 0; // both 0: too long, see the node
        std::array<char, 46> text{};

        bool is(const RuntimeId &id) const {
            if (name_size == 0) return node->first == id;
            return ns_size == id.ns.size() && name_size == id.name.size() &&
                   std::memcmp(text.data(), id.ns.data(), ns_size) == 0 &&
                   std::memcmp(text.data() + ns_size, id.name.data(), name_size) == 0;
        }
        void set_text(const RuntimeId &id) {
            if (id.ns.size() + id.name.size() > text.size()) return;
            ns_size = static_cast<std::uint8_t>(id.ns.size());
            name_size = static_cast<std::uint8_t>(id.name.size());
            std::memcpy(text.data(), id.ns.data(), id.ns.size());
            std::memcpy(text.data() + id.ns.size(), id.name.data(), id.name.size());
        }
    };
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    std::size_t place_of(const HashedId &id) const {
        if (slots_.empty()) return none;
        const auto mask = slots_.size() - 1;
        for (auto at = id.hash & mask; slots_[at].node != nullptr; at = (at + 1) & mask)
            if (slots_[at].hash == id.hash && slots_[at].is(id.id)) return at;
        return none;
    }
    void insert(Node *node) {
        const auto hash = HashedId::hash_of(node->first);
        const auto mask = slots_.size() - 1;
        auto at = hash & mask;
        while (slots_[at].node != nullptr)
            at = (at + 1) & mask;
        slots_[at] = {hash, node, 0, 0, {}};
        slots_[at].set_text(node->first);
    }
    void reindex() {
        constexpr std::size_t least = 16;
        slots_.assign(std::bit_ceil(std::max(least, 4 * map_->size())), {});
        for (auto &node : *map_)
            insert(&node);
    }

    std::unique_ptr<NodeMemory> memory_ = std::make_unique<NodeMemory>();
    std::unique_ptr<Map> map_ =
        std::make_unique<Map>(memory_->resource());  // its nodes, which slots_ refers to, stay where they are
    std::pmr::vector<Slot> slots_{memory_->large()}; // open addressing; a power of two, at most half of them taken
};

} // namespace xtn
