// How a projection's state becomes JSON and comes back. Each struct lists its members once, and both directions walk that list:
//
//   template <class Archive, state::Either<Busy> Self> void state_fields(Archive &archive, Self &busy) {
//       archive("running", busy.running);
//       archive("queued", busy.queued);
//   }
//
// Writing never fails. Reading is strict, for it must be exact: a member that is missing, unknown or of another type is an error,
// with its path; whoever holds a cache of the state then does without it. What the list does not name is not state: it must
// follow from what it names.
#pragma once

#include "core/base/ids.hpp"
#include "projections/by_id.hpp"
#include "projections/json_read.hpp"
#include "projections/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace xtn::state {

// A struct as the writer has it (const) or as the reader has it.
template <class Self, class T>
concept Either = std::same_as<std::remove_const_t<Self>, T>;

// A type that knows its own form: state_value(value), and read_state_value(json, value), which is false for what is none.
template <class T>
concept OwnForm = requires(T &value, const T &same, const boost::json::value &json) {
    { state_value(same) } -> std::same_as<boost::json::value>;
    { read_state_value(json, value) } -> std::same_as<bool>;
};

namespace detail {

template <class T> inline constexpr bool is_optional = false;
template <class T> inline constexpr bool is_optional<std::optional<T>> = true;
template <class T> inline constexpr bool is_by_id = false;
template <class T> inline constexpr bool is_by_id<ById<T>> = true;
template <class T>
concept MapLike = requires { typename T::mapped_type; } && !std::same_as<T, boost::json::object>;
template <class T>
concept ListLike = requires(T &list) {
    typename T::value_type;
    list.begin();
    list.size();
} && !MapLike<T> && !std::same_as<T, std::string> && !is_text<T> && !std::same_as<T, boost::json::object>;

inline boost::json::string_view key(std::string_view name) {
    return {name.data(), name.size()};
}

// Names of map members; an unnamed key type makes an array of objects that hold the key's members and the value's.
template <class K>
concept Name = std::same_as<K, std::string> || std::same_as<K, RuntimeId> || is_text<K>;
inline std::string_view name_of(const std::string &name) {
    return name;
}
inline std::string name_of(const RuntimeId &id) {
    return id.text();
}
template <std::size_t Room> std::string_view name_of(const Text<Room> &name) {
    return name.view();
}
template <std::size_t Room> bool read_name(std::string_view text, Text<Room> &name) {
    name = text;
    return true;
}
inline bool read_name(std::string_view text, std::string &name) {
    name = text;
    return true;
}
inline bool read_name(std::string_view text, RuntimeId &id) {
    auto parsed = RuntimeId::parse(text);
    if (!parsed) return false;
    id = std::move(parsed).value();
    return true;
}

inline std::optional<std::uint64_t> read_unsigned(const boost::json::value &from) {
    if (from.is_uint64()) return from.get_uint64();
    if (from.is_int64() && from.get_int64() >= 0) return static_cast<std::uint64_t>(from.get_int64());
    return std::nullopt;
}

} // namespace detail

class Writer {
  public:
    explicit Writer(boost::json::object &to) : to_(to) {}
    template <class T> void operator()(std::string_view name, const T &member) {
        if constexpr (detail::is_optional<T>) {
            if (member) put(to_[detail::key(name)], *member);
        } else {
            put(to_[detail::key(name)], member);
        }
    }
    // Members that lie in an object of their own.
    template <class List> void group(std::string_view name, const List &list) {
        boost::json::object inner;
        Writer writer(inner);
        list(writer);
        to_[detail::key(name)] = std::move(inner);
    }

    template <class T> static void put(boost::json::value &to, const T &from) {
        if constexpr (OwnForm<T>) {
            to = state_value(from);
        } else if constexpr (std::same_as<T, Seq> || std::same_as<T, Epoch>) {
            to = from.value;
        } else if constexpr (std::same_as<T, Timestamp>) {
            to = read::stamp(from);
        } else if constexpr (std::same_as<T, Digest>) {
            to = from.hex;
        } else if constexpr (std::same_as<T, RuntimeId>) {
            to = from.text();
        } else if constexpr (is_text<T>) {
            to.emplace_string() = from.view();
        } else if constexpr (detail::is_by_id<T>) {
            put_map(to, from.all());
        } else if constexpr (detail::MapLike<T>) {
            put_map(to, from);
        } else if constexpr (detail::ListLike<T>) {
            auto &array = to.emplace_array();
            array.reserve(from.size());
            for (const auto &one : from)
                put(array.emplace_back(nullptr), one);
        } else if constexpr (std::is_constructible_v<boost::json::value, const T &>) {
            to = from;
        } else {
            Writer writer(to.emplace_object());
            state_fields(writer, from);
        }
    }

  private:
    template <class T> static void put_map(boost::json::value &to, const T &from) {
        if constexpr (detail::Name<typename T::key_type>) {
            auto &object = to.emplace_object();
            object.reserve(from.size());
            for (const auto &[name, one] : from)
                put(object[detail::key(detail::name_of(name))], one);
        } else {
            auto &array = to.emplace_array();
            array.reserve(from.size());
            for (const auto &[name, one] : from) {
                Writer writer(array.emplace_back(nullptr).emplace_object());
                state_fields(writer, name);
                state_fields(writer, one);
            }
        }
    }
    boost::json::object &to_;
};

class Reader {
  public:
    explicit Reader(const boost::json::object &from) : from_(from) {}

    template <class T> void operator()(std::string_view name, T &member) {
        if (!trouble_.empty()) return;
        const auto *value = from_.if_contains(detail::key(name));
        if (value != nullptr) ++known_;
        if constexpr (detail::is_optional<T>) {
            member.reset();
            if (value != nullptr) take(name, *value, member.emplace());
        } else if (value == nullptr) {
            fail(name, "is missing");
        } else {
            take(name, *value, member);
        }
    }
    template <class List> void group(std::string_view name, const List &list) {
        if (!trouble_.empty()) return;
        const auto *value = from_.if_contains(detail::key(name));
        if (value == nullptr || !value->is_object()) return fail(name, "is not an object");
        ++known_;
        Reader inner(value->get_object());
        list(inner);
        if (auto trouble = inner.trouble(); !trouble.empty()) trouble_ = "/" + std::string(name) + trouble;
    }
    // Empty: every member was read, and there is no other. Else the path, and what is wrong there.
    std::string trouble() const {
        if (trouble_.empty() && known_ != from_.size()) return " has members that are not known";
        return trouble_;
    }

    template <class T> static std::string get(const boost::json::value &from, T &to) {
        if constexpr (OwnForm<T>) {
            return read_state_value(from, to) ? "" : " has another form";
        } else if constexpr (std::same_as<T, bool>) {
            if (!from.is_bool()) return " is not true or false";
            to = from.get_bool();
        } else if constexpr (std::same_as<T, std::int64_t>) {
            if (!from.is_int64()) return " is not an integer";
            to = from.get_int64();
        } else if constexpr (std::same_as<T, std::uint64_t>) {
            const auto number = detail::read_unsigned(from);
            if (!number) return " is not a positive integer";
            to = *number;
        } else if constexpr (std::same_as<T, Seq> || std::same_as<T, Epoch>) {
            return get(from, to.value);
        } else if constexpr (std::same_as<T, Timestamp>) {
            return get_time(from, to);
        } else if constexpr (std::same_as<T, Digest>) {
            return get(from, to.hex);
        } else if constexpr (std::same_as<T, RuntimeId>) {
            return from.is_string() && detail::read_name(read::view(from), to) ? "" : " is not <namespace>/<name>";
        } else if constexpr (std::same_as<T, std::string> || is_text<T>) {
            if (!from.is_string()) return " is not a text";
            to = read::view(from);
        } else if constexpr (std::same_as<T, boost::json::object>) {
            if (!from.is_object()) return " is not an object";
            to = from.get_object();
        } else if constexpr (detail::is_by_id<T>) {
            typename T::Map map;
            if (auto trouble = get_map(from, map); !trouble.empty()) return trouble;
            to.assign(std::move(map));
        } else if constexpr (detail::MapLike<T>) {
            return get_map(from, to);
        } else if constexpr (detail::ListLike<T>) {
            return get_list(from, to);
        } else {
            if (!from.is_object()) return " is not an object";
            Reader reader(from.get_object());
            state_fields(reader, to);
            return reader.trouble();
        }
        return {};
    }

  private:
    static std::string get_time(const boost::json::value &from, Timestamp &to) {
        if (!from.is_string()) return " is not a time";
        to = Timestamp{};
        if (from.get_string().empty()) return {};
        const auto parsed = Timestamp::parse(read::view(from));
        if (!parsed) return " is not a time";
        to = parsed.value();
        return {};
    }
    template <class T> static std::string get_list(const boost::json::value &from, T &to) {
        if (!from.is_array()) return " is not an array";
        to.clear();
        std::size_t place = 0;
        for (const auto &value : from.get_array()) {
            typename T::value_type one{};
            if (auto trouble = get(value, one); !trouble.empty()) return "/" + std::to_string(place) + trouble;
            to.insert(to.end(), std::move(one));
            if (to.size() != ++place) return " holds a member twice";
        }
        return {};
    }
    template <class T> static std::string get_map(const boost::json::value &from, T &to) {
        to.clear();
        if constexpr (detail::Name<typename T::key_type>) {
            if (!from.is_object()) return " is not an object";
            for (const auto &member : from.get_object()) {
                const std::string_view name(member.key().data(), member.key().size());
                typename T::key_type key;
                if (!detail::read_name(name, key)) return "/" + std::string(name) + " has no such name";
                // Members come in the order of their names, as canonical JSON has them.
                auto &one = to.emplace_hint(to.end(), std::move(key), typename T::mapped_type{})->second;
                if (auto trouble = get(member.value(), one); !trouble.empty()) return "/" + std::string(name) + trouble;
            }
        } else {
            if (!from.is_array()) return " is not an array";
            std::size_t place = 0;
            for (const auto &value : from.get_array()) {
                const auto here = "/" + std::to_string(place++);
                if (!value.is_object()) return here + " is not an object";
                typename T::key_type key;
                typename T::mapped_type one{};
                Reader reader(value.get_object());
                state_fields(reader, key);
                state_fields(reader, one);
                if (auto trouble = reader.trouble(); !trouble.empty()) return here + trouble;
                to.emplace_hint(to.end(), std::move(key), std::move(one));
                if (to.size() != place) return " holds a member twice";
            }
        }
        return {};
    }

    template <class T> void take(std::string_view name, const boost::json::value &from, T &to) {
        if (auto trouble = get(from, to); !trouble.empty()) trouble_ = "/" + std::string(name) + trouble;
    }
    void fail(std::string_view name, std::string_view what) { trouble_ = "/" + std::string(name) + " " + std::string(what); }

    const boost::json::object &from_;
    std::size_t known_ = 0;
    std::string trouble_;
};

template <class T> boost::json::object to_object(const T &from) {
    boost::json::object out;
    Writer writer(out);
    state_fields(writer, from);
    return out;
}
template <class T> boost::json::object to_object_of(const T &map) {
    boost::json::value out;
    Writer::put(out, map);
    return std::move(out.get_object());
}
// Errors: data_corrupted, with the path.
template <class T> Status from_value(const boost::json::value &from, T &to) {
    if (auto trouble = Reader::get(from, to); !trouble.empty()) return make_error(Code::data_corrupted, "state:" + trouble);
    return ok();
}

} // namespace xtn::state
