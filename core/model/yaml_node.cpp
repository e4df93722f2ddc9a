#include "core/model/yaml_node.hpp"

#include "core/base/utf8.hpp"

#include <fmt/format.h>
#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <set>
#include <sstream>

namespace xtn {
namespace {

constexpr std::string_view core_tag_prefix = "tag:yaml.org,2002:";

// Thrown inside the event handler only: yaml-cpp offers no other way to stop, and parse_yaml turns it into a Result.
struct Refused {
    Error error;
};

[[noreturn]] void refuse(int line, int column, std::string_view what) {
    throw Refused{make_error(Code::invalid_argument, fmt::format("line {}, column {}: {}", line, column, what))};
}

// What a key looks like once it is a JSON member name: kubectl prints numbers and booleans as text.
std::string key_text(const YamlNode &key) {
    const auto scalar = key.scalar();
    switch (scalar.type) {
    case YamlScalar::Type::boolean:
        return scalar.boolean ? "true" : "false";
    case YamlScalar::Type::integer:
        return std::to_string(scalar.integer);
    case YamlScalar::Type::unsigned_integer:
        return std::to_string(scalar.unsigned_integer);
    case YamlScalar::Type::floating:
        return scalar.number;
    default:
        return key.text;
    }
}

// Builds nodes from the parser's events. An alias copies the anchored node, and the copy counts against the bound.
class Builder final : public YAML::EventHandler {
  public:
    std::vector<YamlNode> documents;

    void OnDocumentStart(const YAML::Mark &mark) override {
        // On some malformed text yaml-cpp 0.7 reports one empty document after the other at the same place, for ever.
        if (mark.pos == last_start_)
            refuse(mark.line + 1, mark.column + 1, "this cannot stand here: neither a key, a value nor a new document");
        last_start_ = mark.pos;
        anchors_.clear();
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark &mark, YAML::anchor_t anchor) override {
        count(mark, 1);
        YamlNode node = start(mark, YamlNode::Kind::scalar);
        node.plain = true;
        finish(std::move(node), anchor);
    }
    void OnAlias(const YAML::Mark &mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) refuse(mark.line + 1, mark.column + 1, "alias of a value that is not complete yet");
        count(mark, found->second.nodes);
        if (stack_.size() + found->second.depth > max_yaml_depth) too_deep(mark);
        finish(found->second.node, YAML::NullAnchor);
    }
    void OnScalar(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor, const std::string &value) override {
        count(mark, 1);
        YamlNode node = start(mark, YamlNode::Kind::scalar);
        node.text = value;
        node.plain = tag == "?"; // yaml-cpp: "?" stands for plain, "!" for quoted
        if (tag != "?" && tag != "!") node.tag = tag;
        finish(std::move(node), anchor);
    }
    void OnSequenceStart(const YAML::Mark &mark, const std::string &, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
        open(mark, YamlNode::Kind::sequence, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark &mark, const std::string &, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
        open(mark, YamlNode::Kind::mapping, anchor);
    }
    void OnMapEnd() override { close(); }

  private:
    struct Frame {
        YamlNode node;
        YAML::anchor_t anchor = YAML::NullAnchor;
        std::optional<YamlNode> key;  // mapping: read, its value still to come
        std::set<std::string> keys;   // mapping: member names seen
        std::vector<YamlNode> merges; // mapping: values of "<<"
        std::size_t nodes_before = 0;
        std::size_t depth = 1; // of this node, leaves counting nothing
    };
    struct Anchored {
        YamlNode node;
        std::size_t nodes = 1;
        std::size_t depth = 0;
    };

    static YamlNode start(const YAML::Mark &mark, YamlNode::Kind kind) {
        YamlNode node;
        node.kind = kind;
        node.line = mark.line + 1;
        node.column = mark.column + 1;
        return node;
    }
    static void too_deep(const YAML::Mark &mark) {
        refuse(mark.line + 1, mark.column + 1, fmt::format("nested deeper than {} levels", max_yaml_depth));
    }
    void count(const YAML::Mark &mark, std::size_t more) {
        nodes_ += more;
        if (nodes_ > max_yaml_nodes) {
            refuse(mark.line + 1, mark.column + 1, fmt::format("more than {} values, aliases counted each time", max_yaml_nodes));
        }
    }
    void open(const YAML::Mark &mark, YamlNode::Kind kind, YAML::anchor_t anchor) {
        if (stack_.size() >= max_yaml_depth) too_deep(mark);
        const auto before = nodes_;
        count(mark, 1);
        Frame frame;
        frame.node = start(mark, kind);
        frame.anchor = anchor;
        frame.nodes_before = before;
        stack_.push_back(std::move(frame));
    }
    void close() {
        Frame frame = std::move(stack_.back());
        stack_.pop_back();
        for (const auto &merge : frame.merges)
            merge_into(frame, merge);
        if (!stack_.empty()) stack_.back().depth = std::max(stack_.back().depth, frame.depth + 1);
        if (frame.anchor != YAML::NullAnchor) anchors_[frame.anchor] = {frame.node, nodes_ - frame.nodes_before, frame.depth};
        place(std::move(frame.node));
    }
    void finish(YamlNode node, YAML::anchor_t anchor) {
        if (anchor != YAML::NullAnchor) anchors_[anchor] = {node, 1, 0};
        place(std::move(node));
    }
    void place(YamlNode node) {
        if (stack_.empty()) {
            documents.push_back(std::move(node));
            return;
        }
        Frame &frame = stack_.back();
        if (frame.node.kind == YamlNode::Kind::sequence) {
            frame.node.items.push_back(std::move(node));
        } else if (!frame.key) {
            take_key(frame, std::move(node));
        } else if (frame.key->plain && frame.key->text == "<<") {
            if (node.kind == YamlNode::Kind::sequence) {
                for (auto &item : node.items)
                    frame.merges.push_back(std::move(item));
            } else {
                frame.merges.push_back(std::move(node));
            }
            frame.key.reset();
        } else {
            frame.node.members.push_back({std::move(*frame.key), std::move(node)});
            frame.key.reset();
        }
    }
    static void take_key(Frame &frame, YamlNode key) {
        if (key.kind != YamlNode::Kind::scalar || key.scalar().type == YamlScalar::Type::null) {
            refuse(key.line, key.column, "a key must be text, a number or a boolean");
        }
        const bool merge = key.plain && key.text == "<<";
        if (!merge) key.text = key_text(key);
        if (!frame.keys.insert((merge ? "m:" : "k:") + key.text).second) {
            refuse(key.line, key.column, fmt::format("key \"{}\" is given twice", key.text));
        }
        frame.key = std::move(key);
    }
    // "<<": members of the other mapping that this one does not have itself.
    static void merge_into(Frame &frame, const YamlNode &other) {
        if (other.kind != YamlNode::Kind::mapping) refuse(other.line, other.column, "\"<<\" needs a map or a list of maps");
        for (const auto &member : other.members) {
            if (frame.keys.insert("k:" + member.key.text).second) frame.node.members.push_back(member);
        }
    }

    std::vector<Frame> stack_;
    std::map<YAML::anchor_t, Anchored> anchors_;
    std::size_t nodes_ = 0;
    int last_start_ = -1; // offset at which the document before this one began
};

} // namespace

YamlNode::YamlNode() = default;
YamlNode::YamlNode(const YamlNode &) = default;
YamlNode::YamlNode(YamlNode &&) noexcept = default;
YamlNode &YamlNode::operator=(const YamlNode &) = default;
YamlNode &YamlNode::operator=(YamlNode &&) noexcept = default;
YamlNode::~YamlNode() = default;

YamlScalar YamlNode::scalar() const {
    if (plain) return resolve_plain(text);
    if (tag.starts_with(core_tag_prefix) && tag != "tag:yaml.org,2002:str") return resolve_plain(text);
    return {};
}

const YamlNode *YamlNode::find(std::string_view key) const {
    for (const auto &[name, value] : members) {
        if (name.text == key) return &value;
    }
    return nullptr;
}

std::string YamlNode::place() const {
    return fmt::format("line {}, column {}", line, column);
}

Result<std::vector<YamlNode>> parse_yaml(std::string_view text) {
    if (!valid_utf8(text)) return make_error(Code::invalid_argument, "not UTF-8 text");
    Builder builder;
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (Refused &refused) {
        return std::move(refused.error);
    } catch (const YAML::Exception &e) {
        if (e.mark.is_null()) return make_error(Code::invalid_argument, "not YAML: " + e.msg);
        return make_error(Code::invalid_argument,
                          fmt::format("line {}, column {}: {}", e.mark.line + 1, e.mark.column + 1, e.msg));
    }
    std::erase_if(builder.documents, [](const YamlNode &node) {
        return node.kind == YamlNode::Kind::scalar && node.scalar().type == YamlScalar::Type::null;
    });
    return std::move(builder.documents);
}

} // namespace xtn
