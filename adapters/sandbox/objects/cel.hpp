// The part of the Common Expression Language that validation rules of CRDs use: operators, has(), size(), the list macros (all,
// exists, exists_one, filter, map), text functions. What is beyond it is refused when the rule is read, never skipped.
// https://kubernetes.io/docs/reference/using-api/cel/
#pragma once

#include "core/base/result.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace xtn::sandbox::objects {

struct CelNode;

// A parsed expression; read-only, shared between threads.
class CelProgram {
  public:
    // Errors: invalid_argument (syntax, with the position), unsupported (a function or form we do not have, by name).
    static Result<std::shared_ptr<const CelProgram>> parse(std::string_view expression);
    // `variables` by name (self, oldSelf). Errors: invalid_argument ("no such key: x", no matching overload, cost).
    Result<boost::json::value> evaluate(const boost::json::object &variables) const;
    // Whether the variable occurs.
    bool mentions(std::string_view variable) const;

  private:
    explicit CelProgram(std::shared_ptr<const CelNode> root) : root_(std::move(root)) {}
    std::shared_ptr<const CelNode> root_;
};

} // namespace xtn::sandbox::objects
