#include "adapters/sandbox/objects/cel_node.hpp"
#include "adapters/sandbox/objects/json_util.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace xtn::sandbox::objects {

namespace json = boost::json;

namespace {

using Node = std::shared_ptr<const CelNode>;
using Form = CelNode::Form;

constexpr int max_depth = 100;
// Functions by name, and how many arguments they take (a method's receiver counts).
constexpr std::pair<std::string_view, std::size_t> functions[] = {
    {"size", 1},       {"string", 1},   {"int", 1},      {"double", 1},     {"matches", 2},
    {"startsWith", 2}, {"endsWith", 2}, {"contains", 2}, {"lowerAscii", 1}, {"upperAscii", 1}};
constexpr std::string_view macros[] = {"all", "exists", "exists_one", "filter", "map"};

bool is_macro(std::string_view name) {
    return std::find(std::begin(macros), std::end(macros), name) != std::end(macros);
}
bool starts_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool digit(char c) {
    return c >= '0' && c <= '9';
}

class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<Node> run() {
        auto node = ternary();
        space();
        if (!error_ && at_ < text_.size()) fail("unexpected '" + std::string(1, text_[at_]) + "'");
        if (error_) return *error_;
        return node;
    }

  private:
    Node fail(std::string what, Code code = Code::invalid_argument) {
        if (!error_) error_ = make_error(code, what + " at position " + std::to_string(at_) + " of: " + std::string(text_));
        return make({.form = Form::literal});
    }
    static Node make(CelNode node) { return std::make_shared<const CelNode>(std::move(node)); }

    void space() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
            ++at_;
    }
    bool take(std::string_view token) {
        space();
        if (!text_.substr(at_).starts_with(token)) return false;
        at_ += token.size();
        return true;
    }
    bool at_end() {
        space();
        return at_ >= text_.size();
    }
    std::string word() {
        space();
        const auto start = at_;
        if (at_ < text_.size() && starts_word(text_[at_]))
            while (at_ < text_.size() && (starts_word(text_[at_]) || digit(text_[at_])))
                ++at_;
        return std::string(text_.substr(start, at_ - start));
    }
    // A whole word: "in" is not the start of "index".
    bool take_word(std::string_view wanted) {
        const auto before = at_;
        if (word() == wanted) return true;
        at_ = before;
        return false;
    }

    Node ternary() {
        if (error_ || ++depth_ > max_depth) return fail("too deep");
        auto condition = either();
        if (take("?")) {
            auto yes = ternary();
            if (!take(":")) return fail("expected ':'");
            auto no = ternary();
            condition = make({.form = Form::ternary, .children = {condition, yes, no}});
        }
        --depth_;
        return condition;
    }

    template <class Next> Node chain(Next next, std::initializer_list<std::string_view> operators) {
        auto left = (this->*next)();
        while (!error_) {
            std::string_view found;
            for (const auto op : operators)
                if (found.empty() && (op == "in" ? take_word(op) : take(op))) found = op;
            if (found.empty()) break;
            auto right = (this->*next)();
            left = make({.form = Form::binary, .name = std::string(found), .children = {left, right}});
        }
        return left;
    }
    Node either() { return chain(&Parser::both, {"||"}); }
    Node both() { return chain(&Parser::relation, {"&&"}); }
    Node relation() { return chain(&Parser::sum, {"==", "!=", "<=", ">=", "<", ">", "in"}); }
    Node sum() { return chain(&Parser::product, {"+", "-"}); }
    Node product() { return chain(&Parser::unary, {"*", "/", "%"}); }

    Node unary() {
        if (error_ || ++depth_ > max_depth) return fail("too deep");
        Node out;
        space();
        if (text_.substr(at_).starts_with("!="))
            out = fail("unexpected '!='");
        else if (take("!"))
            out = make({.form = Form::unary, .name = "!", .children = {unary()}});
        else if (take("-"))
            out = make({.form = Form::unary, .name = "-", .children = {unary()}});
        else
            out = postfix();
        --depth_;
        return out;
    }

    Node postfix() {
        auto out = primary();
        while (!error_) {
            if (take(".")) {
                if (take("?")) return fail("optional fields are not supported", Code::unsupported);
                auto name = word();
                if (name.empty()) return fail("expected a name");
                if (take("("))
                    out = method(out, name);
                else
                    out = make({.form = Form::member, .name = unescaped(std::move(name)), .children = {out}});
            } else if (take("[")) {
                auto index = ternary();
                if (!take("]")) return fail("expected ']'");
                out = make({.form = Form::index, .children = {out, index}});
            } else
                break;
        }
        return out;
    }

    // Names that are no CEL words are written with escapes ("x__dash__y").
    static std::string unescaped(std::string name) {
        constexpr std::pair<std::string_view, std::string_view> escapes[] = {
            {"__dash__", "-"}, {"__dot__", "."}, {"__slash__", "/"}, {"__underscores__", "__"}};
        for (const auto &[from, to] : escapes)
            for (auto at = name.find(from); at != std::string::npos; at = name.find(from, at + to.size()))
                name.replace(at, from.size(), to);
        if (name.size() > 4 && name.starts_with("__") && name.ends_with("__")) name = name.substr(2, name.size() - 4); // keywords
        return name;
    }

    std::vector<Node> arguments() {
        std::vector<Node> out;
        if (take(")")) return out;
        do
            out.push_back(ternary());
        while (!error_ && take(","));
        if (!take(")")) fail("expected ')'");
        return out;
    }

    Node method(const Node &receiver, const std::string &name) {
        if (is_macro(name)) {
            auto variable = word();
            if (variable.empty() || !take(",")) return fail(name + " takes a name and an expression");
            auto body = ternary();
            if (!take(")")) return fail("expected ')'");
            return make({.form = Form::macro, .name = name, .variable = variable, .children = {receiver, body}});
        }
        auto children = arguments();
        children.insert(children.begin(), receiver);
        return call(name, std::move(children));
    }

    Node call(const std::string &name, std::vector<Node> children) {
        for (const auto &[known, count] : functions)
            if (known == name && count == children.size())
                return make({.form = Form::call, .name = name, .children = std::move(children)});
        return fail("function " + name + " with " + std::to_string(children.size()) + " arguments is not supported",
                    Code::unsupported);
    }

    Node primary() {
        if (at_end()) return fail("unexpected end");
        const char c = text_[at_];
        if (c == '(') {
            ++at_;
            auto inner = ternary();
            return take(")") ? inner : fail("expected ')'");
        }
        if (c == '[') {
            ++at_;
            CelNode list{.form = Form::list};
            if (take("]")) return make(std::move(list));
            do
                list.children.push_back(ternary());
            while (!error_ && take(","));
            return take("]") ? make(std::move(list)) : fail("expected ']'");
        }
        if (c == '"' || c == '\'') return string(false);
        if (digit(c)) return number();
        const auto name = word();
        if (name.empty()) return fail(std::string("unexpected '") + c + "'");
        if ((name == "r" || name == "R") && at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) return string(true);
        if (name == "true" || name == "false") return make({.form = Form::literal, .value = name == "true"});
        if (name == "null") return make({.form = Form::literal, .value = nullptr});
        if (!take("(")) return make({.form = Form::variable, .name = name});
        if (name == "has") {
            auto children = arguments();
            if (children.size() != 1 || children[0]->form != Form::member) return fail("has() takes a field");
            return make({.form = Form::has, .children = std::move(children)});
        }
        return call(name, arguments());
    }

    Node number() {
        const auto start = at_;
        bool real = false;
        while (at_ < text_.size() && (digit(text_[at_]) || text_[at_] == '.' || text_[at_] == 'e' || text_[at_] == 'E')) {
            real = real || !digit(text_[at_]);
            ++at_;
        }
        const auto digits = text_.substr(start, at_ - start);
        if (real) {
            const auto value = parse_number<double>(digits);
            return value ? make({.form = Form::literal, .value = *value}) : fail("malformed number");
        }
        const auto value = parse_number<std::int64_t>(digits);
        if (!value) return fail("number out of range");
        if (at_ < text_.size() && text_[at_] == 'u') ++at_; // unsigned: the same to us
        return make({.form = Form::literal, .value = *value});
    }

    Node string(bool raw) {
        const char quote = text_[at_++];
        std::string out;
        for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
            char c = text_[at_];
            if (c == '\\' && !raw) {
                if (++at_ >= text_.size()) break;
                constexpr std::string_view names = "nrt\\'\"`?", values = "\n\r\t\\'\"`?";
                const auto which = names.find(text_[at_]);
                if (which == std::string_view::npos) return fail("unknown escape");
                c = values[which];
            }
            out += c;
        }
        if (at_ >= text_.size()) return fail("text without end");
        ++at_;
        return make({.form = Form::literal, .value = json::string(out)});
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
    std::optional<Error> error_;
};

bool node_mentions(const CelNode &node, std::string_view variable) {
    if (node.form == Form::variable && node.name == variable) return true;
    return std::any_of(node.children.begin(), node.children.end(), [&](const Node &c) { return node_mentions(*c, variable); });
}

} // namespace

Result<std::shared_ptr<const CelProgram>> CelProgram::parse(std::string_view expression) {
    auto root = Parser(expression).run();
    if (!root.ok()) return std::move(root).error();
    return std::shared_ptr<const CelProgram>(new CelProgram(std::move(*root)));
}

bool CelProgram::mentions(std::string_view variable) const {
    return node_mentions(*root_, variable);
}

} // namespace xtn::sandbox::objects
