#include "cli/yaml_config.hpp"

#include <CLI/CLI.hpp>
#include <yaml-cpp/yaml.h>

#include <set>
#include <sstream>

namespace xtn::cli {
namespace {

class YamlConfig final : public CLI::Config {
  public:
    std::string to_config(const CLI::App *, bool, bool, std::string) const override { return {}; }

    std::vector<CLI::ConfigItem> from_config(std::istream &input) const override {
        std::stringstream text;
        text << input.rdbuf();
        YAML::Node root;
        try {
            root = YAML::Load(text.str());
        } catch (const YAML::Exception &e) {
            throw CLI::ConfigError("line " + std::to_string(e.mark.line + 1) + ": " + e.msg);
        }
        std::vector<CLI::ConfigItem> items;
        if (root.IsDefined() && !root.IsNull()) collect(root, {}, items);
        return items;
    }

  private:
    static std::string place(const YAML::Node &node) { return "line " + std::to_string(node.Mark().line + 1) + ": "; }

    static void collect(const YAML::Node &node, const std::vector<std::string> &parents, std::vector<CLI::ConfigItem> &items) {
        if (!node.IsMap()) throw CLI::ConfigError(place(node) + "expected \"setting: value\" lines");
        std::set<std::string> seen;
        for (const auto &entry : node) {
            const auto key = entry.first.as<std::string>();
            if (!seen.insert(key).second) throw CLI::ConfigError(place(entry.first) + "setting \"" + key + "\" is given twice");
            if (entry.second.IsMap()) {
                auto below = parents;
                below.push_back(key);
                open(below, "++", items);
                collect(entry.second, below, items);
                open(below, "--", items);
                continue;
            }
            CLI::ConfigItem item;
            item.parents = parents;
            item.name = key;
            if (entry.second.IsSequence()) {
                for (const auto &element : entry.second)
                    item.inputs.push_back(scalar(element, key));
            } else {
                item.inputs.push_back(scalar(entry.second, key));
            }
            items.push_back(std::move(item));
        }
    }
    static std::string scalar(const YAML::Node &node, const std::string &key) {
        if (!node.IsScalar()) throw CLI::ConfigError(place(node) + "setting \"" + key + "\" needs a plain value");
        return node.Scalar();
    }
    // How CLI11's reader learns where a subcommand's section begins and ends.
    static void open(const std::vector<std::string> &path, const std::string &mark, std::vector<CLI::ConfigItem> &items) {
        CLI::ConfigItem item;
        item.parents = path;
        item.name = mark;
        items.push_back(std::move(item));
    }
};

} // namespace

void add_yaml_config(CLI::App &app) {
    app.set_config("--config", "", "Read settings from a YAML file; keys are the long flag names");
    app.config_formatter(std::make_shared<YamlConfig>());
    app.allow_config_extras(CLI::config_extras_mode::error);
}

} // namespace xtn::cli
