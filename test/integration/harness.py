"""What the suites share: programs to test, a sandbox in a temporary folder, clients from package registries, waiting for conditions."""
import hashlib, json, os, shutil, signal, socket, subprocess, sys, tempfile, threading, time, urllib.error, urllib.request, venv

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CACHE = os.environ.get("XTRINODE_CACHE") or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "xtrinode")
# The folder of the programs under test: release ones by default, the sanitizers' when run_all.py says so.
BIN = os.environ.get("XTN_BIN") or os.path.join(ROOT, "build", "bin")
SANITIZED = "asan" in BIN
EXAMPLE = os.path.join(ROOT, "manifests", "examples", "runtime-minimal.yaml")
# Clients under test, pinned: what they send is part of what the tests show.
PYTHON_CLIENTS = ["trino==0.340.0", "kubernetes==37.0.2"]


class Error(Exception):
    """Something the test needs went wrong; the text says what."""


class NotAvailable(Exception):
    """This machine cannot provide what the test needs; it is reported as not run, with this reason."""


def program(name):
    path = os.path.join(BIN, name)
    if not os.path.exists(path):
        raise Error("%s is not there: run ./dev build first" % os.path.relpath(path, ROOT))
    return path


def tool(name):
    """A helper of the tests that is built with them; it links what no program of ours would."""
    path = os.path.join(os.environ.get("XTN_TOOLS") or os.path.join(ROOT, "build-asan"), name)
    if not os.path.exists(path):
        raise NotAvailable("%s is not built: ./dev test builds it" % name)
    return path


def wait_for(what, condition, timeout=30.0, pause=0.05):
    """Polls until `condition()` is true and returns its value; Error naming `what` after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Error("%s: not within %g s" % (what, timeout))
        time.sleep(pause)


def http(method, url, body=None, headers=None, timeout=30):
    """(status, headers, body) of one request; never raises for a status."""
    request = urllib.request.Request(url, data=body.encode() if isinstance(body, str) else body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read()


def log_head(api):
    """Where the control stream stands: seq, epoch, chain."""
    status, _, body = http("GET", api + "/api/v1/audit/head", timeout=5)
    assert status == 200, body
    return json.loads(body)["control"]


def quiet_log(api, still=0.5, timeout=30):
    """Waits until nothing was written for `still` seconds; returns the last event's number."""
    last = [None, 0.0]

    def same():
        now = log_head(api)["seq"]
        if now != last[0]:
            last[:] = [now, time.monotonic()]
        return time.monotonic() - last[1] >= still and now

    return wait_for("a quiet log", same, timeout, still / 5)


class Wire:
    """A listener on loopback that hands each connection to carry(), on a thread of its own: the base of what stands between two programs and misbehaves."""

    def __init__(self, host, port):
        self.target = (host, port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.carry, args=(client,), daemon=True).start()

    def carry(self, client):
        raise NotImplementedError

    @staticmethod
    def hang_up(*sockets):
        for s in sockets:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()


def venv_python():
    """A Python with the stock clients, made once per set of pinned versions."""
    name = "clients-" + hashlib.sha256("\n".join(PYTHON_CLIENTS + [sys.version]).encode()).hexdigest()[:12]
    folder = os.path.join(CACHE, name)
    python = os.path.join(folder, "bin", "python3")
    if not os.path.exists(os.path.join(folder, "complete")):
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        done = subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PYTHON_CLIENTS], capture_output=True, text=True)
        if done.returncode:
            raise NotAvailable("PyPI did not give %s: %s" % (", ".join(PYTHON_CLIENTS), done.stderr.strip()[-300:]))
        open(os.path.join(folder, "complete"), "w").close()
    return python


def kubectls():
    """{name: path} of the kubectl programs on this machine: Debian's 1.20 and a current one, where they are."""
    found = {}
    old = os.path.join(CACHE, "kubectl-1.20", "usr", "bin", "kubectl")
    if os.path.exists(old):
        found["kubectl 1.20"] = old
    built = os.path.join(CACHE, "kubectl-current", "kubectl")
    for path in (built, shutil.which("kubectl")):
        if path and os.path.exists(path) and os.path.realpath(path) != os.path.realpath(old):
            found["current kubectl"] = path
            break
    return found


def any_kubectl():
    for path in kubectls().values():
        return path
    raise NotAvailable("there is no kubectl on this machine")


class Process:
    """A program of ours with its output in a file; stopped by SIGINT, in time, or it is an error."""

    def __init__(self, name, args, log, env=None):
        self.name, self.log = name, log
        environment = dict(os.environ, **(env or {}))
        environment.setdefault("ASAN_OPTIONS", "detect_leaks=1:exitcode=99")
        environment.setdefault("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1")
        self.out = open(log, "ab")
        self.process = subprocess.Popen([program(name), *args], stdout=self.out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment,
                                        start_new_session=True)

    def running(self):
        return self.process.poll() is None

    def last_words(self, lines=40):
        with open(self.log, errors="replace") as f:
            return "".join(f.readlines()[-lines:])

    def kill(self):
        """As a power cut would, for this program and what it started."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.out.close()

    def stop(self, within=5.0):
        """SIGINT; returns the seconds it took."""
        began = time.monotonic()
        if self.running():
            self.process.send_signal(signal.SIGINT)
        try:
            status = self.process.wait(timeout=within * (4 if SANITIZED else 1))
        except subprocess.TimeoutExpired:
            words = self.last_words()
            self.kill()
            raise Error("%s did not stop within %g s:\n%s" % (self.name, within, words))
        self.out.close()
        if status:
            raise Error("%s ended with status %d:\n%s" % (self.name, status, self.last_words()))
        return time.monotonic() - began


def wait_for_ports(process, ports_file, timeout=60):
    def look():
        if not process.running():
            raise Error("%s ended with status %s:\n%s" % (process.name, process.process.returncode, process.last_words()))
        return os.path.exists(ports_file)

    wait_for("the ports file of " + process.name, look, timeout)
    with open(ports_file) as f:
        return json.load(f)


class Sandbox:
    """`xtrinode sandbox` on free ports, its state in `scratch`."""

    def __init__(self, scratch=None, args=()):
        self.own = scratch is None
        self.scratch = scratch or tempfile.mkdtemp(prefix="xtrinode-test-")
        self.data = os.path.join(self.scratch, "data")
        self.args, self.process, self.ports = list(args), None, {}

    @property
    def kubeconfig(self):
        return self.ports["kubeconfig"]

    @property
    def gateway_port(self):
        return int(self.ports["gateway"].rsplit(":", 1)[1])

    def start(self):
        ports_file = os.path.join(self.scratch, "ports.json")
        if os.path.exists(ports_file):
            os.unlink(ports_file)
        self.process = Process("xtrinode", ["sandbox", "--data", self.data, "--ports-file", ports_file, *self.args], os.path.join(self.scratch, "sandbox.log"))
        self.ports = wait_for_ports(self.process, ports_file)
        return self

    def stop(self):
        process, self.process = self.process, None
        return process.stop() if process else 0.0

    def kill(self):
        process, self.process = self.process, None
        process.kill()

    def restart(self):
        self.stop()
        return self.start()

    def last_words(self):
        path = os.path.join(self.scratch, "sandbox.log")
        if not os.path.exists(path):
            return ""
        with open(path, errors="replace") as f:
            return "".join(f.readlines()[-40:])

    def close(self):
        try:
            self.stop()
        finally:
            if self.own:
                shutil.rmtree(self.scratch, ignore_errors=True)

    def environment(self):
        return dict(os.environ, KUBECONFIG=self.kubeconfig, HOME=self.scratch)

    def run(self, *command, code=0, input=None, timeout=90):
        """Output (both streams) of a command that must end with `code` (None: any)."""
        done = subprocess.run(command, env=self.environment(), cwd=ROOT, input=input, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=timeout)
        if code is not None and done.returncode != code:
            raise Error("%s ended with status %d, expected %d:\n%s" % (" ".join(command), done.returncode, code, done.stdout))
        return done.stdout

    def audit(self, *args, code=0):
        return self.run(program("xtn-audit"), "--data", self.data, *args, code=code)

    def query(self, sql, selector="default/runtime-a", port=None):
        """Rows of one statement by the bare protocol: POST, then every nextUri. Error with the server's words when it fails."""
        url = "http://127.0.0.1:%d/v1/statement" % (port or self.gateway_port)
        headers = {"X-Trino-User": "test", "X-Trino-XTrinode": selector}
        status, _, body = http("POST", url, sql, headers)
        rows = []
        while True:
            if status != 200:
                raise Error("%s: %d %s" % (sql, status, body[:300]))
            page = json.loads(body)
            if "error" in page:
                raise Error("%s: %s" % (sql, page["error"].get("message")))
            rows += page.get("data", [])
            if "nextUri" not in page:
                return rows
            status, _, body = http("GET", page["nextUri"], headers={"X-Trino-User": "test"})


class Cluster(Sandbox):
    """Only the Kubernetes API and its pods: control planes and gateways are processes beside it, to be killed and replaced."""

    def __init__(self, scratch=None, args=()):
        super().__init__(scratch, ["--cluster-only", *args])

    @property
    def hosts(self):
        """Where a gateway finds the addresses of the cluster's Services."""
        return os.path.join(self.data, "hosts")


class Controller:
    """`xtrinode controller` on a cluster, its log in `data`; killed and started again at will."""

    def __init__(self, cluster, name="controller", args=()):
        self.cluster, self.name, self.args = cluster, name, list(args)
        self.data = os.path.join(cluster.scratch, name)
        self.log = os.path.join(cluster.scratch, name + ".log")
        self.listen = "127.0.0.1:0"
        self.process, self.ports = None, {}

    @property
    def api(self):
        return self.ports["api"]

    def start(self, env=None, wait=True):
        """Keeps its port over a restart, so that gateways find it again."""
        ports_file = os.path.join(self.cluster.scratch, self.name + ".json")
        if os.path.exists(ports_file):
            os.unlink(ports_file)
        self.process = Process("xtrinode", ["controller", "--kubeconfig", self.cluster.kubeconfig, "--data", self.data, "--listen-api", self.listen,
                                            "--ports-file", ports_file, *self.args], self.log, env)
        if wait:
            self.ports = wait_for_ports(self.process, ports_file)
            self.listen = self.api.split("//", 1)[1]
            wait_for("the control plane's first look at the cluster", self.ready)
        return self

    def ready(self):
        try:
            return http("GET", self.api + "/readyz")[0] == 200
        except OSError:
            return False

    def kill(self):
        self.process.kill()

    def stop(self):
        return self.process.stop()

    def close(self):
        if self.process and self.process.running():
            self.process.stop()

    def audit(self, *args, code=0):
        return self.cluster.run(program("xtn-audit"), "--data", self.data, *args, code=code)

    def events(self, *args):
        """What is in the log, oldest first: the whole control stream, or what `xtn-audit log` makes of further arguments."""
        out = self.audit("log", "--from", "1", "--limit", "1000000", "-o", "jsonl", *args)
        return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


class GatewayProcess:
    """`xtrinode gateway` as a process of its own; `args` say where its routes come from."""

    def __init__(self, folder, name, args):
        self.ports_file = os.path.join(folder, name + ".json")
        if os.path.exists(self.ports_file):
            os.unlink(self.ports_file)
        self.process = Process("xtrinode", ["gateway", "--listen", "127.0.0.1:0", "--id", name, "--ports-file", self.ports_file, *args],
                               os.path.join(folder, name + ".log"))
        self.url = wait_for_ports(self.process, self.ports_file)["gateway"]
        self.port = int(self.url.rsplit(":", 1)[1])

    def ready(self):
        return http("GET", self.url + "/readyz")[0] == 200

    def metric(self, line):
        """The value of one series, named as in the text: name{labels}. 0 when it is not there."""
        for each in http("GET", self.url + "/metrics")[2].decode().splitlines():
            if each.startswith(line + " "):
                return float(each.rsplit(" ", 1)[1])
        return 0.0

    def resident_mb(self):
        with open("/proc/%d/status" % self.process.process.pid) as f:
            return next(int(line.split()[1]) / 1024 for line in f if line.startswith("VmRSS:"))

    def words(self):
        with open(self.process.log, errors="replace") as f:
            return f.read()
