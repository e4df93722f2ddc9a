// Collects broken rules in the wording of admission (spec 10 §7.4).
#pragma once

#include "core/model/xtrinode.hpp"

#include <boost/json/value.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xtn {

class FieldReport {
  public:
    std::vector<FieldError> errors;
    std::vector<std::string> warnings;

    void required(std::string field, std::string_view detail);
    void invalid(std::string field, const boost::json::value &value, std::string_view detail);
    void invalid(std::string field, std::string_view value, std::string_view detail) {
        invalid(std::move(field), boost::json::value(value), detail);
    }
    void unsupported(std::string field, std::string_view value, std::initializer_list<std::string_view> supported);
    void forbidden(std::string field, std::string_view detail);
    void warn(std::string text) { warnings.push_back(std::move(text)); }
};

} // namespace xtn
