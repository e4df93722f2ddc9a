// Total reads from payloads: a member that is absent or of another type reads as the fallback. Folds must never fail.
#pragma once

#include "core/base/ids.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::read {

inline const boost::json::value *member(const boost::json::object &from, std::string_view name) {
    return from.if_contains(boost::json::string_view(name.data(), name.size()));
}

inline std::string_view view(const boost::json::value &value) {
    return value.is_string() ? std::string_view(value.get_string().data(), value.get_string().size()) : std::string_view();
}

// As text(), while `from` lasts.
inline std::string_view view_of(const boost::json::object &from, std::string_view name) {
    const auto *value = member(from, name);
    return value == nullptr ? std::string_view() : view(*value);
}

inline std::string text(const boost::json::object &from, std::string_view name) {
    const auto *value = member(from, name);
    return value == nullptr ? std::string() : std::string(view(*value));
}

inline std::int64_t integer(const boost::json::object &from, std::string_view name, std::int64_t fallback = 0) {
    const auto *value = member(from, name);
    return value != nullptr && value->is_int64() ? value->get_int64() : fallback;
}

inline bool boolean(const boost::json::object &from, std::string_view name, bool fallback = false) {
    const auto *value = member(from, name);
    return value != nullptr && value->is_bool() ? value->get_bool() : fallback;
}

// The same of one payload after the other, for who asks for many of its members: each is looked for from where the last one was
// found, so that asking in the order of the names, which is that of a stored payload, is one walk for all of them. Any other
// order finds the same.
class Walk {
  public:
    explicit Walk(const boost::json::object &from) : from_(from), at_(from.begin()) {}

    const boost::json::value *member(std::string_view name) {
        const auto is_it = [&](const boost::json::key_value_pair &one) {
            return one.key().size() == name.size() &&
                   std::char_traits<char>::compare(one.key().data(), name.data(), name.size()) == 0;
        };
        auto found = std::find_if(at_, from_.end(), is_it);
        if (found == from_.end()) {
            found = std::find_if(from_.begin(), at_, is_it);
            if (found == at_) return nullptr;
        }
        at_ = found + 1;
        return &found->value();
    }
    std::string_view text(std::string_view name) {
        const auto *value = member(name);
        return value == nullptr ? std::string_view() : view(*value);
    }
    std::int64_t integer(std::string_view name, std::int64_t fallback = 0) {
        const auto *value = member(name);
        return value != nullptr && value->is_int64() ? value->get_int64() : fallback;
    }
    bool boolean(std::string_view name, bool fallback = false) {
        const auto *value = member(name);
        return value != nullptr && value->is_bool() ? value->get_bool() : fallback;
    }

  private:
    const boost::json::object &from_;
    boost::json::object::const_iterator at_;
};

inline const boost::json::object *object(const boost::json::object &from, std::string_view name) {
    const auto *value = member(from, name);
    return value == nullptr ? nullptr : value->if_object();
}

inline const boost::json::array *array(const boost::json::object &from, std::string_view name) {
    const auto *value = member(from, name);
    return value == nullptr ? nullptr : value->if_array();
}

// Texts of an array; elements of another type are left out.
inline std::vector<std::string> texts(const boost::json::object &from, std::string_view name) {
    std::vector<std::string> all;
    if (const auto *elements = array(from, name))
        for (const auto &element : *elements)
            if (element.is_string()) all.emplace_back(view(element));
    return all;
}

// Epoch of 1970 when absent or malformed.
inline Timestamp time(const boost::json::object &from, std::string_view name) {
    const auto parsed = Timestamp::parse(text(from, name));
    return parsed.ok() ? parsed.value() : Timestamp{};
}

// The fraction of a second that RFC 3339 in Kubernetes objects does not have stays here: state keeps nanoseconds.
inline std::string stamp(Timestamp at) {
    return at.nanos == 0 ? std::string() : at.rfc3339();
}

inline boost::json::array strings(const std::vector<std::string> &all) {
    boost::json::array out;
    for (const auto &one : all)
        out.emplace_back(one);
    return out;
}

} // namespace xtn::read
