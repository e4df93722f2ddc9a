#include "adapters/sandbox/objects/types.hpp"

#include <map>
#include <sstream>
#include <stdexcept>

namespace xtn::sandbox::objects {

namespace {

struct ScalarType {
    std::string_view name;
    ValueType type;
    Scalar scalar;
    std::string_view format;
};
constexpr ScalarType scalar_types[] = {
    {"string", ValueType::string, Scalar::plain, ""},           {"int32", ValueType::integer, Scalar::plain, "int32"},
    {"int64", ValueType::integer, Scalar::plain, "int64"},      {"bool", ValueType::boolean, Scalar::plain, ""},
    {"Time", ValueType::string, Scalar::time, "date-time"},     {"MicroTime", ValueType::string, Scalar::micro_time, "date-time"},
    {"bytes", ValueType::string, Scalar::bytes, "byte"},        {"Quantity", ValueType::any, Scalar::quantity, ""},
    {"IntOrString", ValueType::any, Scalar::int_or_string, ""}, {"any", ValueType::any, Scalar::raw, ""},
};

class Tables {
  public:
    Tables() {
        for (const auto text : {meta_types, pod_types, core_types, other_types})
            add(text);
    }
    SchemaPtr get(std::string_view name) const {
        const auto it = types_.find(name);
        if (it == types_.end()) throw std::logic_error("no such type: " + std::string(name));
        return it->second;
    }

  private:
    // Types stand after those they use, so that each line can be resolved at once.
    void add(std::string_view text) {
        std::istringstream lines{std::string(text)};
        std::string line;
        std::shared_ptr<Schema> current;
        while (std::getline(lines, line)) {
            std::istringstream words(line);
            std::string first;
            if (!(words >> first) || first.starts_with('#')) continue;
            std::string second;
            words >> second;
            if (first == "type" && line.front() != ' ') { // indented, it is a member of that name
                current = std::make_shared<Schema>();
                current->type = ValueType::object;
                current->go_type = second;
                current->go_form = GoForm::value;
                std::string word;
                while (words >> word)
                    current->atomic_map = current->atomic_map || word == "atomic";
                types_.emplace(second, current);
            } else {
                add_member(*current, first, second, words);
            }
        }
    }

    void add_member(Schema &owner, std::string name, std::string_view type, std::istringstream &words) {
        const bool always = name.ends_with('!');
        if (always) name.pop_back();
        const bool pointer = type.starts_with('*');
        if (pointer) type.remove_prefix(1);
        auto member = std::make_shared<Schema>(*resolve(type));
        member->go_form = always ? GoForm::always : pointer ? GoForm::pointer : GoForm::value;
        member->go_pointer = pointer;
        std::string word;
        while (words >> word) {
            if (word == "set")
                member->list_type = ListType::set;
            else if (word == "merge")
                member->merge_primitives = true;
            else if (word == "retain")
                member->retain_keys = true;
            else if (word == "atomic")
                member->atomic_map = true;
            else if (word.starts_with("merge="))
                member->merge_key = word.substr(6);
            else if (word.starts_with("key=")) {
                member->list_type = ListType::map;
                std::istringstream keys(word.substr(4));
                std::string key;
                while (std::getline(keys, key, ','))
                    member->list_map_keys.push_back(key);
            } else if (word.starts_with("default="))
                member->default_value = boost::json::string(word.substr(8));
            else
                throw std::logic_error("unknown word in a type table: " + word);
        }
        owner.properties.emplace_back(std::move(name), std::move(member));
    }

    SchemaPtr resolve(std::string_view type) const {
        auto out = std::make_shared<Schema>();
        out->go_form = GoForm::value;
        if (type.starts_with("[]")) {
            out->type = ValueType::array;
            out->items = resolve(type.substr(2));
            return out;
        }
        if (constexpr std::string_view map = "map[string]"; type.starts_with(map)) {
            out->type = ValueType::object;
            out->additional = resolve(type.substr(map.size()));
            return out;
        }
        for (const auto &s : scalar_types) {
            if (s.name != type) continue;
            out->type = s.type;
            out->scalar = s.scalar;
            out->format = s.format;
            out->go_type = s.name;
            out->int_or_string = s.scalar == Scalar::int_or_string || s.scalar == Scalar::quantity;
            out->preserve_unknown = s.scalar == Scalar::raw;
            return out;
        }
        return get(type);
    }

    std::map<std::string, SchemaPtr, std::less<>> types_;
};

const Tables &tables() {
    static const Tables all;
    return all;
}

} // namespace

SchemaPtr type_schema(std::string_view name) {
    return tables().get(name);
}

SchemaPtr root_schema(std::string_view name) {
    auto out = std::make_shared<Schema>(*type_schema(name));
    auto text = std::make_shared<Schema>();
    text->type = ValueType::string;
    text->go_type = "string";
    text->go_form = GoForm::value;
    out->properties.insert(out->properties.begin(), {{"kind", text}, {"apiVersion", text}});
    return out;
}

} // namespace xtn::sandbox::objects
