"""What users do to the control plane while it is killed: a seeded stream of wishes for a few runtimes, queries through the gateways, pods that fail."""
import json, random, subprocess, threading, time

import harness
from kill.witnesses import Thread

NS = "soak"
PREFIX = "xtrinode.analytics.xtrinode.io/"
NAMES = ["r%d" % i for i in range(4)]


def runtime(name, workers=1):
    return {"apiVersion": "analytics.xtrinode.io/v1", "kind": "XTrinode", "metadata": {"name": name, "namespace": NS},
            "spec": {"size": "xs", "maxWorkers": workers, "routing": {"header": "X-Trino-XTrinode=%s/%s" % (NS, name)}}}


class Wishes:
    """One wish after the other, for runtimes r0 to r3. `steady` is nobody's business: it must be left alone by all of this."""

    def __init__(self, kube, cluster, seed, failures):
        self.kube, self.cluster, self.random, self.failures = kube, cluster, random.Random(seed), failures
        self.kubectl = harness.any_kubectl()
        self.made, self.commands, self.over = 0, [], threading.Event()
        self.table = [(14, self.create), (22, self.change), (9, self.suspend), (9, self.wake), (12, self.command), (7, self.delete), (10, self.lose_pod),
                      (4, self.meddle), (4, self.break_spec), (9, self.by_kubectl)]
        self.thread = Thread("wishes", self.run, failures)

    def run(self):
        while not self.over.wait(self.random.uniform(0.01, 0.09)):
            self.random.choices([w for _, w in self.table], [n for n, _ in self.table])[0](self.random.choice(NAMES))
            self.made += 1

    def create(self, name):
        self.kube.create("XTrinode", NS, runtime(name, self.random.randint(1, 2)))

    def change(self, name):
        what = self.random.choice([{"maxWorkers": self.random.randint(1, 3)}, {"wakeTTL": "%dm" % self.random.randint(1, 50)},
                                   {"wakeMinWorkers": self.random.randint(0, 1)}])
        self.kube.patch("XTrinode", NS, name, {"spec": what})

    def suspend(self, name):
        self.kube.patch("XTrinode", NS, name, {"spec": {"suspended": True}})

    def wake(self, name):
        self.kube.patch("XTrinode", NS, name, {"spec": {"suspended": False}})

    def command(self, name):
        what = self.random.choice(["suspend", "resume"])
        at = "2026-01-01T%02d:%02d:%02dZ" % (len(self.commands) // 3600, len(self.commands) // 60 % 60, len(self.commands) % 60)
        self.commands.append(at)
        self.kube.patch("XTrinode", NS, name, {"metadata": {"annotations": {PREFIX + what + "-requested": "true", PREFIX + what + "-requested-at": at}}})

    def delete(self, name):
        self.kube.delete("XTrinode", NS, name)

    def lose_pod(self, name):
        pods = [p["metadata"]["name"] for p in self.kube.list("Pod", NS)["items"] if p["metadata"]["labels"].get("app.kubernetes.io/instance") == name]
        if pods:
            self.kube.delete("Pod", NS, self.random.choice(pods))

    def meddle(self, name):
        """Somebody edits or deletes what is ours."""
        if self.random.random() < 0.5:
            self.kube.delete("Service", NS, "trino-" + name)
        else:
            self.kube.patch("Service", NS, "trino-" + name, {"metadata": {"labels": {"app.kubernetes.io/name": "meddled"}}})

    def break_spec(self, name):
        self.kube.patch("XTrinode", NS, name, {"spec": {"minWorkers": self.random.choice([50, 0])}})

    def by_kubectl(self, name):
        """The same by the tool that people use; what it answers depends on the moment, that it answers does not."""
        args = self.random.choice([["apply", "-f", "-"], ["delete", "xtrinode", name, "-n", NS, "--wait=false"],
                                   ["patch", "xtrinode", name, "-n", NS, "--type=merge", "-p", '{"spec":{"maxWorkers":2}}'],
                                   ["annotate", "xtrinode", name, "-n", NS, "--overwrite", PREFIX + "wake-ttl=%dm" % self.random.randint(1, 9)]])
        done = subprocess.run([self.kubectl, *args], env=self.cluster.environment(), input=json.dumps(runtime(name, 1)) if args[0] == "apply" else None,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        if done.returncode and not any(fine in done.stdout for fine in ("NotFound", "not found", "Conflict", "being deleted", "AlreadyExists", "modified")):
            raise AssertionError("kubectl %s: %s" % (" ".join(args), done.stdout))

    def stop(self):
        self.over.set()
        self.thread.join(60)


class Queries:
    """Statements of `steady` through each gateway in turn, by the bare protocol: none may fail, whoever leads or does not."""

    def __init__(self, cluster, ports, failures):
        self.done, self.over = 0, threading.Event()
        self.cluster, self.ports = cluster, ports
        self.thread = Thread("queries", self.run, failures)

    def run(self):
        while not self.over.wait(0.04):
            rows = self.cluster.query("SELECT 1", "%s/steady" % NS, self.ports[self.done % len(self.ports)])
            if rows != [[1]]:
                raise AssertionError("SELECT 1 gave %s" % rows)
            self.done += 1

    def stop(self):
        self.over.set()
        self.thread.join(30)


STOCK_CLIENT = """
import sys, time, trino
connection = trino.dbapi.connect(host="127.0.0.1", port=int(sys.argv[1]), user="soak", http_headers={"X-Trino-XTrinode": sys.argv[2]})
done = 0
while not sys.stdin.closed:
    assert connection.cursor().execute("SELECT 1").fetchall() == [[1]]
    done += 1
    print(done, flush=True)
    time.sleep(0.15)
"""


class StockClient:
    """The Python client from PyPI doing the same, as a process; not there where PyPI is out of reach."""

    def __init__(self, port):
        self.process = subprocess.Popen([harness.venv_python(), "-c", STOCK_CLIENT, str(port), NS + "/steady"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)

    def stop(self):
        """The number of its statements; Error if one failed."""
        ended = self.process.poll()
        self.process.kill()
        said = self.process.communicate()[0].splitlines()
        if ended is not None:
            raise harness.Error("the stock client failed:\n" + "\n".join(said[-20:]))
        return int(said[-1]) if said else 0
