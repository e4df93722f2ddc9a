#include "adapters/sandbox/objects/cel_rules.hpp"

#include "adapters/sandbox/objects/cel.hpp"
#include "adapters/sandbox/objects/json_util.hpp"

#include <algorithm>

namespace xtn::sandbox::objects {

namespace json = boost::json;

namespace {

std::string field_of(const std::string &path, const std::string &field_path) {
    if (field_path.empty()) return path.empty() ? "<nil>" : path;
    return path.empty() ? field_path.substr(field_path.starts_with('.') ? 1 : 0) : path + field_path;
}

Cause broken(const CelRule &rule, const json::value &self, const std::string &path, const std::string &message) {
    auto field = field_of(path, rule.field_path);
    if (rule.reason == "FieldValueForbidden") return forbidden(std::move(field), message);
    if (rule.reason == "FieldValueRequired") return required_value(std::move(field), message);
    if (rule.reason == "FieldValueDuplicate") return duplicate_value(std::move(field), self);
    // Whole objects and lists are not shown.
    if (self.is_object() || self.is_array()) return {"FieldValueInvalid", "Invalid value: " + message, std::move(field)};
    return invalid_value(std::move(field), self, message);
}

class Runner {
  public:
    Causes out;

    void run(const Schema &schema, const json::value &self, const json::value *old, const std::string &path) {
        if (self.is_null()) return;
        for (const auto &rule : schema.rules)
            check(rule, self, old, path);
        if (const auto *object = self.if_object()) {
            const auto *before = old ? old->if_object() : nullptr;
            for (const auto &m : *object) {
                const auto *s = schema.member(m.key());
                if (s) run(*s, m.value(), before ? before->if_contains(m.key()) : nullptr, joined(path, m.key()));
            }
        } else if (const auto *list = self.if_array(); list && schema.items) {
            for (std::size_t i = 0; i < list->size(); ++i)
                run(*schema.items, (*list)[i], counterpart(schema, (*list)[i], old), indexed(path, i));
        }
    }

  private:
    // The old item that a new one continues: only lists merged by keys have such a thing.
    static const json::value *counterpart(const Schema &list, const json::value &item, const json::value *old) {
        const auto *before = old ? old->if_array() : nullptr;
        if (!before || list.list_type != ListType::map || !item.is_object()) return nullptr;
        const auto same_keys = [&](const json::value &v) {
            return v.is_object() && std::all_of(list.list_map_keys.begin(), list.list_map_keys.end(), [&](const auto &k) {
                       const auto *a = v.get_object().if_contains(k);
                       const auto *b = item.get_object().if_contains(k);
                       return a && b ? same_value(*a, *b) : a == b;
                   });
        };
        const auto it = std::find_if(before->begin(), before->end(), same_keys);
        return it == before->end() ? nullptr : &*it;
    }

    void check(const CelRule &rule, const json::value &self, const json::value *old, const std::string &path) {
        if (!rule.program) return;
        if (rule.program->mentions("oldSelf") && !old) return;
        json::object variables{{"self", self}};
        if (old) variables["oldSelf"] = *old;
        const auto held = rule.program->evaluate(variables);
        if (!held.ok()) {
            out.push_back(broken(rule, self, path, held.error().message + " evaluating rule: " + rule.rule));
            return;
        }
        if (held->is_bool() && held->get_bool()) return;
        auto message = rule.message;
        if (rule.message_program)
            if (const auto text = rule.message_program->evaluate(variables); text.ok() && text->is_string())
                message = std::string(text->get_string());
        out.push_back(broken(rule, self, path, message.empty() ? "failed rule: " + rule.rule : message));
    }
};

// What rules see at the root: of metadata only the names.
json::value as_self(const json::object &object) {
    json::object out = object;
    json::object metadata;
    if (const auto *m = find_object(object, "metadata"))
        for (const auto *name : {"name", "generateName"})
            if (const auto *v = m->if_contains(name)) metadata[name] = *v;
    out["metadata"] = std::move(metadata);
    return out;
}

} // namespace

bool has_rules(const Schema &s) {
    if (!s.rules.empty() || (s.items && has_rules(*s.items)) || (s.additional && has_rules(*s.additional))) return true;
    return std::any_of(s.properties.begin(), s.properties.end(), [](const auto &p) { return has_rules(*p.second); });
}

Causes validate_rules(const Schema &schema, const json::object &object, const json::object *old) {
    if (!has_rules(schema)) return {};
    Runner runner;
    const auto before = old ? as_self(*old) : json::value(nullptr);
    runner.run(schema, as_self(object), old ? &before : nullptr, "");
    return std::move(runner.out);
}

} // namespace xtn::sandbox::objects
