// Where two JSON values part.
#pragma once

#include <boost/json/value.hpp>

#include <optional>
#include <string>

namespace xtn::audit {

struct Difference {
    std::string path; // JSON pointer; empty: the whole
    std::string left; // canonical text, cut; "(absent)"
    std::string right;
};
// The first one in document order; nothing when equal.
std::optional<Difference> first_difference(const boost::json::value &left, const boost::json::value &right);

} // namespace xtn::audit
