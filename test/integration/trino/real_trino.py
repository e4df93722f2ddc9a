#!/usr/bin/env python3
"""Real Trino processes in the sandbox's pods: SELECT count(*) FROM tpch.tiny.nation through the gateway.

  real_trino.py              the test; last line `N passed, N failed, N skipped`
  real_trino.py --fetch      only prints the folder of a Trino server made from Maven Central's jars (for `xtrinode sandbox --trino`)

Needs a Java 24 or newer (JAVA_HOME, PATH or /usr/lib/jvm) and Maven. Where Maven Central is out of reach or there is no such Java, the
test says that it was not run, and why.
"""
import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import harness  # noqa: E402

# No server tarball newer than 476 is served; 483 runs from its jars. It is the first with a coordinatorId in /v1/info.
VERSION = "483"
OLDEST_JAVA = 24
PLUGINS = {"tpch": ("trino-tpch", "io.trino.plugin.tpch.TpchPlugin")}
# The class that Trino's own tarball starts, for jars that do not bring it.
MAIN = """package io.trino.server;

public final class TrinoServer {
    private TrinoServer() {}

    public static void main(String[] arguments) {
        new Server().start("%s");
    }
}
""" % VERSION
# With a route Trino is told to believe forwarding headers (spec.routing); without one it refuses them with 406.
RUNTIME = """apiVersion: analytics.xtrinode.io/v1
kind: XTrinode
metadata: {name: real, namespace: default}
spec:
  size: xs
  maxWorkers: 1
  routing:
    header: X-Trino-XTrinode=default/real
"""


def java_version(java):
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20).stderr
    except OSError:
        return 0
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


def java_home():
    """The home of a JDK that is new enough."""
    places = [os.environ.get("JAVA_HOME")] + ([os.path.dirname(os.path.dirname(os.path.realpath(shutil.which("java"))))] if shutil.which("java") else [])
    places += sorted(glob.glob("/usr/lib/jvm/*"), reverse=True)
    tried = []
    for home in places:
        if not home or not os.path.exists(os.path.join(home, "bin", "javac")):
            continue
        version = java_version(os.path.join(home, "bin", "java"))
        if version >= OLDEST_JAVA:
            return home
        tried.append("%s is %d" % (home, version))
    raise harness.NotAvailable("there is no JDK %d or newer on this machine%s" % (OLDEST_JAVA, " (%s)" % ", ".join(tried) if tried else ""))


def fetch_jars(artifact, folder, home):
    """One artifact of Trino's with all that it needs at run time."""
    if os.path.exists(os.path.join(folder, "complete")):
        return
    maven = shutil.which("mvn")
    if not maven:
        raise harness.NotAvailable("there is no mvn on this machine (package maven)")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(os.path.join(folder, "pom.xml"), "w") as f:
        f.write("""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>xtrinode</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies><dependency><groupId>io.trino</groupId><artifactId>%s</artifactId><version>%s</version></dependency></dependencies></project>""" % (artifact, VERSION))
    done = subprocess.run([maven, "-q", "-B", "-f", os.path.join(folder, "pom.xml"), "dependency:copy-dependencies", "-DincludeScope=runtime",
                           "-DoutputDirectory=" + folder], env=dict(os.environ, JAVA_HOME=home), capture_output=True, text=True)
    if done.returncode:
        raise harness.NotAvailable("Maven Central did not give %s %s: %s" % (artifact, VERSION, (done.stdout + done.stderr).strip()[-300:]))
    open(os.path.join(folder, "complete"), "w").close()


def fetch():
    """The folder of an unpacked server: lib/, plugin/tpch/, etc/catalog/tpch.properties."""
    home = java_home()
    server = os.path.join(harness.CACHE, "trino-server-" + VERSION)
    fetch_jars("trino-main", os.path.join(server, "lib"), home)
    for name, (artifact, plugin) in PLUGINS.items():
        folder = os.path.join(server, "plugin", name)
        fetch_jars(artifact, folder, home)
        with zipfile.ZipFile(os.path.join(folder, "service.jar"), "w") as jar:
            jar.writestr("META-INF/services/io.trino.spi.Plugin", plugin + "\n")
        os.makedirs(os.path.join(server, "etc", "catalog"), exist_ok=True)
        with open(os.path.join(server, "etc", "catalog", name + ".properties"), "w") as f:
            f.write("connector.name=%s\n" % name)
    jar = os.path.join(server, "lib", "main-class.jar")
    if not os.path.exists(jar):
        work = os.path.join(server, "main-class")
        os.makedirs(os.path.join(work, "io", "trino", "server"), exist_ok=True)
        source = os.path.join(work, "io", "trino", "server", "TrinoServer.java")
        with open(source, "w") as f:
            f.write(MAIN)
        done = subprocess.run([os.path.join(home, "bin", "javac"), "-cp", os.path.join(server, "lib", "*"), "-d", work, source], capture_output=True, text=True)
        if done.returncode:
            raise harness.Error("the main class does not compile: %s" % done.stderr)
        with zipfile.ZipFile(jar + ".new", "w") as archive:
            archive.write(os.path.join(work, "io", "trino", "server", "TrinoServer.class"), "io/trino/server/TrinoServer.class")
        os.rename(jar + ".new", jar)
    return server, os.path.join(home, "bin", "java")


def processes(marker):
    """Process ids of Java programs that have `marker` in their command line."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as f:
                command = f.read()
        except OSError:
            continue
        if marker.encode() in command and b"io.trino.server.TrinoServer" in command:
            found.append(int(path.split("/")[2]))
    return found


def check(name, condition, detail=""):
    print("%s  %s%s" % ("passed" if condition else "FAILED", name, "  " + str(detail)[:400] if detail else ""), flush=True)
    return bool(condition)


def run():
    server, java = fetch()
    kubectl = next(iter(harness.kubectls().values()), None)
    if kubectl is None:
        raise harness.NotAvailable("there is no kubectl on this machine")
    results = []
    sandbox = harness.Sandbox(args=["--trino", server, "--java", java])
    try:
        sandbox.start()
        sandbox.run(kubectl, "apply", "-f", "-", input=RUNTIME)
        began = time.monotonic()
        said = sandbox.run(kubectl, "wait", "--for=condition=Ready", "xtrinode/real", "--timeout=240s", code=None, timeout=260)
        if not check("a runtime of real Trino processes becomes ready", "condition met" in said, "%s (%.0f s)" % (said.strip(), time.monotonic() - began)):
            print(sandbox.run(kubectl, "get", "xtrinode/real", "pods", "-o", "yaml", code=None)[-4000:])
            for log in glob.glob(os.path.join(sandbox.scratch, "**", "server.log"), recursive=True):
                print(log, open(log, errors="replace").read()[-3000:])
            return [False]
        results.append(True)
        count = harness.wait_for("a worker that answers", lambda: first_answer(sandbox), timeout=90, pause=1)
        results.append(check("SELECT count(*) FROM tpch.tiny.nation through the gateway", count == [[25]], count))
        nodes = sandbox.query("SELECT node_version, coordinator FROM system.runtime.nodes ORDER BY 2", "default/real")
        results.append(check("its nodes are a coordinator and a worker of Trino %s" % VERSION, nodes == [[VERSION, False], [VERSION, True]], nodes))
        results.append(check("two processes run", len(processes(sandbox.data)) == 2, processes(sandbox.data)))
        took = sandbox.stop()
        results.append(check("the sandbox stops in time", took < 5, "%.1f s" % took))
        results.append(check("no process is left", not processes(sandbox.data), processes(sandbox.data)))
    finally:
        sandbox.close()
    return results


def first_answer(sandbox):
    """The rows, or nothing while the worker has not announced itself yet (a real coordinator then has no nodes to run on)."""
    try:
        return sandbox.query("SELECT count(*) FROM tpch.tiny.nation", "default/real")
    except harness.Error as error:
        if "No nodes available" in str(error) or "still initializing" in str(error):
            return None
        raise


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fetch", action="store_true")
    args = parser.parse_args()
    try:
        if args.fetch:
            print(fetch()[0])
            return 0
        results = run()
    except harness.NotAvailable as why:
        print("not run real_trino: %s" % why)
        print("0 passed, 0 failed, 1 skipped")
        return 0
    except harness.Error as error:
        print("FAILED  %s" % error)
        results = [False]
    print("%d passed, %d failed, 0 skipped" % (results.count(True), results.count(False)))
    return 1 if False in results else 0


if __name__ == "__main__":
    sys.exit(main())
