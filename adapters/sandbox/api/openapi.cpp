#include "adapters/sandbox/api/openapi.hpp"

#include "adapters/sandbox/api/answers.hpp"
#include "adapters/sandbox/api/json_text.hpp"
#include "adapters/sandbox/api/openapi_document.hpp"
#include "core/base/ids.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view v2_protobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
constexpr std::string_view v2_protobuf_old = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

netkit::Response empty(int status) {
    netkit::Response out;
    out.status = status;
    return out;
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

// "json", "protobuf" or nothing acceptable.
std::optional<std::string_view> v2_form(std::string_view accept) {
    const auto types = parse_accept(accept);
    if (types.empty()) return "json";
    for (const auto &type : types) {
        if (type.covers("application/json")) return "json";
        if (type.type == v2_protobuf || type.type == v2_protobuf_old) return "protobuf";
    }
    return {};
}

} // namespace

template <class Make> OpenApi::Text OpenApi::cached(const std::string &name, Make make) {
    const auto generation = registry_.generation();
    const MutexLock lock(mutex_);
    if (generation_ != generation) {
        texts_.clear();
        generation_ = generation;
    }
    auto found = texts_.find(name);
    if (found == texts_.end()) {
        std::string bytes = make();
        auto etag = upper(Digest::of(bytes).hex);
        found = texts_.emplace(name, Text{std::move(bytes), std::move(etag)}).first;
    }
    return found->second;
}

netkit::Response OpenApi::answer(std::string_view path, std::string_view accept, const netkit::Request &request) {
    const auto unchanged = [&](const Text &text) { return request.headers.get("If-None-Match") == "\"" + text.etag + "\""; };
    netkit::Response out;
    if (path == "/openapi/v2") {
        const auto form = v2_form(accept);
        if (!form) return empty(406);
        const bool protobuf = *form == "protobuf";
        const auto text = cached(protobuf ? "v2.pb" : "v2", [&] {
            const auto document = openapi_v2(registry_);
            return protobuf ? openapi_v2_protobuf(document) : write_json(document);
        });
        out = unchanged(text) ? empty(304) : netkit::Response{.status = 200, .reason = {}, .headers = {}, .body = text.bytes};
        out.headers.add("Content-Type", protobuf ? std::string(v2_protobuf) : "application/json");
        out.headers.add("Vary", "Accept-Encoding");
        out.headers.add("Vary", "Accept");
        out.headers.add("ETag", "\"" + text.etag + "\"");
        return out;
    }
    const auto all = group_versions(registry_);
    const auto document_of = [&](const GroupVersion &of) {
        return cached(of.path(), [&] { return write_json(openapi_v3(registry_, of)); });
    };
    if (path == "/openapi/v3") {
        json::object paths;
        for (const auto &of : all)
            paths[of.path()] =
                json::object{{"serverRelativeURL", fmt::format("/openapi/v3/{}?hash={}", of.path(), document_of(of).etag)}};
        out.headers.add("Content-Type", "text/plain; charset=utf-8"); // as a real server has it
        out.body = write_json(json::object{{"paths", std::move(paths)}});
        return out;
    }
    constexpr std::string_view prefix = "/openapi/v3/";
    if (!path.starts_with(prefix)) return page_not_found();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const GroupVersion &of) { return of.path() == path.substr(prefix.size()); });
    if (found == all.end()) return empty(404);
    const auto types = parse_accept(accept);
    if (!types.empty() &&
        std::none_of(types.begin(), types.end(), [](const MediaType &type) { return type.covers("application/json"); }))
        return empty(406); // protobuf of version 3 is not offered: clients fall back to JSON
    const auto text = document_of(*found);
    out = unchanged(text) ? empty(304) : netkit::Response{.status = 200, .reason = {}, .headers = {}, .body = text.bytes};
    out.headers.add("Content-Type", "application/json");
    out.headers.add("ETag", "\"" + text.etag + "\"");
    return out;
}

} // namespace xtn::sandbox
