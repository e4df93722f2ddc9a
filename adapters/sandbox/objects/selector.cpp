#include "adapters/sandbox/objects/selector.hpp"

#include "adapters/sandbox/objects/json_util.hpp"

#include <algorithm>

namespace xtn::sandbox::objects {

namespace json = boost::json;

// Reads "a=b,c in (d,e),!f" token by token.
class LabelParser {
  public:
    explicit LabelParser(std::string_view text) : text_(text) {}

    Result<LabelSelector> parse() {
        LabelSelector out;
        skip_space();
        while (!rest().empty()) {
            auto requirement = read_requirement();
            if (!requirement.ok()) return std::move(requirement).error();
            out.requirements_.push_back(std::move(*requirement));
            skip_space();
            if (rest().empty()) break;
            if (!take(",")) return unexpected("',' or 'end of string'");
            skip_space();
            if (rest().empty()) return make_error(Code::invalid_argument, "found '', expected: identifier after ','");
        }
        std::sort(out.requirements_.begin(), out.requirements_.end(), [](const auto &a, const auto &b) { return a.key < b.key; });
        return out;
    }

  private:
    using Op = LabelSelector::Op;

    std::string_view rest() const { return text_.substr(at_); }
    void skip_space() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t'))
            ++at_;
    }
    bool take(std::string_view token) {
        if (!rest().starts_with(token)) return false;
        at_ += token.size();
        return true;
    }
    std::string_view word() {
        skip_space();
        const auto end = std::min(rest().find_first_of(" \t,=!()<>"), rest().size());
        const auto out = rest().substr(0, end);
        at_ += end;
        return out;
    }
    Error unexpected(std::string_view wanted) {
        const auto found =
            rest().empty() ? std::string() : std::string(rest().substr(0, std::max<std::size_t>(word().size(), 1)));
        return make_error(Code::invalid_argument, "found '" + found + "', expected: " + std::string(wanted));
    }

    Result<LabelSelector::Requirement> read_requirement() {
        if (rest().starts_with("!") && !rest().starts_with("!=")) {
            take("!");
            const auto key = word();
            if (auto bad = key_error(key)) return *bad;
            return LabelSelector::Requirement{std::string(key), Op::absent, {}};
        }
        const auto key = word();
        if (key.empty()) return unexpected("!, identifier, or 'end of string'");
        if (auto bad = key_error(key)) return *bad;
        skip_space();
        LabelSelector::Requirement out{std::string(key), Op::exists, {}};
        if (rest().empty() || rest().starts_with(",")) return out;
        if (take("==") || take("=")) return with_value(std::move(out), Op::equals);
        if (take("!=")) return with_value(std::move(out), Op::not_equals);
        if (take(">")) return with_value(std::move(out), Op::greater);
        if (take("<")) return with_value(std::move(out), Op::less);
        const auto before = at_;
        const auto op = word();
        if (op == "in" || op == "notin") return with_set(std::move(out), op == "in" ? Op::in : Op::not_in);
        at_ = before;
        return unexpected("in, notin, =, ==, !=, gt, lt");
    }

    Result<LabelSelector::Requirement> with_value(LabelSelector::Requirement out, Op op) {
        out.op = op;
        out.values.emplace_back(word());
        if (op == Op::greater || op == Op::less) {
            const auto &v = out.values.front();
            if (!parse_number<std::int64_t>(v))
                return make_error(Code::invalid_argument, "values[0][" + out.key + "]: Invalid value: " + go_quoted(v) +
                                                              ": for 'Gt', 'Lt' operators, the value must be an integer");
            return out;
        }
        if (auto bad = value_error(out)) return *bad;
        return out;
    }

    Result<LabelSelector::Requirement> with_set(LabelSelector::Requirement out, Op op) {
        out.op = op;
        skip_space();
        if (!take("(")) return unexpected("'('");
        while (true) {
            out.values.emplace_back(word());
            skip_space();
            if (take(",")) continue;
            if (take(")")) break;
            return unexpected("',', or ')'");
        }
        if (auto bad = value_error(out)) return *bad;
        return out;
    }

    static std::optional<Error> key_error(std::string_view key) {
        const auto errors = qualified_name_errors(key);
        if (errors.empty()) return std::nullopt;
        return make_error(Code::invalid_argument, "key: Invalid value: " + go_quoted(key) + ": " + errors.front());
    }
    static std::optional<Error> value_error(const LabelSelector::Requirement &r) {
        for (std::size_t i = 0; i < r.values.size(); ++i)
            if (const auto errors = label_value_errors(r.values[i]); !errors.empty())
                return make_error(Code::invalid_argument, "values[" + std::to_string(i) + "][" + r.key + "]: Invalid value: " +
                                                              go_quoted(r.values[i]) + ": " + errors.front());
        return std::nullopt;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

Result<LabelSelector> LabelSelector::parse(std::string_view text) {
    auto out = LabelParser(text).parse();
    if (!out.ok()) return make_error(Code::invalid_argument, "unable to parse requirement: " + out.error().message);
    return out;
}

Result<LabelSelector> LabelSelector::from_object(const json::object &selector) {
    LabelSelector out;
    if (const auto *labels = find_object(selector, "matchLabels"))
        for (const auto &label : *labels)
            out.requirements_.push_back({std::string(label.key()),
                                         Op::equals,
                                         {label.value().is_string() ? std::string(label.value().get_string()) : std::string()}});
    if (const auto *expressions = find_array(selector, "matchExpressions")) {
        for (const auto &value : *expressions) {
            const auto *e = value.if_object();
            if (!e) return make_error(Code::invalid_argument, "matchExpressions must hold objects");
            constexpr std::pair<std::string_view, Op> operators[] = {
                {"In", Op::in}, {"NotIn", Op::not_in}, {"Exists", Op::exists}, {"DoesNotExist", Op::absent}};
            const auto name = find_string(*e, "operator");
            const auto *op =
                std::find_if(std::begin(operators), std::end(operators), [&](const auto &o) { return o.first == name; });
            if (op == std::end(operators))
                return make_error(Code::invalid_argument, go_quoted(name) + " is not a valid label selector operator");
            Requirement r{std::string(find_string(*e, "key")), op->second, {}};
            if (const auto *values = find_array(*e, "values"))
                for (const auto &v : *values)
                    if (v.is_string()) r.values.emplace_back(v.get_string());
            out.requirements_.push_back(std::move(r));
        }
    }
    std::sort(out.requirements_.begin(), out.requirements_.end(), [](const auto &a, const auto &b) { return a.key < b.key; });
    return out;
}

bool LabelSelector::matches(const json::object &object) const {
    const auto *m = meta_of(object);
    return matches_labels(m ? find_object(*m, "labels") : nullptr);
}

bool LabelSelector::matches_labels(const json::object *labels) const {
    return std::all_of(requirements_.begin(), requirements_.end(), [&](const Requirement &r) {
        const auto *value = labels ? labels->if_contains(r.key) : nullptr;
        const auto text = value && value->is_string() ? std::string(value->get_string()) : std::string();
        const bool listed = std::find(r.values.begin(), r.values.end(), text) != r.values.end();
        const auto number = parse_number<std::int64_t>;
        switch (r.op) {
        case Op::exists:
            return value != nullptr;
        case Op::absent:
            return value == nullptr;
        case Op::in:
        case Op::equals:
            return value && listed;
        case Op::not_in:
        case Op::not_equals:
            return !value || !listed;
        case Op::greater:
            return value && number(text) && *number(text) > *number(r.values.front());
        case Op::less:
            return value && number(text) && *number(text) < *number(r.values.front());
        }
        return false;
    });
}

std::string LabelSelector::text() const {
    std::string out;
    for (const auto &r : requirements_) {
        if (!out.empty()) out += ',';
        std::string set;
        auto values = r.values;
        std::sort(values.begin(), values.end());
        for (const auto &v : values)
            set += (set.empty() ? "" : ",") + v;
        switch (r.op) {
        case Op::exists:
            out += r.key;
            break;
        case Op::absent:
            out += "!" + r.key;
            break;
        case Op::equals:
            out += r.key + "=" + set;
            break;
        case Op::not_equals:
            out += r.key + "!=" + set;
            break;
        case Op::in:
            out += r.key + " in (" + set + ")";
            break;
        case Op::not_in:
            out += r.key + " notin (" + set + ")";
            break;
        case Op::greater:
            out += r.key + ">" + set;
            break;
        case Op::less:
            out += r.key + "<" + set;
            break;
        }
    }
    return out;
}

// --- fields

std::string field_text(const json::object &object, std::string_view path) {
    const auto *v = at_path(object, path);
    if (!v || v->is_null()) return {};
    if (v->is_string()) return std::string(v->get_string());
    return compact_json(*v);
}

Result<FieldSelector> FieldSelector::parse(const Kind &kind, std::string_view text) {
    FieldSelector out;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        const auto term = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        if (term.empty()) continue;
        Term t;
        auto op = term.find("!=");
        t.equal = op == std::string_view::npos;
        if (t.equal) op = term.find('=');
        if (op == std::string_view::npos)
            return make_error(Code::invalid_argument,
                              "invalid selector: '" + std::string(term) + "'; can't understand '" + std::string(term) + "'");
        auto value = term.substr(op + 1);
        if (value.starts_with('=')) value.remove_prefix(1); // "==" and "!="
        t.label = term.substr(0, op);
        t.value = value;
        if (t.label == "metadata.name" || (t.label == "metadata.namespace"))
            t.path = t.label;
        else {
            const auto it =
                std::find_if(kind.selectable.begin(), kind.selectable.end(), [&](const auto &s) { return s.first == t.label; });
            if (it == kind.selectable.end())
                return make_error(Code::invalid_argument,
                                  kind.custom ? "field label not supported: " + t.label
                                              : go_quoted(t.label) + " is not a known field selector: only \"metadata.name\", "
                                                                     "\"metadata.namespace\"");
            t.path = it->second;
        }
        out.terms_.push_back(std::move(t));
    }
    return out;
}

bool FieldSelector::matches(const json::object &object) const {
    return std::all_of(terms_.begin(), terms_.end(),
                       [&](const Term &t) { return (field_text(object, t.path) == t.value) == t.equal; });
}

std::optional<std::string> FieldSelector::name() const {
    for (const auto &t : terms_)
        if (t.label == "metadata.name" && t.equal) return t.value;
    return std::nullopt;
}

} // namespace xtn::sandbox::objects
