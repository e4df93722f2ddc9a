// A map of a few things that lie side by side, in the order of their names: going through it or searching it touches one piece of
// memory, where a tree touches a piece for each. Putting in and taking out move what lies behind.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xtn {

// As std::map<std::string, T, std::less<>> as far as it goes; references last until the next insertion or erasure.
template <class T> class FlatMap {
  public:
    using key_type = std::string;
    using mapped_type = T;
    using value_type = std::pair<std::string, T>;
    using iterator = typename std::vector<value_type>::iterator;
    using const_iterator = typename std::vector<value_type>::const_iterator;

    iterator begin() { return all_.begin(); }
    iterator end() { return all_.end(); }
    const_iterator begin() const { return all_.begin(); }
    const_iterator end() const { return all_.end(); }
    std::size_t size() const { return all_.size(); }
    bool empty() const { return all_.empty(); }
    void clear() { all_.clear(); }

    iterator find(std::string_view name) { return begin() + (std::as_const(*this).find(name) - std::as_const(*this).begin()); }
    const_iterator find(std::string_view name) const {
        constexpr std::size_t few = 8; // of which equality is found faster than order
        if (all_.size() <= few) return std::find_if(begin(), end(), [&](const value_type &one) { return one.first == name; });
        const auto at = std::lower_bound(begin(), end(), name, before);
        return at != end() && at->first == name ? at : end();
    }
    bool contains(std::string_view name) const { return find(name) != end(); }
    // Makes it where it is missing.
    T &operator[](std::string_view name) {
        if (const auto known = find(name); known != end()) return known->second;
        return all_.emplace(place_of(name), std::string(name), T{})->second;
    }
    // The hint is of no use here.
    iterator emplace_hint(const_iterator /*hint*/, std::string name, T value) {
        if (const auto known = find(name); known != end()) return known;
        const auto place = place_of(name);
        return all_.emplace(place, std::move(name), std::move(value));
    }
    iterator erase(const_iterator at) { return all_.erase(at); }
    std::size_t erase(std::string_view name) {
        const auto known = find(name);
        if (known == end()) return 0;
        all_.erase(known);
        return 1;
    }
    template <class Condition> friend std::size_t erase_if(FlatMap &map, Condition condition) {
        return std::erase_if(map.all_, condition);
    }

  private:
    static bool before(const value_type &one, std::string_view name) { return one.first < name; }
    iterator place_of(std::string_view name) { return std::lower_bound(begin(), end(), name, before); }

    std::vector<value_type> all_;
};

} // namespace xtn
