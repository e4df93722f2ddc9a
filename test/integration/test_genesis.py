"""The log deleted under 50 runtimes: what was decided is read back from the cluster, and nothing that anybody runs notices.

One cluster, one controller, one gateway; runtimes in every state there is. The controller is killed, its log folder deleted, and another one started on
the same cluster. Witnesses watch the cluster from before the loss to after it.
"""
import json, os, re, shutil, threading, time

import harness
from kill.kube import PATHS, Kube
from harness import GatewayProcess

PREFIX = "xtrinode.analytics.xtrinode.io/"
NAMESPACES = ["team-%s" % c for c in "abcde"]
SERVING = 36  # of the 50; the others have a story of their own
WATCHED = ["XTrinode", "Deployment", "Pod", "ConfigMap", "Service", "ServiceAccount", "PodDisruptionBudget"]
PATHS["PodDisruptionBudget"] = "/apis/policy/v1%s/poddisruptionbudgets"


def runtime(ns, name, **spec):
    return {"apiVersion": "analytics.xtrinode.io/v1", "kind": "XTrinode", "metadata": {"name": name, "namespace": ns},
            "spec": dict({"size": "xs", "maxWorkers": 1, "routing": {"header": "X-Trino-XTrinode=%s/%s" % (ns, name)}}, **spec)}


class Scene:
    def __init__(self, cluster, controller, folder):
        self.cluster, self.controller, self.kube = cluster, controller, Kube(cluster.kubeconfig)
        self.gateway = GatewayProcess(folder, "g1", ["--control-plane", controller.api, "--hosts", cluster.hosts, "--state", os.path.join(folder, "state")])
        self.changes, self.over, self.failures = [], threading.Event(), []

    def create(self, ns, name, **spec):
        status = self.kube.create("XTrinode", ns, runtime(ns, name, **spec))
        assert status == 201, (ns, name, status)

    def resource(self, ns, name):
        return self.kube.get("XTrinode", ns, name)

    def phase(self, ns, name):
        return (self.resource(ns, name) or {}).get("status", {}).get("phase")

    def condition(self, ns, name, kind):
        for c in (self.resource(ns, name) or {}).get("status", {}).get("conditions", []):
            if c["type"] == kind:
                return c["status"] + "/" + c["reason"]

    def wait_phase(self, ns, name, phase, timeout=60):
        harness.wait_for("%s/%s to be %s" % (ns, name, phase), lambda: self.phase(ns, name) == phase, timeout)

    def snapshot(self):
        return {(kind, o["metadata"]["namespace"], o["metadata"]["name"]): o for kind in WATCHED for o in self.kube.list(kind)["items"]
                if o["metadata"]["namespace"] in NAMESPACES}

    def witness(self, kind):
        known = {}

        def each(change, obj):
            key = (kind, obj["metadata"]["namespace"], obj["metadata"]["name"])
            if key in known or change != "ADDED" or self.primed:
                self.changes.append((change, key, known.get(key), obj))
            known[key] = obj

        try:
            self.kube.watch(kind, each, self.over.is_set, lambda: self.listed.add(kind))
        except OSError as e:
            if not self.over.is_set():
                self.failures.append("%s: %s" % (kind, e))

    def watch_everything(self):
        self.primed, self.listed = False, set()
        for kind in WATCHED:
            threading.Thread(target=self.witness, args=(kind,), daemon=True).start()
        harness.wait_for("the first lists of the witnesses", lambda: self.listed == set(WATCHED))
        self.changes.clear()
        self.primed = True

    def routes(self):
        found = self.kube.get("ConfigMap", "xtrinode-gateway", "trino-gateway-routes")
        return found["data"]["routes.yaml"], found["metadata"]["annotations"]

    def head(self):
        return harness.log_head(self.controller.api)

    def quiet(self, timeout=60):
        return harness.quiet_log(self.controller.api, still=1.5, timeout=timeout)

    def phases(self):
        return {(o["metadata"]["namespace"], o["metadata"]["name"]): o.get("status", {}).get("phase") for o in self.kube.list("XTrinode")["items"]}

    def close(self):
        self.over.set()
        if self.gateway.process.running():
            self.gateway.process.stop()


def statement(gateway, selector, sql="SELECT 1"):
    return harness.http("POST", gateway.url + "/v1/statement", sql, {"X-Trino-User": "test", "X-Trino-XTrinode": selector})


def populate(scene):
    """50 XTrinodes; returns those that go on changing by themselves."""
    kube = scene.kube
    for ns in NAMESPACES:
        kube.call("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ns}})
    serving = [(NAMESPACES[i % 5], "r%02d" % i) for i in range(SERVING)]
    for ns, name in serving:
        scene.create(ns, name)
    asleep = [("team-a", "asleep-1"), ("team-b", "asleep-2"), ("team-c", "asleep-3")]
    for ns, name in asleep:
        scene.create(ns, name, suspended=True)
    told = [("team-a", "told-to-sleep-1"), ("team-d", "told-to-sleep-2")]
    broken, never = [("team-a", "broken"), ("team-e", "broken-asleep")], [("team-b", "never-valid")]
    scene.create("team-c", "leaving")
    scene.create("team-d", "scaled", maxWorkers=4, keda={"enabled": True, "scalerType": "http"})
    scene.create("team-e", "awake", suspended=True, wakeMinWorkers=2, wakeTTL="2h")
    scene.create("team-a", "crashing")
    for ns, name in told + broken:
        scene.create(ns, name)
    scene.create("team-b", "never-valid", minWorkers=50)
    for ns, name in serving + told + broken + [("team-c", "leaving")]:
        scene.wait_phase(ns, name, "Ready", 180)
    # After those it is refused because of: their names come later.
    scene.create("team-a", "a-late-rival", routing={"header": "X-Trino-XTrinode=team-a/r00"})
    scene.create("team-e", "last")
    for ns, name in told:
        kube.patch("XTrinode", ns, name, {"metadata": {"annotations": {PREFIX + "suspend-requested": "true"}}})
    kube.patch("XTrinode", "team-e", "broken-asleep", {"spec": {"suspended": True}})
    scene.wait_phase("team-e", "awake", "Suspended")
    kube.patch("XTrinode", "team-e", "awake", {"spec": {"suspended": False}})
    for ns, name in asleep + told + [("team-e", "broken-asleep")]:
        scene.wait_phase(ns, name, "Suspended")
    for ns, name in broken:
        kube.patch("XTrinode", ns, name, {"spec": {"minWorkers": 50}})
        harness.wait_for("the refusal of %s" % name, lambda ns=ns, name=name: scene.condition(ns, name, "Error") == "True/ResourceBuildFailed")
    scene.wait_phase("team-e", "awake", "Ready")
    scene.wait_phase("team-e", "last", "Ready")
    scene.wait_phase("team-d", "scaled", "Ready")
    scene.wait_phase("team-b", "never-valid", "Error")
    scene.wait_phase("team-a", "a-late-rival", "Error")
    scene.wait_phase("team-a", "crashing", "Reconciling")
    # Somebody else (an autoscaler) scales the workers of a runtime whose workers are left alone.
    kube.call("PATCH", "/apis/apps/v1/namespaces/team-d/deployments/trino-scaled-worker/scale", {"spec": {"replicas": 3}}, "application/merge-patch+json")
    harness.wait_for("three workers", lambda: kube.get("Deployment", "team-d", "trino-scaled-worker")["status"].get("readyReplicas") == 3)
    # A query whose answer nobody reads counts as running: the deletion waits for it.
    harness.wait_for("the route", lambda: statement(scene.gateway, "team-c/leaving")[0] == 200)
    harness.wait_for("the gateway's report", lambda: "activity.observed" in scene.controller.audit("log", "--subject", "runtime/team-c/leaving", "-o", "jsonl"))
    kube.delete("XTrinode", "team-c", "leaving")
    harness.wait_for("the drain", lambda: PREFIX + "drain-started-at" in scene.resource("team-c", "leaving")["metadata"].get("annotations", {}))


def without(obj, *names):
    return {k: v for k, v in obj.items() if k not in names}


def test_the_log_deleted_under_fifty_runtimes(tmp_path):
    cluster = harness.Cluster(args=["--crash-pods", "trino-crashing-worker"]).start()
    controller = scene = None
    try:
        controller = harness.Controller(cluster, args=["--gateway-drain-duration", "10m"]).start()
        scene = Scene(cluster, controller, str(tmp_path))
        populate(scene)
        scene.quiet()
        before, (yaml, marks) = scene.snapshot(), scene.routes()
        assert len([k for k in before if k[0] == "XTrinode"]) == 50
        term = scene.head()["epoch"]
        scene.watch_everything()

        controller.kill()
        shutil.rmtree(os.path.join(controller.data, "log"))
        controller.start()
        scene.quiet()
        time.sleep(11 if not harness.SANITIZED else 15)  # what gateways get to report what they had reported to the lost log
        scene.quiet()
        after = scene.snapshot()
        changes = list(scene.changes)
        assert not scene.failures

        # ---- the log begins anew and says so, above every term that gateways may know
        events = [json.loads(line) for line in controller.audit("log", "-o", "jsonl").splitlines()]
        assert events[0]["type"].startswith("log.genesis"), events[0]
        assert scene.head()["epoch"] > term
        names = [e["type"].split("/")[0] for e in events]
        for wrong in ("runtime.provisioning", "runtime.unready", "runtime.ready", "runtime.suspending", "runtime.suspended", "runtime.resuming", "runtime.failed",
                      "runtime.draining", "runtime.drained", "object.scaled", "object.deleted", "route.published", "topology.rejected", "finalizer.added",
                      "runtime.command.accepted", "runtime.wake.started"):
            assert wrong not in names, [e for e in events if e["type"].startswith(wrong)]

        # ---- no pod, no Deployment, no object and no status moved
        crashing = ("team-a", "trino-crashing-worker")
        pods = {k: (o["metadata"]["uid"], [c["restartCount"] for c in o["status"].get("containerStatuses", [])]) for k, o in before.items() if k[0] == "Pod"}
        again = {k: (o["metadata"]["uid"], [c["restartCount"] for c in o["status"].get("containerStatuses", [])]) for k, o in after.items() if k[0] == "Pod"}
        steady = lambda table: {k: v for k, v in table.items() if not (k[1] == crashing[0] and k[2].startswith(crashing[1]))}
        assert steady(pods) == steady(again) and set(pods) == set(again)
        for change, key, old, new in changes:
            kind, ns, name = key
            if kind == "Pod" and ns == crashing[0] and name.startswith(crashing[1]) or kind == "Deployment" and name == crashing[1]:
                continue
            assert change == "MODIFIED", (change, key)
            if kind == "ConfigMap" and ns == "xtrinode-gateway":
                continue
            if old is not None and kind == "XTrinode":
                assert old["status"]["phase"] == new["status"]["phase"], key
                assert without(old["status"], "conditions") == without(new["status"], "conditions"), key
                both = zip(old["status"]["conditions"], new["status"]["conditions"])
                assert all(without(a, "message") == without(b, "message") for a, b in both), (key, old["status"], new["status"])
                # Only the draining one may word anew which gateway's queries it waits for.
                assert name == "leaving", (key, old["status"], new["status"])
            else:
                raise AssertionError("changed: %s\n%s\n%s" % (key, old, new))
        for key, old in before.items():
            if key[0] != "XTrinode":
                continue
            new = after[key]
            assert new["status"] == old["status"], key
            assert new["metadata"].get("annotations") == old["metadata"].get("annotations"), key
        deployments = lambda objects: {k: (o["metadata"]["generation"], o["spec"]["replicas"]) for k, o in objects.items() if k[0] == "Deployment"}
        assert deployments(before) == deployments(after)
        assert deployments(after)["Deployment", "team-d", "trino-scaled-worker"][1] == 3
        assert deployments(after)["Deployment", "team-e", "trino-awake-worker"][1] == 2
        assert after["XTrinode", "team-c", "leaving"]["metadata"]["deletionTimestamp"]

        # ---- the gateways got the same routes, as a newer table
        yaml_after, marks_after = scene.routes()
        assert yaml_after == yaml
        version = lambda m: tuple(int(n) for n in m[PREFIX + "routes-version"].split("."))
        assert version(marks_after) > version(marks)
        table = json.loads(harness.http("GET", controller.api + "/api/v1/routes")[2])
        assert (table["epoch"], table["version"]) == version(marks_after)
        with open(os.path.join(str(tmp_path), "g1.log")) as f:
            served = [(int(e), int(v), int(n)) for e, v, n in re.findall(r"serving route table (\d+)\.(\d+) with (\d+) route", f.read())]
        assert served[-1][:2] == version(marks_after), served[-3:]
        assert served[-1][2] == len(table["routes"]) and all(n >= served[-1][2] for e, v, n in served if e >= served[-1][0])
        assert statement(scene.gateway, "team-a/r00")[0] == 200

        # ---- and life goes on
        scene.kube.patch("XTrinode", "team-a", "asleep-1", {"spec": {"suspended": False}})
        scene.wait_phase("team-a", "asleep-1", "Ready")
        scene.kube.patch("XTrinode", "team-a", "broken", {"spec": {"minWorkers": 1}})
        harness.wait_for("the mended spec", lambda: scene.condition("team-a", "broken", "Error") == "False/NoError")
        assert "byte for byte" in cluster.run(harness.program("xtn-audit"), "--server", controller.api, "replay")
        controller.audit("verify")
    except Exception:
        print(cluster.last_words())
        if controller and controller.process:
            print(controller.process.last_words())
        raise
    finally:
        if scene:
            scene.close()
        if controller:
            controller.close()
        cluster.close()
