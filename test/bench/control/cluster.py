"""A cluster of the sandbox's and the real control plane beside it, as the benches of the control plane use them."""
import http.client, json, os, sys, time, urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(HERE)), "integration"))
sys.path.insert(0, os.path.dirname(HERE))
import harness

XTRINODES = "/apis/analytics.xtrinode.io/v1/namespaces/default/xtrinodes"


class Api:
    """One keep-alive connection to the cluster's API."""

    def __init__(self, kubeconfig):
        with open(kubeconfig) as f:
            server = next(line.split("server:", 1)[1].strip() for line in f if "server:" in line)
        url = urllib.parse.urlsplit(server)
        self.headers = {"Authorization": "Bearer " + url.password}
        self.connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
        self.connection.connect()

    def ask(self, method, path, body=None, kind="application/json"):
        """(status, body as JSON)."""
        headers = self.headers if body is None else dict(self.headers, **{"Content-Type": kind})
        self.connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text)

    def must(self, method, path, body=None, kind="application/json"):
        status, answer = self.ask(method, path, body, kind)
        if status >= 300:
            raise harness.Error("%s %s: %d %s" % (method, path, status, answer.get("message")))
        return answer

    def create_runtime(self, name, **spec):
        spec = {"size": "xs", "maxWorkers": 1, "routing": {"header": "X-Trino-XTrinode=default/" + name}, **spec}
        self.must("POST", XTRINODES, {"apiVersion": "analytics.xtrinode.io/v1", "kind": "XTrinode", "metadata": {"name": name, "namespace": "default"},
                                      "spec": spec})

    def revision(self):
        """The cluster's newest resourceVersion: it moves with every write."""
        return int(self.must("GET", "/api/v1/namespaces?limit=1")["metadata"]["resourceVersion"])

    def runtimes(self):
        return self.must("GET", XTRINODES)["items"]

    def watch(self, path):
        """Yields (when it arrived, event) for each watch event from now on. Off the bare socket: http.client hands a line out only with the one behind it."""
        listed = self.must("GET", path + "?limit=1")["metadata"]["resourceVersion"]
        lines = ["GET %s?watch=true&resourceVersion=%s HTTP/1.1" % (path, listed), "Host: cluster"] + ["%s: %s" % h for h in self.headers.items()]
        self.connection.sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.connection.sock.settimeout(None)

        def events():
            rest = b""
            while True:
                piece = self.connection.sock.recv(1 << 16)
                now = time.perf_counter()
                if not piece:
                    return
                *whole, rest = (rest + piece).split(b"\n")
                for line in whole:
                    if line.startswith(b"{"):  # the others are the frame of the chunks
                        yield now, json.loads(line)

        return events()


def head(controller):
    """{stream: number of its last event}."""
    status, _, body = harness.http("GET", controller.api + "/api/v1/audit/head")
    if status != 200:
        raise harness.Error("the audit API answers %d" % status)
    heads = json.loads(body)
    return {stream: heads[stream]["seq"] for stream in ("control", "queries")}


def cpu_seconds(pid):
    """CPU time of all threads of a process so far, to the nanosecond."""
    total = 0
    for task in os.listdir("/proc/%d/task" % pid):
        try:
            with open("/proc/%d/task/%s/schedstat" % (pid, task)) as f:
                total += int(f.read().split()[0])
        except FileNotFoundError:
            pass
    return total / 1e9


def wait_quiet(controller, api, quiet_for, timeout):
    """Until neither the log nor the cluster moves for that many seconds."""
    deadline, since, last = time.monotonic() + timeout, time.monotonic(), None
    while True:
        now = (head(controller), api.revision())
        if now != last:
            last, since = now, time.monotonic()
        if time.monotonic() - since >= quiet_for:
            return
        if time.monotonic() > deadline:
            raise harness.Error("the control plane did not come to rest within %g s" % timeout)
        time.sleep(0.25)


def open_cluster(arguments):
    """(cluster, controller, api) from freshly made folders; close() them in the other order."""
    cluster = harness.Cluster().start()
    controller = harness.Controller(cluster).start()
    return cluster, controller, Api(cluster.kubeconfig)
