#include "adapters/sandbox/objects/field_set.hpp"

#include "adapters/sandbox/objects/json_util.hpp"
#include "adapters/sandbox/objects/schema.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace xtn::sandbox::objects {

namespace json = boost::json;

PathElement PathElement::keys(const json::object &keys) {
    return {By::keys, compact_json(keys, true)};
}
PathElement PathElement::value(const json::value &value) {
    return {By::value, compact_json(value, true)};
}

std::string PathElement::encoded() const {
    constexpr std::string_view letters = "fkvi";
    return std::string(1, letters[static_cast<std::size_t>(by)]) + ":" + text;
}

namespace {
Result<json::value> parse_json(std::string_view text) {
    boost::system::error_code error;
    auto v = json::parse(text, error);
    if (error) return make_error(Code::invalid_argument, "not JSON: " + std::string(text));
    return v;
}
} // namespace

Result<PathElement> PathElement::decode(std::string_view text) {
    if (text.size() < 2 || text[1] != ':')
        return make_error(Code::invalid_argument, "missing colon in field: " + std::string(text));
    const auto rest = text.substr(2);
    switch (text[0]) {
    case 'f':
        return field(rest);
    case 'i': {
        const auto index = parse_number<std::size_t>(rest);
        if (!index) return make_error(Code::invalid_argument, "not an index: " + std::string(text));
        return PathElement::index(*index);
    }
    case 'v': {
        auto v = parse_json(rest);
        if (!v.ok()) return std::move(v).error();
        return PathElement::value(*v);
    }
    case 'k': {
        auto v = parse_json(rest);
        if (!v.ok()) return std::move(v).error();
        if (!v->is_object()) return make_error(Code::invalid_argument, "keys must be an object: " + std::string(text));
        return PathElement::keys(v->get_object());
    }
    default:
        return make_error(Code::invalid_argument, "unknown field form: " + std::string(text));
    }
}

std::string PathElement::shown() const {
    switch (by) {
    case By::field:
        return "." + text;
    case By::index:
        return "[" + text + "]";
    case By::value:
        return "[=" + text + "]";
    case By::keys:
        break;
    }
    std::string out;
    const auto keys = parse_json(text);
    if (keys.ok())
        for (const auto &m : keys->get_object())
            out += (out.empty() ? "" : ",") + std::string(m.key()) + "=" + compact_json(m.value());
    return "[" + out + "]";
}

namespace {
bool digit(char c) {
    return c >= '0' && c <= '9';
}
// As text, but numbers (they follow a colon or stand alone) by size.
bool content_less(std::string_view a, std::string_view b) {
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
        const bool number_starts = (i == 0 || a[i - 1] == ':') && digit(a[i]) && digit(b[i]);
        if (number_starts) {
            const auto length = [i](std::string_view t) { return std::min(t.find_first_not_of("0123456789", i), t.size()) - i; };
            if (length(a) != length(b)) return length(a) < length(b);
        }
        if (a[i] != b[i]) return a[i] < b[i];
    }
    return a.size() < b.size();
}
} // namespace

bool operator<(const PathElement &a, const PathElement &b) {
    if (a.by != b.by) return a.by < b.by;
    if (a.by == PathElement::By::field) return a.text < b.text;
    return content_less(a.text, b.text);
}

bool FieldSet::has(const std::vector<PathElement> &path) const {
    const FieldSet *here = this;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (i + 1 == path.size()) return here->members.count(path[i]) > 0;
        const auto it = here->children.find(path[i]);
        if (it == here->children.end()) return false;
        here = &it->second;
    }
    return false;
}

void FieldSet::insert(const std::vector<PathElement> &path) {
    FieldSet *here = this;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (i + 1 == path.size())
            here->members.insert(path[i]);
        else
            here = &here->children[path[i]];
    }
}

namespace {
void visit_all(const FieldSet &set, std::vector<PathElement> &path,
               const std::function<void(const std::vector<PathElement> &)> &visit) {
    for (const auto &m : set.members) {
        path.push_back(m);
        visit(path);
        path.pop_back();
    }
    for (const auto &[element, below] : set.children) {
        path.push_back(element);
        visit_all(below, path, visit);
        path.pop_back();
    }
}
} // namespace

void FieldSet::for_each(const std::function<void(const std::vector<PathElement> &)> &visit) const {
    std::vector<PathElement> path;
    visit_all(*this, path, visit);
}

json::object FieldSet::to_json() const {
    json::object out;
    std::set<PathElement> all = members;
    for (const auto &[element, below] : children)
        all.insert(element);
    for (const auto &element : all) {
        json::object node;
        const auto below = children.find(element);
        if (below != children.end()) {
            if (members.count(element)) node["."] = json::object();
            for (auto &m : below->second.to_json())
                node[m.key()] = std::move(m.value());
        }
        out[element.encoded()] = std::move(node);
    }
    return out;
}

Result<FieldSet> FieldSet::from_json(const json::value &fields) {
    const auto *object = fields.if_object();
    if (!object) return make_error(Code::invalid_argument, "fieldsV1 must be an object");
    FieldSet out;
    for (const auto &m : *object) {
        if (m.key() == ".") continue;
        auto element = PathElement::decode(m.key());
        if (!element.ok()) return std::move(element).error();
        const auto *node = m.value().if_object();
        if (!node) return make_error(Code::invalid_argument, "fieldsV1 must hold objects only");
        if (node->empty() || node->contains(".")) out.members.insert(*element);
        auto below = from_json(*node);
        if (!below.ok()) return below;
        if (!below->empty()) out.children.emplace(std::move(*element), std::move(*below));
    }
    return out;
}

FieldSet set_union(const FieldSet &a, const FieldSet &b) {
    FieldSet out = a;
    out.members.insert(b.members.begin(), b.members.end());
    for (const auto &[element, below] : b.children) {
        auto &mine = out.children[element];
        mine = set_union(mine, below);
    }
    return out;
}

FieldSet set_intersection(const FieldSet &a, const FieldSet &b) {
    FieldSet out;
    for (const auto &m : a.members)
        if (b.members.count(m)) out.members.insert(m);
    for (const auto &[element, below] : a.children) {
        const auto it = b.children.find(element);
        if (it == b.children.end()) continue;
        if (auto both = set_intersection(below, it->second); !both.empty()) out.children.emplace(element, std::move(both));
    }
    return out;
}

FieldSet set_difference(const FieldSet &a, const FieldSet &b) {
    FieldSet out;
    for (const auto &m : a.members)
        if (!b.members.count(m)) out.members.insert(m);
    for (const auto &[element, below] : a.children) {
        const auto it = b.children.find(element);
        auto rest = it == b.children.end() ? below : set_difference(below, it->second);
        if (!rest.empty()) out.children.emplace(element, std::move(rest));
    }
    return out;
}

FieldSet with_named_parents(const FieldSet &set, const Schema *schema) {
    FieldSet out;
    out.members = set.members;
    for (const auto &[element, below] : set.children) {
        const bool field = element.by == PathElement::By::field;
        if (field && schema && schema->property(element.text)) out.members.insert(element);
        const Schema *inner = !schema ? nullptr : field ? schema->member(element.text) : schema->items.get();
        out.children.emplace(element, with_named_parents(below, inner));
    }
    return out;
}

std::string path_text(const std::vector<PathElement> &path) {
    std::string out;
    for (const auto &e : path)
        out += e.shown();
    return out;
}

} // namespace xtn::sandbox::objects
