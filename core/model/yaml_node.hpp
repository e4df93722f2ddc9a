// A YAML document as a tree that still knows where each value stood and how it was written. Readers that need exact text or
// positions (route tables, error messages) use this; everybody else uses yaml.hpp.
#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xtn {

// What a plain scalar means by the YAML 1.1 rules of Go's YAML reader, which kubectl uses. Quoted scalars are always strings.
struct YamlScalar {
    enum class Type { null, boolean, integer, unsigned_integer, floating, string };
    Type type = Type::string;
    bool boolean = false;
    std::int64_t integer = 0;
    std::uint64_t unsigned_integer = 0; // only when it does not fit `integer`
    std::string number;                 // floating: a valid JSON number, the text as written where it is one
};
// Never fails: what is nothing else is a string. Infinity and not-a-number are strings here; yaml.cpp refuses them.
YamlScalar resolve_plain(std::string_view text);

struct YamlMember;

struct YamlNode {
    enum class Kind { scalar, sequence, mapping };
    Kind kind = Kind::scalar;
    int line = 0; // 1-based
    int column = 0;
    std::string text;                // scalar: decoded text
    bool plain = false;              // scalar: neither quoted nor block, nor tagged as string
    std::string tag;                 // explicit tag, else empty
    std::vector<YamlNode> items;     // sequence
    std::vector<YamlMember> members; // mapping, in the order of the text, keys unique

    YamlNode();
    YamlNode(const YamlNode &);
    YamlNode(YamlNode &&) noexcept;
    YamlNode &operator=(const YamlNode &);
    YamlNode &operator=(YamlNode &&) noexcept;
    ~YamlNode();

    YamlScalar scalar() const;                        // meaning of a scalar node
    const YamlNode *find(std::string_view key) const; // member of a mapping by key text
    std::string place() const;                        // "line 3, column 7"
};

struct YamlMember {
    YamlNode key;
    YamlNode value;
};

inline constexpr std::size_t max_yaml_nodes = 100'000; // aliases count each time they are used
inline constexpr std::size_t max_yaml_depth = 64;

// All documents of a stream, empty ones left out. Errors: invalid_argument with line and column: not UTF-8, not YAML, duplicate
// key, key that is a list, map or null, more nodes or deeper nesting than the bounds above.
Result<std::vector<YamlNode>> parse_yaml(std::string_view text);

} // namespace xtn
