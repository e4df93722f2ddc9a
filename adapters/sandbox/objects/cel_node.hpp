// The parsed form of an expression; for cel_parse.cpp and cel_eval.cpp only.
#pragma once

#include "adapters/sandbox/objects/cel.hpp"

#include <boost/json/value.hpp>

#include <memory>
#include <string>
#include <vector>

namespace xtn::sandbox::objects {

struct CelNode {
    enum class Form {
        literal,  // value
        variable, // name
        member,   // children[0].name
        index,    // children[0][children[1]]
        list,     // [children...]
        unary,    // name: "!" or "-"
        binary,   // name: the operator
        ternary,  // children[0] ? children[1] : children[2]
        call,     // name(children...); a method's receiver is the first
        has,      // has(children[0]), which is a member
        macro,    // children[0].name(variable, children[1]); name: all, exists, exists_one, filter, map
    };
    Form form;
    std::string name;
    std::string variable; // of a macro
    boost::json::value value;
    std::vector<std::shared_ptr<const CelNode>> children;
};

} // namespace xtn::sandbox::objects
