// `xtrinode render` and `xtrinode validate`: what the control plane would make of custom resources in files, without a cluster.
#include "cli/commands.hpp"
#include "cli/crd_manifests.hpp"
#include "cli/version.hpp"

#include "adapters/sandbox/objects/crd.hpp"
#include "adapters/sandbox/objects/schema.hpp"
#include "core/model/catalog_file.hpp"
#include "core/model/look.hpp"
#include "core/model/resource_file.hpp"
#include "core/model/xtrinode.hpp"
#include "core/model/yaml.hpp"
#include "core/model/yaml_writer.hpp"
#include "projections/catalogs/label_selector.hpp"
#include "projections/topology/planner.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <system_error>

namespace xtn::cli {
namespace {

namespace json = boost::json;

struct RenderSettings {
    std::vector<std::string> files;
    std::string uid = "00000000-0000-0000-0000-000000000000";
    std::string output = "yaml";
};

// One resource with the file it came from, after reading and checking.
struct Checked {
    std::string file;
    ResourceDocument document;
    ReadSpec read;
};

// `line` 0: the file as a whole.
void complain(const std::string &file, int line, std::string_view text) {
    const auto where = line > 0 ? fmt::format("{}:{}", file, line) : file;
    fmt::print(stderr, "{}: {}\n", where, text);
}

Result<std::string> slurp(const std::string &file) {
    std::error_code failed;
    if (file != "-" && std::filesystem::is_directory(file, failed)) {
        return make_error(Code::invalid_argument, "is a folder: name the files in it");
    }
    std::ifstream opened;
    if (file != "-") {
        opened.open(file, std::ios::binary);
        if (!opened) return make_error(Code::not_found, "cannot be opened");
    }
    std::istream &in = file == "-" ? std::cin : opened;
    std::ostringstream text;
    if (in.peek() != std::istream::traits_type::eof()) text << in.rdbuf();
    if (in.bad() || text.bad()) return make_error(Code::unavailable, "cannot be read");
    return std::move(text).str();
}

// The schema checker works on real numbers; in our own JSON they are {"$float": "1.5"}.
void plain_numbers(json::value &value) {
    if (const auto text = look::float_text(value); !text.empty()) {
        value = std::strtod(std::string(text).c_str(), nullptr);
    } else if (auto *object = value.if_object()) {
        for (auto &member : *object)
            plain_numbers(member.value());
    } else if (auto *array = value.if_array()) {
        for (auto &item : *array)
            plain_numbers(item);
    }
}

sandbox::objects::SchemaPtr schema_of(std::string_view kind) {
    for (const auto &text : crd_manifests()) {
        auto crd = yaml_to_json(text);
        if (!crd.ok() || !crd->is_object()) continue;
        auto kinds = sandbox::objects::kinds_of_crd(crd->get_object());
        if (!kinds.ok()) continue;
        for (const auto &one : *kinds) {
            if (one.kind == kind) return one.schema;
        }
    }
    return nullptr;
}

// Adds what the API server would say from the schema: faults that our own rules do not name already, and members it would drop.
void check_schema(Checked &checked) {
    const auto schema = schema_of(checked.document.kind());
    if (!schema) return;
    json::value whole = checked.document.object;
    whole.get_object()["spec"] = checked.read.spec;
    plain_numbers(whole);
    auto &object = whole.get_object();
    for (const auto &path : sandbox::objects::prune(*schema, object))
        checked.read.warnings.push_back(path + ": unknown field, it would be dropped");
    sandbox::objects::drop_nulls(*schema, object);
    sandbox::objects::apply_schema_defaults(*schema, object);
    for (const auto &cause : sandbox::objects::validate_schema(*schema, whole, "")) {
        const bool known = std::any_of(checked.read.errors.begin(), checked.read.errors.end(),
                                       [&cause](const FieldError &error) { return error.field == cause.field; });
        if (!known) checked.read.errors.push_back({cause.field, cause.reason, cause.message});
    }
}

bool is_ours(const ResourceDocument &document) {
    return document.api_version() == api_group_version && (document.kind() == "XTrinode" || document.kind() == "XTrinodeCatalog");
}

Checked check(const std::string &file, ResourceDocument document) {
    Checked out{file, std::move(document), {}};
    out.read = out.document.kind() == "XTrinode" ? read_xtrinode(out.document.object) : read_catalog(out.document.object);
    if (look::text(out.document.object, "metadata.name").empty()) {
        out.read.errors.insert(out.read.errors.begin(),
                               {"metadata.name", "FieldValueRequired", "Required value: name must be given"});
    }
    check_schema(out);
    return out;
}

// The path that a warning begins with, if it does.
std::string_view path_in(std::string_view warning) {
    const auto end = warning.find_first_of(": ");
    const auto word = warning.substr(0, end);
    return word.starts_with("spec") || word.starts_with("metadata") ? word : std::string_view();
}

// Prints warnings and errors; true when there was no error.
bool report(const Checked &checked) {
    const auto identity = checked.document.identity();
    for (const auto &warning : checked.read.warnings)
        complain(checked.file, checked.document.line_of(path_in(warning)), fmt::format("{}: warning: {}", identity, warning));
    for (const auto &error : checked.read.errors) {
        complain(checked.file, checked.document.line_of(error.field),
                 fmt::format("{}: {}: {}", identity, error.field.empty() ? "(whole object)" : error.field, error.message));
    }
    return checked.read.errors.empty();
}

// Reads and checks every file; nothing when one cannot be read. Resources of other kinds are named and left out.
std::optional<std::vector<Checked>> load(const std::vector<std::string> &files) {
    std::vector<Checked> out;
    bool readable = true;
    for (const auto &name : files) {
        const auto shown = name == "-" ? "stdin" : name;
        auto text = slurp(name);
        if (!text.ok()) {
            complain(shown, 0, text.error().message);
            readable = false;
            continue;
        }
        auto documents = read_resources(*text);
        if (!documents.ok()) {
            complain(shown, 0, documents.error().message);
            readable = false;
            continue;
        }
        for (auto &document : *documents) {
            if (is_ours(document)) {
                out.push_back(check(shown, std::move(document)));
            } else {
                complain(shown, document.node.line,
                         fmt::format("left out: {} {} is neither XTrinode nor XTrinodeCatalog of {}", document.api_version(),
                                     document.identity(), api_group_version));
            }
        }
    }
    if (!readable) return std::nullopt;
    if (out.empty()) {
        fmt::print(stderr, "xtrinode: nothing to do: no XTrinode and no XTrinodeCatalog in what was given\n");
        return std::nullopt;
    }
    return out;
}

RuntimeId id_of(const Checked &checked) {
    const auto ns = look::text(checked.document.object, "metadata.namespace");
    return {ns.empty() ? "default" : std::string(ns), std::string(look::text(checked.document.object, "metadata.name"))};
}

// The catalogs among `all` that a runtime selects.
Result<std::vector<CatalogInput>> catalogs_for(const Checked &runtime, const std::vector<Checked> &all) {
    std::vector<CatalogInput> out;
    const auto *selector = look::object(runtime.read.spec, "catalogSelector");
    if (selector == nullptr) return out;
    static const json::object no_labels;
    for (const auto &catalog : all) {
        if (catalog.document.kind() != "XTrinodeCatalog" || id_of(catalog).ns != id_of(runtime).ns) continue;
        const auto *labels = look::object(catalog.read.spec, "labels");
        auto matches = selector_matches(*selector, labels == nullptr ? no_labels : *labels);
        if (!matches.ok()) return std::move(matches).error();
        if (*matches) out.push_back({catalog_name(id_of(catalog).name), catalog.read.spec});
    }
    std::sort(out.begin(), out.end(), [](const auto &a, const auto &b) { return a.name < b.name; });
    return out;
}

bool render_one(const Checked &runtime, const std::vector<Checked> &all, const RenderSettings &settings) {
    const auto identity = runtime.document.identity();
    const auto refuse = [&](const std::string &message) {
        complain(runtime.file, runtime.document.line_of(message.substr(0, message.find(": "))),
                 fmt::format("{}: {}", identity, message));
        return false;
    };
    auto catalogs = catalogs_for(runtime, all);
    if (!catalogs.ok()) return refuse("spec.catalogSelector: " + catalogs.error().message);
    TopologyInput input;
    input.id = id_of(runtime);
    input.uid = settings.uid;
    input.generation = 1;
    input.spec = &runtime.read.spec;
    input.operator_version = release();
    input.catalogs = std::move(*catalogs);
    const auto plan = plan_topology(input);
    if (!plan.ok()) return refuse(plan.error().message);
    for (const auto &path : plan->not_rendered) {
        complain(runtime.file, runtime.document.line_of(path),
                 fmt::format("{}: warning: {}: valid, but this release does not act on it yet", identity, path));
    }
    for (const auto &object : plan->objects) {
        if (settings.output == "json") {
            fmt::print("{}\n", json::serialize(object.manifest));
        } else {
            fmt::print("---\n{}", yaml_text(object.manifest));
        }
    }
    return true;
}

int render(const RenderSettings &settings) {
    const auto loaded = load(settings.files);
    if (!loaded) return 1;
    bool good = true;
    for (const auto &one : *loaded)
        good = report(one) && good;
    if (!good) return 1; // half of the objects would look like all of them
    const bool runtimes =
        std::any_of(loaded->begin(), loaded->end(), [](const auto &one) { return one.document.kind() == "XTrinode"; });
    if (!runtimes) return fail("nothing to render: there are only XTrinodeCatalogs, which XTrinodes select");
    for (const auto &one : *loaded) {
        if (one.document.kind() == "XTrinode") good = render_one(one, *loaded, settings) && good;
    }
    return good ? 0 : 1;
}

int validate(const std::vector<std::string> &files) {
    const auto loaded = load(files);
    if (!loaded) return 1;
    bool good = true;
    for (const auto &one : *loaded) {
        if (report(one)) {
            fmt::print("{}: {} is valid\n", one.file, one.document.identity());
        } else {
            good = false;
        }
    }
    return good ? 0 : 1;
}

} // namespace

void add_render_commands(CLI::App &app, Program &program) {
    auto *rendering = app.add_subcommand("render", "Print the Kubernetes objects that XTrinodes in files would get");
    auto settings = std::make_shared<RenderSettings>();
    rendering->add_option("-f,--filename", settings->files, "YAML or JSON file, - for stdin; may be given again")->required();
    rendering->add_option("--uid", settings->uid, "metadata.uid to put into owner references")->capture_default_str();
    rendering->add_option("-o,--output", settings->output, "yaml, or json: one object a line")
        ->check(CLI::IsMember({"yaml", "json"}))
        ->capture_default_str();
    rendering->footer("XTrinodeCatalogs in the same files are taken into account where an XTrinode selects them.\nExamples:\n"
                      "  xtrinode render -f manifests/examples/runtime-minimal.yaml\n"
                      "  kubectl get xtrinode runtime-a -o yaml | xtrinode render -f -");
    rendering->callback([settings, &program] { program.chosen = [settings] { return render(*settings); }; });

    auto *validating = app.add_subcommand("validate", "Check XTrinodes and XTrinodeCatalogs in files");
    auto files = std::make_shared<std::vector<std::string>>();
    validating->add_option("-f,--filename", *files, "YAML or JSON file, - for stdin; may be given again")->required();
    validating->footer(
        "Every broken rule is named with file, line, field and what to do. Exit status 1 when there is one.\nExamples:\n"
        "  xtrinode validate -f manifests/examples/runtime-minimal.yaml\n"
        "  xtrinode validate -f - < runtime.yaml");
    validating->callback([files, &program] { program.chosen = [files] { return validate(*files); }; });
}

} // namespace xtn::cli
