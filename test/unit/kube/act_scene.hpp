// A scene for the acting half: one XTrinode that the adapter has seen, and a world that folds outcomes like the real one.
#pragma once

#include "core/model/xtrinode.hpp"
#include "test/unit/kube/adapter_scene.hpp"

#include <boost/json/serialize.hpp>

namespace fakes {
using namespace xtn;

inline const RuntimeId a{"team", "a"};
inline const RuntimeId b{"team", "b"};

struct ActScene : AdapterScene {
    json::object cr;

    ActScene() {
        cr = kube.put(runtimes_path + "a", runtime_body("a", "team", {{"size", "s"}}));
        engine.on_event = [](FakeWorld &w, const Event &event) { fold(w, event); };
    }
    static ObjectRef ref_of(const Event &event) {
        const auto &p = event.payload;
        return {std::string(kube::find_string(p, {"api_version"})), std::string(kube::find_string(p, {"kind"})),
                event.subject.as_runtime()->ns, std::string(kube::find_string(p, {"name"}))};
    }
    static void fold(FakeWorld &w, const Event &event) {
        const auto id = event.subject.as_runtime();
        if (!id.ok() || !w.views.contains(*id)) return;
        auto &view = w.views[*id];
        const auto drop = [&view](const ObjectRef &ref) {
            std::erase_if(view.applied, [&ref](const auto &o) { return o.ref == ref; });
            std::erase_if(view.surplus, [&ref](const auto &o) { return o.ref == ref; });
        };
        if (event.name() == "object.applied") {
            const auto ref = ref_of(event);
            drop(ref);
            AppliedObject object;
            object.ref = ref;
            object.manifest = Digest{std::string(kube::find_string(event.payload, {"manifest"}))};
            object.uid = std::string(kube::find_string(event.payload, {"uid"}));
            object.resource_version = std::string(kube::find_string(event.payload, {"resource_version"}));
            view.applied.push_back(std::move(object));
        }
        if (event.name() == "object.deleted" || event.name() == "object.gone") drop(ref_of(event));
        if (event.name() == "finalizer.added") view.has_finalizer = true;
        if (event.name() == "finalizer.removed") view.has_finalizer = false;
    }
    RuntimeView view() const {
        RuntimeView v;
        v.id = a;
        v.uid = std::string(kube::find_string(cr, {"metadata", "uid"}));
        v.generation = 1;
        v.decided_by = Seq{42};
        v.apply_allowed = true;
        return v;
    }
    // The body as the scene's XTrinode controls it.
    json::object ours(json::object body) const {
        body["metadata"].as_object()["ownerReferences"] = json::array{json::object{{"apiVersion", "analytics.xtrinode.io/v1"},
                                                                                   {"kind", "XTrinode"},
                                                                                   {"name", "a"},
                                                                                   {"uid", cr.at("metadata").at("uid")},
                                                                                   {"controller", true}}};
        return body;
    }
    PlannedObject planned(json::object manifest, bool force = true) {
        PlannedObject p;
        p.ref = {std::string(kube::find_string(manifest, {"apiVersion"})), std::string(kube::find_string(manifest, {"kind"})),
                 "team", std::string(kube::find_string(manifest, {"metadata", "name"}))};
        p.manifest = blobs.put(json::serialize(manifest));
        p.force = force;
        return p;
    }
    void want(RuntimeView v) {
        engine.change([&](FakeWorld &w) { w.views[a] = std::move(v); });
    }
    void want_started(RuntimeView v) {
        world.views[a] = std::move(v);
        start();
        wait_synced();
    }
    // Nothing is written any more that the views up to now ask for. The status is the last thing that a pass looks at: once one
    // that is wanted only now is written and told, and then another, no pass is left that could write anything else.
    void quiet(const std::string &what, const RuntimeId &through = a) {
        const auto before = writes();
        for (int round = 0; round < 2; ++round) {
            const auto mark = std::to_string(++marks_);
            const auto told = engine.count("status.written");
            const auto path = runtimes_path + through.name;
            engine.change([&](FakeWorld &w) {
                auto &status = w.views[through].status;
                if (!status) {
                    const auto there = kube.find(path);
                    const auto *has = there ? kube::find_object(*there, {"status"}) : nullptr;
                    status = has ? *has : json::object();
                }
                (*status)["mark"] = mark;
            });
            eventually("the mark is written", [&] { return engine.count("status.written") > told; });
            DOCTEST_CHECK(kube::find_string(*kube.find(path), {"status", "mark"}) == mark);
        }
        if (const auto now = writes(); now != before) DOCTEST_FAIL(what << ": " << now.back());
    }
    // Every PATCH and DELETE but those of quiet().
    std::vector<std::string> writes() const {
        auto out = kube.calls("DELETE");
        for (auto &call : kube.calls("PATCH"))
            if (!call.ends_with("/status")) out.push_back(std::move(call));
        for (const auto &name : {a.name, b.name})
            for (const auto &request : kube.requests("PATCH", runtimes_path + name + "/status")) {
                const auto body = kube::parse_json_object(request.body);
                const auto *status = body.ok() ? kube::find_object(*body, {"status"}) : nullptr;
                if (status == nullptr || status->size() != 1 || !status->contains("mark"))
                    out.push_back("PATCH " + request.target + " " + request.body);
            }
        return out;
    }

  private:
    int marks_ = 0;
};

inline json::object service() {
    return owned_body("v1", "Service", "trino-a", "team", "a");
}
inline json::object deployment(int replicas, const std::string &component = "worker") {
    auto d = owned_body("apps/v1", "Deployment", "trino-a-" + component, "team", "a", component);
    d["spec"] = json::object{{"replicas", replicas}};
    return d;
}

} // namespace fakes
