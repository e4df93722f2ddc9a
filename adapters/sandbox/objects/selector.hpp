// Label and field selectors of list, watch and delete-collection requests.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
#pragma once

#include "adapters/sandbox/objects/kind.hpp"
#include "core/base/result.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::sandbox::objects {

class LabelSelector {
  public:
    // "a=b,c!=d,e in (f,g),!h,i>5". Empty: everything. Errors: invalid_argument with a real server's text ("unable to parse
    // requirement: ...").
    static Result<LabelSelector> parse(std::string_view text);
    // A LabelSelector object (matchLabels, matchExpressions); an empty one selects everything.
    static Result<LabelSelector> from_object(const boost::json::object &selector);
    // By the object's metadata.labels.
    bool matches(const boost::json::object &object) const;
    bool matches_labels(const boost::json::object *labels) const;
    bool everything() const { return requirements_.empty(); }
    // Sorted by key, as Kubernetes prints selectors ("a=b,c notin (d)").
    std::string text() const;

  private:
    enum class Op { exists, absent, in, not_in, equals, not_equals, greater, less };
    struct Requirement {
        std::string key;
        Op op;
        std::vector<std::string> values;
    };
    std::vector<Requirement> requirements_;
    friend class LabelParser;
};

class FieldSelector {
  public:
    // "metadata.name=a,status.phase!=Running". Errors: invalid_argument with a real server's text (unknown label for the kind:
    // `field label not supported: spec.x`).
    static Result<FieldSelector> parse(const Kind &kind, std::string_view text);
    bool matches(const boost::json::object &object) const;
    bool everything() const { return terms_.empty(); }
    // The name that metadata.name= asks for, if it does.
    std::optional<std::string> name() const;

  private:
    struct Term {
        std::string label;
        std::string path; // of the field
        std::string value;
        bool equal;
    };
    std::vector<Term> terms_;
};

// The text at a dotted path ("involvedObject.name", ".spec.nodeName"), "" when absent; booleans and numbers as text.
std::string field_text(const boost::json::object &object, std::string_view path);

} // namespace xtn::sandbox::objects
