#include "adapters/sandbox/objects/cel_node.hpp"
#include "adapters/sandbox/objects/json_util.hpp"
#include "adapters/sandbox/objects/pattern.hpp"
#include "core/base/utf8.hpp"

#include <algorithm>

namespace xtn::sandbox::objects {

namespace json = boost::json;

namespace {

using Form = CelNode::Form;
using Value = Result<json::value>;

// Steps that one evaluation may take: rules run on what clients send.
constexpr std::size_t max_steps = 1'000'000;

Error wrong(std::string what) {
    return make_error(Code::invalid_argument, std::move(what));
}
Error no_overload() {
    return wrong("no such overload");
}

std::string_view text_of(const json::value &v) {
    return v.get_string();
}

bool whole(const json::value &v) {
    return v.is_int64() || v.is_uint64();
}

class Evaluator {
  public:
    explicit Evaluator(json::object variables) : variables_(std::move(variables)) {}

    Value run(const CelNode &n) {
        if (++steps_ > max_steps) return wrong("operation cancelled: actual cost limit exceeded");
        switch (n.form) {
        case Form::literal:
            return n.value;
        case Form::variable: {
            const auto *v = variables_.if_contains(n.name);
            return v ? Value(*v) : Value(wrong("undeclared reference to '" + n.name + "'"));
        }
        case Form::member:
            return member(n);
        case Form::index:
            return index(n);
        case Form::list:
            return list(n);
        case Form::unary:
            return unary(n);
        case Form::binary:
            return binary(n);
        case Form::ternary: {
            auto condition = run(*n.children[0]);
            if (!condition.ok()) return condition;
            if (!condition->is_bool()) return no_overload();
            return run(*n.children[condition->get_bool() ? 1 : 2]);
        }
        case Form::call:
            return call(n);
        case Form::has: {
            auto object = run(*n.children[0]->children[0]);
            if (!object.ok()) return object;
            return json::value(object->is_object() && object->get_object().contains(n.children[0]->name));
        }
        case Form::macro:
            return macro(n);
        }
        return no_overload();
    }

  private:
    Value member(const CelNode &n) {
        auto object = run(*n.children[0]);
        if (!object.ok()) return object;
        const auto *o = object->if_object();
        if (!o) return no_overload();
        const auto *v = o->if_contains(n.name);
        return v ? Value(*v) : Value(wrong("no such key: " + n.name));
    }

    Value index(const CelNode &n) {
        auto base = run(*n.children[0]);
        if (!base.ok()) return base;
        auto key = run(*n.children[1]);
        if (!key.ok()) return key;
        if (const auto *a = base->if_array()) {
            if (!whole(*key)) return no_overload();
            const auto i = integer_of(&*key, -1);
            if (i < 0 || static_cast<std::size_t>(i) >= a->size()) return wrong("index out of bounds: " + std::to_string(i));
            return (*a)[static_cast<std::size_t>(i)];
        }
        const auto *o = base->if_object();
        if (!o || !key->is_string()) return no_overload();
        const auto *v = o->if_contains(text_of(*key));
        return v ? Value(*v) : Value(wrong("no such key: " + std::string(text_of(*key))));
    }

    Value list(const CelNode &n) {
        json::array out;
        for (const auto &c : n.children) {
            auto v = run(*c);
            if (!v.ok()) return v;
            out.push_back(std::move(*v));
        }
        return json::value(std::move(out));
    }

    Value unary(const CelNode &n) {
        auto v = run(*n.children[0]);
        if (!v.ok()) return v;
        if (n.name == "!") return v->is_bool() ? Value(json::value(!v->get_bool())) : Value(no_overload());
        if (v->is_double()) return json::value(-v->get_double());
        std::int64_t out = 0;
        if (!whole(*v)) return no_overload();
        if (__builtin_sub_overflow(std::int64_t{0}, integer_of(&*v), &out)) return wrong("integer overflow");
        return json::value(out);
    }

    // "&&" and "||" are decided by one side if that suffices, even when the other one fails.
    Value logic(const CelNode &n, bool decisive) {
        auto left = run(*n.children[0]);
        if (left.ok() && left->is_bool() && left->get_bool() == decisive) return left;
        auto right = run(*n.children[1]);
        if (right.ok() && right->is_bool() && right->get_bool() == decisive) return right;
        if (!left.ok()) return left;
        if (!right.ok()) return right;
        if (!left->is_bool() || !right->is_bool()) return no_overload();
        return json::value(!decisive);
    }

    Value binary(const CelNode &n) {
        if (n.name == "&&" || n.name == "||") return logic(n, n.name == "||");
        auto left = run(*n.children[0]);
        if (!left.ok()) return left;
        auto right = run(*n.children[1]);
        if (!right.ok()) return right;
        if (n.name == "==") return json::value(same_value(*left, *right));
        if (n.name == "!=") return json::value(!same_value(*left, *right));
        if (n.name == "in") {
            if (const auto *a = right->if_array())
                return json::value(std::any_of(a->begin(), a->end(), [&](const auto &v) { return same_value(v, *left); }));
            if (const auto *o = right->if_object(); o && left->is_string()) return json::value(o->contains(text_of(*left)));
            return no_overload();
        }
        if (n.name[0] == '<' || n.name[0] == '>') return order(n.name, *left, *right);
        return arithmetic(n.name[0], *left, *right);
    }

    static Value order(const std::string &op, const json::value &a, const json::value &b) {
        int sign = 0;
        const auto compare = [](const auto &x, const auto &y) { return x < y ? -1 : y < x ? 1 : 0; };
        if (a.is_string() && b.is_string())
            sign = compare(text_of(a), text_of(b));
        else if (whole(a) && whole(b))
            sign = compare(integer_of(&a), integer_of(&b));
        else if (a.is_number() && b.is_number())
            sign = compare(a.to_number<double>(), b.to_number<double>());
        else if (a.is_bool() && b.is_bool())
            sign = compare(a.get_bool(), b.get_bool());
        else
            return no_overload();
        if (op == "<") return json::value(sign < 0);
        if (op == "<=") return json::value(sign <= 0);
        return json::value(op == ">" ? sign > 0 : sign >= 0);
    }

    static Value arithmetic(char op, const json::value &a, const json::value &b) {
        if (op == '+' && a.is_string() && b.is_string()) return json::value(std::string(text_of(a)) + std::string(text_of(b)));
        if (op == '+' && a.is_array() && b.is_array()) {
            auto out = a.get_array();
            out.insert(out.end(), b.get_array().begin(), b.get_array().end());
            return json::value(std::move(out));
        }
        if (a.is_double() && b.is_double()) {
            const auto x = a.get_double(), y = b.get_double();
            switch (op) {
            case '+':
                return json::value(x + y);
            case '-':
                return json::value(x - y);
            case '*':
                return json::value(x * y);
            case '/':
                return y == 0 ? Value(wrong("division by zero")) : Value(json::value(x / y));
            default:
                return no_overload();
            }
        }
        if (!whole(a) || !whole(b)) return no_overload();
        const auto x = integer_of(&a), y = integer_of(&b);
        std::int64_t out = 0;
        bool overflow = false;
        switch (op) {
        case '+':
            overflow = __builtin_add_overflow(x, y, &out);
            break;
        case '-':
            overflow = __builtin_sub_overflow(x, y, &out);
            break;
        case '*':
            overflow = __builtin_mul_overflow(x, y, &out);
            break;
        default:
            if (y == 0) return wrong(op == '/' ? "division by zero" : "modulus by zero");
            overflow = y == -1 && x == INT64_MIN;
            if (!overflow) out = op == '/' ? x / y : x % y;
        }
        return overflow ? Value(wrong("integer overflow")) : Value(json::value(out));
    }

    Value call(const CelNode &n) {
        std::vector<json::value> a;
        for (const auto &c : n.children) {
            auto v = run(*c);
            if (!v.ok()) return v;
            a.push_back(std::move(*v));
        }
        if (n.name == "size") {
            if (a[0].is_string()) return json::value(utf8_length(text_of(a[0])));
            if (a[0].is_array()) return json::value(a[0].get_array().size());
            if (a[0].is_object()) return json::value(a[0].get_object().size());
            return no_overload();
        }
        if (n.name == "string") {
            if (a[0].is_string()) return a[0];
            return a[0].is_object() || a[0].is_array() || a[0].is_null() ? Value(no_overload())
                                                                         : Value(json::value(compact_json(a[0])));
        }
        if (n.name == "int" || n.name == "double") return number(n.name == "int", a[0]);
        for (const auto &v : a)
            if (!v.is_string()) return no_overload();
        const std::string subject(text_of(a[0]));
        if (n.name == "lowerAscii" || n.name == "upperAscii") {
            std::string out = subject;
            const auto convert = n.name == "lowerAscii" ? ::tolower : ::toupper;
            for (auto &c : out)
                c = static_cast<char>(static_cast<unsigned char>(c) < 128 ? convert(c) : c);
            return json::value(out);
        }
        const auto other = text_of(a[1]);
        if (n.name == "startsWith") return json::value(subject.starts_with(other));
        if (n.name == "endsWith") return json::value(subject.ends_with(other));
        if (n.name == "contains") return json::value(subject.find(other) != std::string::npos);
        const auto pattern = compile_pattern(std::string(other)); // matches
        return pattern ? Value(json::value(pattern_found(*pattern, subject)))
                       : Value(wrong("error parsing regexp: " + std::string(other)));
    }

    static Value number(bool to_int, const json::value &v) {
        if (v.is_number()) return to_int ? json::value(integer_of(&v)) : json::value(v.to_number<double>());
        if (!v.is_string()) return no_overload();
        const auto text = text_of(v);
        const auto whole_number = parse_number<std::int64_t>(text);
        const auto real = parse_number<double>(text);
        if (to_int ? !whole_number : !real) return wrong("type conversion error from 'string'");
        return to_int ? json::value(*whole_number) : json::value(*real);
    }

    Value macro(const CelNode &n) {
        auto range = run(*n.children[0]);
        if (!range.ok()) return range;
        json::array items;
        if (const auto *a = range->if_array())
            items = *a;
        else if (const auto *o = range->if_object())
            for (const auto &m : *o)
                items.emplace_back(m.key());
        else
            return no_overload();
        const auto outer = variables_.contains(n.variable) ? std::optional<json::value>(variables_[n.variable]) : std::nullopt;
        auto out = over(n, items);
        if (outer)
            variables_[n.variable] = *outer;
        else
            variables_.erase(n.variable);
        return out;
    }

    Value over(const CelNode &n, const json::array &items) {
        std::size_t holds = 0;
        json::array out;
        std::optional<Error> failed;
        for (const auto &item : items) {
            variables_[n.variable] = item;
            auto v = run(*n.children[1]);
            if (v.ok() && n.name == "map") {
                out.push_back(std::move(*v));
                continue;
            }
            if (v.ok() && !v->is_bool()) return no_overload();
            if (!v.ok()) {
                if (n.name != "all" && n.name != "exists") return v;
                failed = std::move(v).error(); // another item may still decide
                continue;
            }
            const bool yes = v->get_bool();
            if (n.name == "all" && !yes) return json::value(false);
            if (n.name == "exists" && yes) return json::value(true);
            holds += yes ? 1 : 0;
            if (yes && n.name == "filter") out.push_back(item);
        }
        if (failed) return *failed;
        if (n.name == "all") return json::value(true);
        if (n.name == "exists") return json::value(false);
        if (n.name == "exists_one") return json::value(holds == 1);
        return json::value(std::move(out));
    }

    json::object variables_;
    std::size_t steps_ = 0;
};

} // namespace

Result<json::value> CelProgram::evaluate(const json::object &variables) const {
    return Evaluator(variables).run(*root_);
}

} // namespace xtn::sandbox::objects
