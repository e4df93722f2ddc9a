"""One cluster, one control plane that is killed again and again, gateways and load beside it, and the checks after each kill."""
import http.client, os, random, shutil, subprocess, tempfile, time

import harness
from kill.kube import Kube
from kill.load import NAMES, NS, Queries, Wishes, runtime
from kill.story import Lost, Story, require
from kill.witnesses import ClusterWitness, ControlPlaneWitness, GatewayWitness, ReportingGateway

# How often a point is passed within a fraction of a second under this load: the passage to die at is drawn from 1 to this.
PASSAGES = {"start.replayed": 1, "start.elected": 1, "records.received": 6, "records.half": 6, "records.durable": 6, "ingest.observed": 60, "act.sending": 12,
            "act.answered": 12, "outcome.known": 10, "outcome.submitted": 10}
DEFAULT_PASSAGES = 40  # of a point in engine and log
SNAPSHOT_EVERY = 150  # events: some kills strike while one is made, and most starts begin with one
POINT_WITHIN = 4.0  # seconds that a passage is waited for


def points():
    """The names of all points, from the program itself."""
    done = subprocess.run([harness.program("xtrinode"), "controller", "--data", "x", "--crash-at", "?"], capture_output=True, text=True)
    return [line.split()[0] for line in done.stderr.splitlines() if line.startswith("  ") and "." in line.split()[0]]


class Gateway:
    def __init__(self, folder, name, args):
        ports_file = os.path.join(folder, name + ".json")
        self.process = harness.Process("xtrinode", ["gateway", "--listen", "127.0.0.1:0", "--id", name, "--ports-file", ports_file, *args],
                                       os.path.join(folder, name + ".log"))
        self.name, self.url = name, harness.wait_for_ports(self.process, ports_file)["gateway"]
        self.port = int(self.url.rsplit(":", 1)[1])


class Scene:
    def __init__(self, seed, nasty):
        self.random = random.Random(seed)
        self.folder = tempfile.mkdtemp(prefix="xtrinode-kill-")
        self.failures = []  # of the soak's own threads
        self.struck, self.missed, self.kills = {}, 0, 0
        self.seen_waiting = []  # versions of objects whose manifest nobody could be asked for yet
        self.cluster = harness.Cluster(self.folder, ["--pod-start", "20ms"] + (["--nasty"] if nasty else [])).start()
        self.kube = Kube(self.cluster.kubeconfig)
        self.kube.call("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NS}})
        self.control = harness.Controller(self.cluster, args=["--gateway-drain-duration", "1s", "--snapshot-every", str(SNAPSHOT_EVERY)])
        self.story = Story(self.control.data)
        self.control.start()
        self.objects = ClusterWitness(self.kube, self.failures)
        self.gateways = [Gateway(self.folder, name, ["--control-plane", self.control.api, "--hosts", self.cluster.hosts, "--state",
                                                     os.path.join(self.folder, "state-" + name)]) for name in ("g1", "g2")]
        self.tables = [GatewayWitness(g.name, g.url, self.failures) for g in self.gateways]
        self.reporting = ReportingGateway("reporter", lambda: self.control.api, self.failures)
        self.kube.create("XTrinode", NS, runtime("steady"))
        for g in self.gateways:
            harness.wait_for("the route of steady", lambda: self.serves(g))
        self.steady_pods = self.pods_of("steady")
        self.queries = Queries(self.cluster, [g.port for g in self.gateways], self.failures)
        self.wishes = Wishes(self.kube, self.cluster, self.random.random(), self.failures)
        self.witness = self.attend()
        self.control.kill()
        self.examine()

    def serves(self, gateway):
        headers = {"X-Trino-User": "test", "X-Trino-XTrinode": NS + "/steady"}
        return harness.http("POST", gateway.url + "/v1/statement", "SELECT 1", headers)[0] == 200

    def pods_of(self, name):
        return sorted(p["metadata"]["uid"] for p in self.kube.list("Pod", NS)["items"] if p["metadata"]["labels"].get("app.kubernetes.io/instance") == name)

    def attend(self):
        return ControlPlaneWitness(self.control.api, {s: len(known) for s, known in self.story.events.items()}, self.failures)

    # ---- killing ----

    def kill_at_random(self):
        time.sleep(self.random.choice([0.0, 0.02, 0.1, 0.3]) + self.random.uniform(0, 0.3))
        self.control.kill()

    def kill_at(self, point):
        """Starts the control plane anew so that it ends itself there. True: it did."""
        passage = self.random.randint(1, PASSAGES.get(point, DEFAULT_PASSAGES))
        usual = self.control.args
        self.control.args = usual + ["--crash-at", "%s:%d" % (point, passage)]
        try:
            self.start(may_die=True)
            deadline = time.monotonic() + POINT_WITHIN
            while self.control.process.running() and time.monotonic() < deadline:
                time.sleep(0.01)
        finally:
            self.control.args = usual
        struck = not self.control.process.running()
        if struck:
            require(self.control.process.process.returncode == -9, "it ended by itself:\n%s", self.control.process.last_words())
        self.control.kill()
        if struck:
            self.struck[point] = self.struck.get(point, 0) + 1
        else:
            self.missed += 1
        return "%s:%d" % (point, passage) + ("" if struck else " (not reached)")

    def from_snapshots(self):
        """Starts up to now that began with a snapshot: of the state, and of what the Kubernetes adapter knew."""
        with open(self.control.log, errors="replace") as f:
            text = f.read()
        return text.count("engine: began with the snapshot"), text.count("kube: began with the snapshot")

    def start(self, may_die=False):
        """A new process; a witness attends as soon as its port is open."""
        self.control.start(wait=False)
        ports_file = os.path.join(self.folder, self.control.name + ".json")
        deadline = time.monotonic() + 60
        while not os.path.exists(ports_file):
            if not self.control.process.running():
                if may_die:
                    return
                raise Lost("it does not start:\n" + self.control.process.last_words())
            require(time.monotonic() < deadline, "it does not start within a minute")
            time.sleep(0.005)
        self.witness = self.attend()

    def strike(self, point=None):
        """One kill, and everything that must hold after it. The control plane is down afterwards; returns what was done, in words."""
        if point:
            how = self.kill_at(point)
        else:
            self.start()
            how = "at random"
            if self.random.random() < 0.5:
                harness.wait_for("the control plane's first look at the cluster", self.control.ready)
                how = "at random, once ready"
                self.compare_running()
            self.kill_at_random()
        self.kills += 1
        self.examine()
        return how

    # ---- what must hold ----

    def compare_running(self):
        self.cluster.run(harness.program("xtn-audit"), "--server", self.control.api, "replay")
        self.look_at([], self.blob)

    def blob(self, digest):
        try:
            status, _, body = harness.http("GET", self.control.api + "/api/v1/audit/blobs/" + digest)
        except (OSError, http.client.HTTPException):
            return None
        require(status != 404, "manifest %s was planned and is not there", digest)
        return body if status == 200 else None

    def look_at(self, seen, blob_of):
        """What the cluster showed, against the log as it was read last; what needs an answer that nobody gives just now waits."""
        waiting, self.seen_waiting = self.seen_waiting + seen, []
        self.seen_waiting = [(change, thing) for change, thing in waiting if not self.story.holds_object(change, thing, blob_of)]

    def examine(self):
        """The folder that the kill left behind, before anything else runs on it."""
        seen, acknowledged = self.objects.take(), self.reporting.acknowledged
        if self.witness:
            self.witness.close()
        self.story.read_on()
        self.story.sound()
        if self.witness:
            self.story.holds(self.witness)
            self.witness = None
        self.look_at(seen, lambda digest: None)
        self.story.holds_records(self.reporting, acknowledged)
        for gateway in self.tables:
            self.story.holds_tables(gateway)
        require(not self.failures, "%s", "; ".join(self.failures))
        for g in self.gateways:
            require(g.process.running(), "gateway %s ended:\n%s", g.name, g.process.last_words())

    def settle(self):
        """The last life: load ends, everything comes to rest as it was wished, and nobody was harmed on the way."""
        self.start()
        self.wishes.stop()
        for name in NAMES:  # a spec that cannot be run is put right
            self.kube.patch("XTrinode", NS, name, {"spec": {"minWorkers": 0}})
        harness.wait_for("the control plane's first look at the cluster", self.control.ready)

        def at_rest():
            for item in self.kube.list("XTrinode", NS)["items"]:
                wanted = "Suspended" if item["spec"].get("suspended") else "Ready"
                commanded = any("-requested" in a for a in item["metadata"].get("annotations", {}))
                status = item.get("status", {})
                if item["metadata"].get("deletionTimestamp") or commanded or status.get("phase") != wanted:
                    return False
                if status.get("observedGeneration") != item["metadata"]["generation"]:
                    return False  # at rest, and about to begin anew
            return True

        harness.wait_for("every runtime as it was wished", at_rest, timeout=60, pause=0.2)
        self.queries.stop()
        self.reporting.over.set()
        require(self.pods_of("steady") == self.steady_pods, "pods of the runtime that nobody touched were replaced")
        self.compare_running()
        seen = self.objects.take()
        self.story.read_on()
        self.look_at(seen, self.blob)
        self.control.stop()
        self.examine()
        if self.seen_waiting:  # written between the last look and the end: one more life, in which nobody wishes anything, says what was planned
            self.start()
            harness.wait_for("the control plane's first look at the cluster", self.control.ready)
            self.look_at([], self.blob)
            self.control.stop()
            self.examine()
        require(not self.seen_waiting, "%d versions of objects could not be compared with their plan", len(self.seen_waiting))

    def close(self, keep):
        for stop in (lambda: self.wishes.over.set(), lambda: self.queries.over.set(), lambda: self.reporting.over.set(),
                     lambda: setattr(self.objects, "over", True), *[lambda t=t: t.over.set() for t in self.tables]):
            stop()
        for process in [self.control.process, *[g.process for g in self.gateways], self.cluster.process]:
            if process and process.running():
                process.kill()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
