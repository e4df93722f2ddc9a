"""What anybody outside saw of the control plane, noted down as it happened: the ground on which a lost event is noticed.

A Witness of the control plane lives as long as one process of it; a witness of the cluster or of a gateway outlives them all.
"""
import hashlib, http.client, json, re, threading, time, urllib.parse

import harness


class Thread(threading.Thread):
    """A thread whose failure is kept for the scene to find."""

    def __init__(self, name, work, failures):
        super().__init__(name=name, daemon=True)
        self.work, self.failures = work, failures
        self.start()

    def run(self):
        try:
            self.work()
        except Exception as e:  # the soak itself went wrong: that must not pass for a quiet witness
            self.failures.append("%s: %s: %s" % (self.name, type(e).__name__, e))


class ControlPlaneWitness:
    """Follows both streams, the routes and the state of one process until it is gone."""

    def __init__(self, api, after, failures):
        self.events = {"control": {}, "queries": {}}  # seq -> event, as an API answer showed it
        self.tables = {}  # (epoch, version) -> text of the route table
        self.states = []  # (seq, sha256 of the state) newest last
        self.heads = []  # (seq, epoch, chain) newest last
        self.over = threading.Event()
        self.url = urllib.parse.urlsplit(api)
        self.threads = [Thread("follow " + s, lambda s=s: self.lines("/api/v1/audit/follow?stream=%s&after=%d" % (s, after[s]),
                                                                     lambda e, s=s: self.events[s].__setitem__(e["seq"], e)), failures) for s in self.events]
        self.threads.append(Thread("routes", lambda: self.lines("/api/v1/routes/stream", self.table), failures))
        self.threads.append(Thread("state", self.look_at_state, failures))

    def table(self, table):
        key = (table["epoch"], table["version"])
        text = json.dumps(table, sort_keys=True)
        if self.tables.setdefault(key, text) != text:
            raise AssertionError("two route tables are both %s" % (key,))

    def lines(self, path, each):
        connection = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=8)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            while not self.over.is_set():
                line = answer.readline()
                if not line.endswith(b"\n"):
                    return  # killed: half a line was never said
                if line.strip():
                    each(json.loads(line))
        except (OSError, http.client.HTTPException, ValueError):
            return  # ValueError: the answer's chunk was cut off
        finally:
            connection.close()

    def look_at_state(self):
        while not self.over.wait(0.15):
            try:
                connection = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=8)
                connection.request("GET", "/api/v1/audit/state")
                answer = connection.getresponse()
                body = answer.read()
                if answer.status == 200:
                    self.states.append((int(answer.headers["X-XTrinode-Seq"]), hashlib.sha256(body).hexdigest()))
                connection.request("GET", "/api/v1/audit/head")
                answer = connection.getresponse()
                head = json.loads(answer.read())["control"]
                self.heads.append((head["seq"], head["epoch"], head["chain"]))
            except (OSError, http.client.HTTPException, ValueError):
                return
            finally:
                connection.close()

    def close(self):
        """After the process is gone: waits for what was still on the way."""
        self.over.set()
        for t in self.threads:
            t.join(10)
            if t.is_alive():
                raise harness.Error("witness '%s' does not end" % t.name)


class ClusterWitness:
    """Every version of every object that the API server showed."""

    KINDS = ("XTrinode", "Deployment", "Service", "ConfigMap", "ServiceAccount", "Event", "Pod")

    def __init__(self, kube, failures):
        self.lock, self.seen, self.over = threading.Lock(), [], False
        for kind in self.KINDS:
            Thread("watch " + kind, lambda kind=kind: kube.watch(kind, self.note, lambda: self.over), failures)

    def note(self, change, thing):
        with self.lock:
            self.seen.append((change, thing))

    def take(self):
        with self.lock:
            out, self.seen = self.seen, []
        return out


class GatewayWitness:
    """The route tables that a gateway served by, in order."""

    def __init__(self, name, url, failures):
        self.name, self.url, self.tables, self.over = name, url, [], threading.Event()
        Thread("tables of " + name, self.look, failures)

    def look(self):
        while not self.over.wait(0.1):
            text = harness.http("GET", self.url + "/metrics")[2].decode()
            part = {k: int(float(v)) for k, v in re.findall(r'^xtrinode_gateway_route_table\{part="(\w+)"\} (\S+)', text, re.M)}
            table = (part.get("epoch", 0), part.get("version", 0))
            if table != (0, 0) and (not self.tables or self.tables[-1] != table):
                self.tables.append(table)


class ReportingGateway:
    """A gateway that does nothing but report: it knows which records were acknowledged, and sends a batch again until it is."""

    def __init__(self, name, url_of, failures):
        self.name, self.url_of, self.acknowledged, self.next, self.over = name, url_of, 0, 1, threading.Event()
        self.again = 0  # batches whose answer never came
        Thread("records of " + name, self.report, failures)

    def record(self, number):
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        if number % 5 == 0:
            return {"sequence": number, "time": now, "type": "activity.observed", "subject": "runtime/soak/steady",
                    "payload": {"running": number % 2, "queued": 0}}
        return {"sequence": number, "time": now, "type": "query.ended", "subject": "runtime/soak/steady",
                "payload": {"query_id": "20261126_000000_%05d_soak0" % (number % 100000), "runtime": "soak/steady", "backend": "steady", "state": "FINISHED",
                            "elapsed_ms": number}}

    def report(self):
        while not self.over.wait(0.03):
            last = self.next + 2 + self.next % 3
            batch = json.dumps({"gateway": self.name, "records": [self.record(n) for n in range(self.next, last + 1)]})
            while not self.over.is_set():
                try:
                    status, _, body = harness.http("POST", self.url_of() + "/api/v1/gateways/records", batch, {"Content-Type": "application/json"}, timeout=15)
                except (OSError, http.client.HTTPException):
                    status, body = 0, b""
                if status == 200:
                    self.acknowledged, self.next = last, last + 1
                    break
                if status == 400:
                    raise AssertionError("a batch was refused: %s" % body)
                self.again += 1
                time.sleep(0.05)
