#include "adapters/sandbox/objects/patch.hpp"

#include "adapters/sandbox/objects/json_util.hpp"

#include <algorithm>
#include <optional>

namespace xtn::sandbox::objects {

namespace json = boost::json;

namespace {

// 422 without a word of why: all that a server says of a JSON patch that cannot be carried out.
ApiFailure rejected() {
    auto out = failure(422, "Invalid", "the server rejected our request due to an error in our request");
    out.status["details"] = json::object();
    return out;
}

ApiFailure wrong_shape(const json::value &patch, std::string_view wanted) {
    auto type = json_type_name(patch);
    if (type == "integer") type = "number";
    if (type == "boolean") type = "bool";
    return bad_request("error decoding patch: json: cannot unmarshal " + std::string(type) + " into Go value of type " +
                       std::string(wanted));
}

// The steps of a JSON pointer, unescaped. Nothing if it does not start with a slash.
std::optional<std::vector<std::string>> pointer_steps(std::string_view pointer) {
    if (!pointer.starts_with('/')) return std::nullopt;
    std::vector<std::string> out;
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const auto end = std::min(pointer.find('/'), pointer.size());
        std::string step;
        for (std::size_t i = 0; i < end; ++i) {
            if (pointer[i] == '~' && i + 1 < end && (pointer[i + 1] == '0' || pointer[i + 1] == '1'))
                step += pointer[++i] == '0' ? '~' : '/';
            else
                step += pointer[i];
        }
        out.push_back(std::move(step));
        pointer.remove_prefix(end);
    }
    return out;
}

std::optional<std::size_t> list_index(std::string_view step, std::size_t size, bool for_insert) {
    if (for_insert && step == "-") return size;
    const auto index = parse_number<std::size_t>(step);
    if (!index || *index > size || (*index == size && !for_insert)) return std::nullopt;
    return index;
}

// One JSON patch at work on a document. Each operation is true when it could be done.
class JsonPatcher {
  public:
    explicit JsonPatcher(json::value &document) : document_(document) {}

    bool run(const json::object &op) {
        const auto name = find_string(op, "op");
        const auto path = pointer_steps(find_string(op, "path"));
        if (!path) return false;
        const auto *value = op.if_contains("value");
        if (name == "add") return value && put(*path, *value, true);
        if (name == "replace") return value && put(*path, *value, false);
        if (name == "remove") return remove(*path);
        if (name == "test") {
            bool found = false;
            const auto there = get(*path, found);
            if (!found && !there) return false;
            return same_value(*there, value ? *value : json::value(nullptr));
        }
        if (name == "move" || name == "copy") {
            const auto from = pointer_steps(find_string(op, "from"));
            bool found = false;
            const auto there = from ? get(*from, found) : std::nullopt;
            if (!there) return false;
            if (name == "move" && !remove(*from)) return false;
            return put(*path, *there, true);
        }
        return false;
    }

  private:
    json::value *parent_of(const std::vector<std::string> &path) {
        json::value *here = &document_;
        for (std::size_t i = 0; i + 1 < path.size(); ++i) {
            if (auto *o = here->if_object())
                here = o->if_contains(path[i]);
            else if (auto *a = here->if_array()) {
                const auto index = list_index(path[i], a->size(), false);
                here = index ? &(*a)[*index] : nullptr;
            } else
                here = nullptr;
            if (!here) return nullptr;
        }
        return here->is_object() || here->is_array() ? here : nullptr;
    }

    // The value there; null for a member that is absent from an object that exists (`found` false), nothing without such an
    // object.
    std::optional<json::value> get(const std::vector<std::string> &path, bool &found) {
        auto *parent = parent_of(path);
        if (!parent) return std::nullopt;
        if (auto *o = parent->if_object()) {
            const auto *v = o->if_contains(path.back());
            found = v != nullptr;
            return v ? *v : json::value(nullptr);
        }
        auto &list = parent->get_array();
        const auto index = list_index(path.back(), list.size(), false);
        if (!index) return std::nullopt;
        found = true;
        return list[*index];
    }

    bool put(const std::vector<std::string> &path, const json::value &value, bool insert) {
        auto *parent = parent_of(path);
        if (!parent) return false;
        if (auto *o = parent->if_object()) {
            (*o)[path.back()] = value;
            return true;
        }
        auto &list = parent->get_array();
        const auto index = list_index(path.back(), list.size(), insert);
        if (!index) return false;
        if (insert)
            list.insert(list.begin() + static_cast<std::ptrdiff_t>(*index), value);
        else
            list[*index] = value;
        return true;
    }

    bool remove(const std::vector<std::string> &path) {
        auto *parent = parent_of(path);
        if (!parent) return false;
        if (auto *o = parent->if_object()) {
            if (!o->contains(path.back())) return false;
            erase_member(*o, path.back());
            return true;
        }
        auto &list = parent->get_array();
        const auto index = list_index(path.back(), list.size(), false);
        if (!index) return false;
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(*index));
        return true;
    }

    json::value &document_;
};

// A value that a merge patch adds where nothing was: its nulls say "nothing".
json::value without_nulls(const json::value &value) {
    if (const auto *list = value.if_array()) {
        json::array out;
        for (const auto &v : *list)
            out.push_back(v.is_null() ? v : without_nulls(v));
        return out;
    }
    const auto *object = value.if_object();
    if (!object) return value;
    json::object out;
    for (const auto &m : *object)
        if (!m.value().is_null()) out[m.key()] = without_nulls(m.value());
    return out;
}

void merge_into(json::object &target, const json::object &patch) {
    for (const auto &m : patch) {
        if (m.value().is_null()) {
            erase_member(target, m.key());
            continue;
        }
        auto *there = target.if_contains(m.key());
        if (there && there->is_object() && m.value().is_object())
            merge_into(there->get_object(), m.value().get_object());
        else
            target[m.key()] = without_nulls(m.value());
    }
}

} // namespace

Patched json_patch(const json::object &object, const json::value &patch) {
    const auto *operations = patch.if_array();
    if (!operations) {
        if (patch.is_null()) return object;
        return wrong_shape(patch, "[]handlers.jsonPatchOp");
    }
    for (const auto &op : *operations)
        if (!op.is_object()) return wrong_shape(op, "handlers.jsonPatchOp");
    json::value document = object;
    JsonPatcher patcher(document);
    for (const auto &op : *operations)
        if (!patcher.run(op.get_object())) return rejected();
    if (!document.is_object()) return rejected();
    return std::move(document.get_object());
}

Patched merge_patch(const json::object &object, const json::value &patch) {
    if (patch.is_null()) return bad_request("Invalid JSON Patch");
    const auto *changes = patch.if_object();
    if (!changes) return wrong_shape(patch, "map[string]interface {}");
    auto out = object;
    merge_into(out, *changes);
    return out;
}

ApiFailure patch_not_json(std::string_view body, bool strategic) {
    return bad_request((strategic ? "" : "error decoding patch: ") + go_json_error(body));
}

ApiFailure patch_result_invalid(std::string_view shown, std::string_view why) {
    return invalid("", "", "", {invalid_value("patch", json::string(shown), why)});
}

std::string go_value_text(const json::value &value) {
    if (value.is_null()) return "<nil>";
    if (value.is_string()) return std::string(value.get_string());
    if (const auto *list = value.if_array()) {
        std::string out;
        for (const auto &v : *list)
            out += (out.empty() ? "" : " ") + go_value_text(v);
        return "[" + out + "]";
    }
    if (const auto *object = value.if_object()) {
        std::vector<const json::key_value_pair *> members;
        for (const auto &m : *object)
            members.push_back(&m);
        std::sort(members.begin(), members.end(), [](auto *a, auto *b) { return a->key() < b->key(); });
        std::string out;
        for (const auto *m : members)
            out += (out.empty() ? "" : " ") + std::string(m->key()) + ":" + go_value_text(m->value());
        return "map[" + out + "]";
    }
    return compact_json(value);
}

} // namespace xtn::sandbox::objects
