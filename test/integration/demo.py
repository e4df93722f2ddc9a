#!/usr/bin/env python3
"""Walks the README by itself: sandbox, kubectl, a stock Trino client, xtn-audit. Prints each step and what it saw.

Exit status 0 only if each step held. Everything runs in a temporary folder on free loopback ports and is gone afterwards.
"""
import json, os, shutil, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "integration"))
import harness  # noqa: E402

EXAMPLE = os.path.join(ROOT, "manifests", "examples", "runtime-minimal.yaml")
SELECTOR = "default/runtime-a"


class Failed(Exception):
    pass


class Demo:
    def __init__(self, sandbox, python):
        self.sandbox, self.python, self.number = sandbox, python, 0
        self.env = dict(os.environ, KUBECONFIG=sandbox.kubeconfig)

    def step(self, title):
        self.number += 1
        print("\n\033[1m%d. %s\033[0m" % (self.number, title) if sys.stdout.isatty() else "\n%d. %s" % (self.number, title), flush=True)

    def run(self, *command, expect=(), timeout=60, quiet=False, code=0):
        """Runs a command as a user would, shows it and what it printed; every text of `expect` must be in the output."""
        shown = " ".join(os.path.relpath(c, ROOT) if c.startswith(ROOT) else c for c in command)
        print("   $ " + shown, flush=True)
        done = subprocess.run(command, env=self.env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout)
        if not quiet:
            for line in done.stdout.rstrip().split("\n"):
                print("     " + line, flush=True)
        if done.returncode != code:
            raise Failed("%s ended with status %d, expected %d" % (shown, done.returncode, code))
        for text in expect:
            if text not in done.stdout:
                raise Failed("%s: %r is not in the output" % (shown, text))
        return done.stdout

    def kubectl(self, *args, **kw):
        return self.run("kubectl", *args, **kw)

    def audit(self, *args, **kw):
        return self.run(os.path.join(ROOT, "build", "bin", "xtn-audit"), "--data", self.sandbox.data, *args, **kw)

    def query(self, sql):
        """One statement by the stock Python client, through the gateway."""
        program = ("import sys, trino\n"
                   "c = trino.dbapi.connect(host='127.0.0.1', port=int(sys.argv[1]), user='demo', http_headers={'X-Trino-XTrinode': sys.argv[2]})\n"
                   "print(c.cursor().execute(sys.argv[3]).fetchall())\n")
        print("   python> " + sql, flush=True)
        done = subprocess.run([self.python, "-c", program, str(self.sandbox.gateway_port), SELECTOR, sql], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60)
        print("     " + done.stdout.strip(), flush=True)
        if done.returncode:
            raise Failed("the Python client failed on: " + sql)
        return done.stdout

    def walk(self):
        self.step("A runtime is one custom resource")
        self.kubectl("apply", "-f", EXAMPLE, expect=["runtime-a created"])
        self.kubectl("wait", "--for=condition=Ready", "xtrinode/runtime-a", "--timeout=60s", expect=["condition met"])
        self.kubectl("get", "xtrinodes", "-A", expect=["runtime-a", "Ready"])
        self.kubectl("get", "pods,deploy,svc,cm", expect=["trino-runtime-a-coordinator", "trino-runtime-a-worker"])
        self.kubectl("apply", "-f", EXAMPLE, expect=["runtime-a unchanged"])
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", EXAMPLE, expect=["runtime-a serverside-applied"])
        self.kubectl("describe", "xtrinode", "runtime-a", expect=["AllComponentsReady"])
        self.kubectl("explain", "xtrinode.spec", expect=["size"], quiet=True)

        self.step("Bad input is refused with its field path, and loses nothing")
        bad = os.path.join(self.sandbox.scratch, "bad.yaml")
        with open(EXAMPLE) as f, open(bad, "w") as out:
            out.write(f.read().replace("maxWorkers: 2", "maxWorkers: 9000", 1))
        self.kubectl("apply", "-f", bad, expect=["spec.maxWorkers"], code=1)

        self.step("SQL clients reach it through the gateway")
        if "[[1]]" not in self.query("SELECT 1"):
            raise Failed("SELECT 1 did not answer 1")
        if "system" not in self.query("SHOW CATALOGS"):
            raise Failed("SHOW CATALOGS did not name the system catalog")
        self.query("SELECT node_id, coordinator, state FROM system.runtime.nodes")
        url = "http://127.0.0.1:%d/v1/statement" % self.sandbox.gateway_port
        self.run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "X-Trino-User: demo", "-H", "X-Trino-XTrinode: no/such", "-d", "SELECT 1", url,
                 expect=["404"])

        self.step("Suspended and resumed by one field")
        self.kubectl("patch", "xtrinode", "runtime-a", "--type=merge", "-p", '{"spec":{"suspended":true}}', expect=["patched"])
        self.kubectl("wait", "--for=condition=Suspended", "xtrinode/runtime-a", "--timeout=60s", expect=["condition met"])
        self.kubectl("patch", "xtrinode", "runtime-a", "--type=json", "-p", '[{"op":"replace","path":"/spec/suspended","value":false}]', expect=["patched"])
        self.kubectl("wait", "--for=condition=Ready", "xtrinode/runtime-a", "--timeout=60s", expect=["condition met"])
        self.query("SELECT 1")

        self.step("The log tells what happened, while it runs")
        self.audit("timeline", "runtime/default/runtime-a")
        self.audit("why", "runtime", "default/runtime-a")
        self.audit("why", "route", "default/runtime-a")
        self.audit("why", "object", "Deployment/default/trino-runtime-a-worker")
        self.audit("log", "--subject", "runtime/default/runtime-a", "--limit", "5")
        self.audit("state", "--at", "now", quiet=True, expect=["runtime-a"])
        self.audit("verify")

        self.step("Deletion leaves nothing behind")
        self.kubectl("delete", "xtrinode", "runtime-a", "--timeout=90s", expect=["deleted"], timeout=100)
        deadline = time.monotonic() + 30
        while self.kubectl("get", "deploy,svc,cm,pods", "-l", "app.kubernetes.io/instance=runtime-a", "-o", "name", quiet=True).strip():
            if time.monotonic() > deadline:
                raise Failed("objects of the deleted runtime are still there after 30 s")
        self.audit("why", "object", "Deployment/default/trino-runtime-a-worker")

        self.step("After a restart the state is the same, and the log still answers when nothing runs")
        self.sandbox.restart()
        self.audit("replay")
        self.sandbox.stop()
        self.audit("verify")
        self.audit("timeline", "runtime/default/runtime-a", quiet=True, expect=["runtime-a"])


def main():
    scratch = tempfile.mkdtemp(prefix="xtrinode-demo-")
    sandbox = None
    try:
        python = harness.venv_python()
        print("starting the sandbox in a temporary folder ...", flush=True)
        sandbox = harness.Sandbox(scratch=scratch)
        sandbox.start()
        print("     " + json.dumps(sandbox.ports), flush=True)
        Demo(sandbox, python).walk()
    except (Failed, harness.Error, subprocess.TimeoutExpired) as e:
        print("\nFAILED: %s" % e, flush=True)
        if sandbox:
            print(sandbox.last_words())
        return 1
    finally:
        if sandbox:
            sandbox.stop()
        shutil.rmtree(scratch, ignore_errors=True)
    print("\nEvery step held.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
