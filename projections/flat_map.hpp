// A map of a few things that lie side by side, in the order of their names: going through it or searching it touches one piece of
// memory, where a tree touches a piece for each. Putting in and taking out move what lies behind.
#pragma once

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace xtn {

// As std::map<Key, T, std::less<>> as far as it goes, Key being a text; references last until the next insertion or erasure. The
// first `Within` lie in the map itself.
template <class T, std::size_t Within = 0, class Key = std::string> class FlatMap {
  public:
    using key_type = Key;
    using mapped_type = T;
    using value_type = std::pair<Key, T>;
    using Entries = std::conditional_t<Within == 0, std::vector<value_type>,
                                       boost::container::small_vector<value_type, Within == 0 ? 1 : Within>>;
    using iterator = typename Entries::iterator;
    using const_iterator = typename Entries::const_iterator;

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
        return all_.emplace(place_of(name), Key(name), T{})->second;
    }
    // The hint is of no use here.
    iterator emplace_hint(const_iterator /*hint*/, Key name, T value) {
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
        const auto rest = std::remove_if(map.begin(), map.end(), condition);
        const auto gone = static_cast<std::size_t>(map.end() - rest);
        map.all_.erase(rest, map.end());
        return gone;
    }

  private:
    static bool before(const value_type &one, std::string_view name) { return one.first < name; }
    iterator place_of(std::string_view name) { return std::lower_bound(begin(), end(), name, before); }

    Entries all_;
};

} // namespace xtn
