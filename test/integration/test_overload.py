"""Too much at once: thousands of custom resources, a flood of pod news, an API server that hangs or refuses for a while.

The first flood of resources is as large as the promise, 10,000. Those that follow it, to see whether memory stays, and the others are smaller, so that the suite
stays short; XTN_FLOOD sets their size.
"""
import concurrent.futures, json, os, re, socket, threading, time

import pytest

import harness
from kill.kube import Kube
from harness import GatewayProcess

PROMISED = 10000
FLOOD = int(os.environ.get("XTN_FLOOD", "2500"))
SELECTOR = {"X-Trino-User": "test", "X-Trino-XTrinode": "quiet/only"}


def resource(ns, name, **spec):
    return {"apiVersion": "analytics.xtrinode.io/v1", "kind": "XTrinode", "metadata": {"name": name, "namespace": ns},
            "spec": dict({"size": "xs", "maxWorkers": 1, "routing": {"header": "X-Trino-XTrinode=%s/%s" % (ns, name)}}, **spec)}


def namespace(kube, name):
    kube.call("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})


def in_parallel(work, items, threads=8):
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))


def phase(kube, ns, name):
    return (kube.get("XTrinode", ns, name) or {}).get("status", {}).get("phase")


def resident(process):
    """Bytes of the program in memory, without what it only maps from files."""
    with open("/proc/%d/status" % process.process.pid) as f:
        return int(re.search(r"RssAnon:\s+(\d+) kB", f.read()).group(1)) * 1024


def memory(controller):
    """The same without RocksDB's write buffers, which hold what the WAL holds until they are full: bounded, and not what is looked for here."""
    database = os.path.join(controller.data, "log", "db")
    return resident(controller.process) - sum(os.path.getsize(os.path.join(database, f)) for f in os.listdir(database) if f.endswith(".log"))


def test_a_flood_in_one_namespace_does_not_hold_up_another_and_leaves_no_memory_behind(cluster, controller):
    kube = Kube(cluster.kubeconfig)
    for ns in ("flood", "quiet"):
        namespace(kube, ns)
    handled = lambda: sum(1 for o in kube.list("XTrinode", "flood")["items"] if o.get("status"))
    used = []
    for turn, size in enumerate((PROMISED, FLOOD, FLOOD), 1):
        names = ["f%05d" % i for i in range(size)]
        # Each breaks a rule that no schema knows: recorded with its errors, told in its status, nothing made.
        statuses = []
        flood = threading.Thread(target=lambda: in_parallel(
            lambda name: statuses.append(kube.create("XTrinode", "flood", resource("flood", name, minWorkers=50))), names))
        flood.start()
        if turn == 1:
            harness.wait_for("the flood to rise", lambda: len(statuses) > size // 10, 60, 0.01)
            assert kube.create("XTrinode", "quiet", resource("quiet", "only")) == 201
            harness.wait_for("the only runtime of its namespace", lambda: phase(kube, "quiet", "only") == "Ready", 60)
            ready_at = [e["seq"] for e in controller.events("--subject", "runtime/quiet/only") if e["type"].startswith("runtime.ready")][0]
        flood.join()
        assert set(statuses) == {201}
        harness.wait_for("every status", lambda: handled() == size, 240, 0.5)
        in_parallel(lambda name: kube.delete("XTrinode", "flood", name), names)
        harness.wait_for("the end of the flood", lambda: not kube.list("XTrinode", "flood")["items"], 60)
        harness.quiet_log(controller.api, still=1.0, timeout=120)
        used.append(memory(controller))
        if turn == 1:
            # It was ready long before the flood was through: its events stand among the flood's, not behind them.
            told = [e["seq"] for e in controller.events() if e["type"].startswith("status.written") and e["subject"].startswith("runtime/flood/")]
            behind = sum(1 for seq in told if seq > ready_at)
            print("%d of %d statuses of the flood were written after the other runtime was ready" % (behind, size))
            assert behind > size // 10, "the flood was through before"
    assert phase(kube, "quiet", "only") == "Ready"
    print("resident after each flood, MiB: %s" % [u >> 20 for u in used])
    assert used[2] < used[1] * 1.1, "resident after each flood, MiB: %s" % [u >> 20 for u in used]


def test_a_flood_of_pod_news_is_told_as_one_event_and_starves_nobody(cluster, controller):
    kube = Kube(cluster.kubeconfig)
    for ns in ("flood", "quiet"):
        namespace(kube, ns)
    assert kube.create("XTrinode", "flood", resource("flood", "busy")) == 201
    harness.wait_for("the busy one", lambda: phase(kube, "flood", "busy") == "Ready", 60)
    labels = {"app.kubernetes.io/managed-by": "xtrinode-operator", "app.kubernetes.io/instance": "busy", "app.kubernetes.io/component": "worker"}
    pods = ["ghost-%d" % i for i in range(4)]
    for name in pods:
        kube.call("POST", "/api/v1/namespaces/flood/pods", {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels},
                                                           "spec": {"containers": [{"name": "c", "image": "i"}]}})
    def tell(n):
        message = {"status": {"phase": "Pending", "reason": "Evicted", "message": "news %d" % n,
                              "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady", "message": "news %d" % n}]}}
        return kube.call("PATCH", "/api/v1/namespaces/flood/pods/%s/status" % pods[n % len(pods)], message, "application/merge-patch+json")[0]

    before = harness.log_head(controller.api)["seq"]
    flood = threading.Thread(target=lambda: in_parallel(tell, range(FLOOD)))
    flood.start()
    assert kube.create("XTrinode", "quiet", resource("quiet", "only")) == 201
    harness.wait_for("the only runtime of its namespace", lambda: phase(kube, "quiet", "only") == "Ready", 60)
    flood.join()
    harness.quiet_log(controller.api, still=1.0, timeout=120)
    told = [e for e in controller.events("--subject", "runtime/flood/busy") if e["seq"] > before]
    looks = [e for e in told if e["type"].startswith("pod.observed")]
    coalesced = [e for e in told if e["type"].startswith("observation.coalesced")]
    assert coalesced and all(e["payload"]["type"] == "pod.observed" for e in coalesced)
    assert len(looks) < FLOOD * 0.8 and len(coalesced) <= 5, (len(looks), len(coalesced))


class Proxy(harness.Wire):
    """Stands in front of an API server and misbehaves when told: "pass", "stall" (accepts, never answers) or an HTTP status to answer everything with."""

    def __init__(self, host, port):
        self.mode, self.open, self.lock = "pass", set(), threading.Lock()
        self.moves = threading.Event()  # not in a stall
        self.moves.set()
        super().__init__(host, port)

    def carry(self, client):
        with self.lock:
            self.open.add(client)
        try:
            if self.mode == "stall":
                while client.recv(65536):
                    pass
            elif self.mode == "pass":
                server = socket.create_connection(self.target)
                with self.lock:
                    self.open.add(server)
                threading.Thread(target=self.pump, args=(server, client), daemon=True).start()
                self.pump(client, server)
            else:
                while client.recv(65536):
                    body = json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": self.mode, "message": "the test says no"}).encode()
                    client.sendall(b"HTTP/1.1 %d No\r\nContent-Type: application/json\r\nRetry-After: 1\r\nContent-Length: %d\r\n\r\n" % (self.mode, len(body)) + body)
        except OSError:
            pass
        finally:
            client.close()

    def pump(self, source, sink):
        try:
            while data := source.recv(65536):
                self.moves.wait()  # what is open hangs, too
                sink.sendall(data)
        except OSError:
            pass
        finally:
            self.hang_up(source, sink)

    def set(self, mode):
        """Connections that are open stay open and hang in a stall; otherwise they are cut, so that the next request meets the new mode."""
        self.mode = mode
        if mode == "stall":
            self.moves.clear()
            return
        with self.lock:
            self.hang_up(*self.open)
            self.open.clear()
        self.moves.set()

    def close(self):
        self.set("pass")
        super().close()


@pytest.mark.parametrize("mode", ["stall", 429, 500])
def test_an_api_server_that_does_not_answer_is_outlived(cluster, mode, tmp_path):
    kube = Kube(cluster.kubeconfig)
    proxy = Proxy(kube.host, kube.port)
    behind = type("Behind", (), {"scratch": cluster.scratch, "run": staticmethod(cluster.run), "kubeconfig": str(tmp_path / "kubeconfig")})
    with open(cluster.kubeconfig) as f:
        text = f.read()
    with open(behind.kubeconfig, "w") as f:
        f.write(text.replace(":%d" % kube.port, ":%d" % proxy.port))
    controller = harness.Controller(behind).start()
    gateway = None
    try:
        for ns in ("quiet", "flood"):
            namespace(kube, ns)
        assert kube.create("XTrinode", "quiet", resource("quiet", "only")) == 201
        harness.wait_for("the runtime", lambda: phase(kube, "quiet", "only") == "Ready", 60)
        gateway = GatewayProcess(str(tmp_path), "g1", ["--control-plane", controller.api, "--hosts", cluster.hosts, "--state", str(tmp_path / "state")])
        serves = lambda: harness.http("POST", gateway.url + "/v1/statement", "SELECT 1", SELECTOR)[0] == 200
        harness.wait_for("its route", serves)
        before = memory(controller)

        proxy.set(mode)
        # Users go on, straight at the API server: none of it reaches the control plane.
        in_parallel(lambda i: kube.create("XTrinode", "flood", resource("flood", "f%03d" % i, suspended=True)), range(200))
        kube.patch("XTrinode", "quiet", "only", {"spec": {"maxWorkers": 2}})
        slowest = 0.0
        for _ in range(40):
            began = time.monotonic()
            harness.log_head(controller.api)
            assert harness.http("GET", controller.api + "/healthz", timeout=5)[0] == 200
            assert serves()
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.1)
        assert slowest < 5, "the control plane's own API took %.1f s" % slowest
        assert memory(controller) < before * 1.5 + (16 << 20)

        proxy.set("pass")
        harness.wait_for("what was asked for meanwhile",
                         lambda: (kube.get("Deployment", "quiet", "trino-only-worker") or {"status": {}})["status"].get("readyReplicas") == 2, 60)
        harness.wait_for("every suspended one", lambda: all(o.get("status", {}).get("phase") == "Suspended" for o in kube.list("XTrinode", "flood")["items"]), 60)
        harness.wait_for("its status", lambda: phase(kube, "quiet", "only") == "Ready", 60)
        assert serves()
        # The outage is an event: told when it began, not at each of its tries.
        failed = [e for e in controller.events("--subject", "cluster") if e["type"].startswith("watch.failed")]
        assert len(failed) <= 16, failed
    finally:
        if gateway:
            gateway.process.stop()
        proxy.set("pass")
        controller.close()
        proxy.close()
