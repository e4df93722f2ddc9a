// What the tests of objects share: JSON from text, and the kinds of the recorded definitions.
#pragma once

#include "adapters/sandbox/objects/builtin.hpp"
#include "adapters/sandbox/objects/crd.hpp"
#include "adapters/sandbox/objects/json_util.hpp"
#include "adapters/sandbox/objects/kind.hpp"
#include "core/model/yaml.hpp"

#include <boost/json/parse.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace xtn::sandbox::objects {

inline boost::json::value js(std::string_view text) {
    return boost::json::parse(text, {}, {.max_depth = 64});
}
inline boost::json::object obj(std::string_view text) {
    return js(text).as_object();
}

inline std::string fixture(const std::string &name) {
    const auto *root = std::getenv("XTN_SOURCE_ROOT");
    const auto path = std::string(root ? root : ".") + "/test/fixtures/apiserver/" + name;
    std::ifstream in(path);
    if (!in) throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The kinds of definitions.yaml: "xtrinodes" (every feature of structural schemas) and "xtrinodecatalogs".
inline const Kind &recorded_kind(std::string_view plural = "xtrinodes") {
    static const std::vector<Kind> kinds = [] {
        std::vector<Kind> out;
        auto documents = yaml_documents(fixture("definitions.yaml"));
        for (const auto &d : documents.value()) {
            auto kinds_of_it = kinds_of_crd(d.as_object());
            for (auto &k : kinds_of_it.value())
                out.push_back(std::move(k));
        }
        return out;
    }();
    for (const auto &k : kinds)
        if (k.plural == plural) return k;
    throw std::runtime_error("no such kind");
}

inline boost::json::object xtrinode(std::string_view spec, std::string_view metadata = R"({"name":"a","namespace":"n"})") {
    return {{"apiVersion", "analytics.xtrinode.io/v1"}, {"kind", "XTrinode"}, {"metadata", js(metadata)}, {"spec", js(spec)}};
}

// decode and apply_defaults; what cannot be decoded is a failed test.
inline boost::json::object read(const Kind &kind, const boost::json::value &body) {
    auto decoded = decode(kind, body);
    if (auto *e = std::get_if<DecodeError>(&decoded)) throw std::runtime_error("not decoded: " + e->message);
    auto out = std::get<Decoded>(std::move(decoded)).object;
    apply_defaults(kind, out);
    return out;
}

inline std::vector<std::string> texts(const Causes &causes) {
    std::vector<std::string> out;
    for (const auto &c : causes)
        out.push_back(c.field + ": " + c.message);
    return out;
}

inline std::string at(const boost::json::object &object, std::string_view path) {
    const auto *v = at_path(object, path);
    return v ? compact_json(*v, true) : "(none)";
}

inline constexpr std::int64_t second = 1'000'000'000;
// 2024-05-01T10:00:00Z and later.
inline Timestamp time_at(std::int64_t seconds) {
    return Timestamp{(1'714'557'600 + seconds) * second};
}

} // namespace xtn::sandbox::objects
