"""Canary values planted wherever a credential may come in are found in no file that we write: store, blobs, anchor, exports, logs, metrics, crash output.

The scan itself is tested: a harmless marker that does belong in the log must be found by the same search.
"""
import base64, hashlib, json, os, signal, subprocess, urllib.parse

import pytest

import harness
from harness import GatewayProcess

MARKER = "plainly-visible-marker"  # a label, which the log keeps as it is


class Canaries:
    """Values that must stay unseen, by the place where each was planted."""

    def __init__(self):
        self.values = {}

    def plant(self, place):
        value = "canary-%d-%s" % (len(self.values), hashlib.sha256(place.encode()).hexdigest()[:20])
        self.values[place] = value
        return value

    def traces(self):
        """(place, form, bytes): a value and what would give it away to somebody who guesses: encodings and plain hashes."""
        for place, value in self.values.items():
            raw = value.encode()
            yield place, "as it is", raw
            yield place, "base64", base64.b64encode(raw).rstrip(b"=")[:-1]
            yield place, "hex", raw.hex().encode()
            yield place, "percent-encoded", urllib.parse.quote(value, safe="").replace("-", "%2D").encode()
            for name in ("md5", "sha1", "sha256", "sha512"):
                digest = hashlib.new(name, raw)
                yield place, "plain " + name, digest.hexdigest().encode()
                yield place, "plain %s, binary" % name, digest.digest()

    def found_in(self, name, content):
        lower = content.lower()
        return ["%s: %s, %s" % (name, place, form) for place, form, trace in self.traces()
                if trace in content or (form in ("hex", "percent-encoded") or form.startswith("plain")) and not form.endswith("binary") and trace.lower() in lower]


def files_below(*roots):
    for root in roots:
        if os.path.isfile(root):
            yield root
        for folder, _, names in os.walk(root):
            for name in names:
                yield os.path.join(folder, name)


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except FileNotFoundError:  # RocksDB removed it meanwhile
        return b""


def resources(canaries):
    """Custom resources with a credential in every field that can hold one, well-formed and not."""
    plant = canaries.plant
    pem = "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n"
    return [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "orders-db", "namespace": "default"}, "stringData": {"password": plant("Secret data")}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine", "namespace": "default"}, "data": {"x.properties": "a.password=" + plant("a user's ConfigMap")}},
        catalog("orders", {"postgres": {"connectionURL": "jdbc:postgresql://db.example.net/orders", "connectionUser": "trino",
                                        "connectionPasswordSecret": {"name": "orders-db", "key": "password"}}}),
        catalog("url", {"postgres": {"connectionURL": "jdbc:postgresql://db.example.net/orders?user=u&password=%s&ssl=true" % plant("JDBC URL parameter"),
                                     "connectionUser": "trino", "connectionPasswordSecret": {"name": "orders-db", "key": "password"}}}),
        catalog("userinfo", {"custom": {"connectorName": "mongodb", "properties": {"mongodb.connection-url": "mongodb://u:%s@db/" % plant("URL userinfo")}}}),
        catalog("property", {"custom": {"connectorName": "x", "properties": {"connection-password": plant("catalog property, sensitive by name")}}}),
        catalog("pem", {"custom": {"connectorName": "x", "properties": {"some.key": pem % plant("catalog property, a private key by its look")}}}),
        runtime("overlay", {"valuesOverlay": {
            "env": [{"name": "DB_PASSWORD", "value": plant("environment variable")}],
            "coordinator": {"additionalJVMConfig": ["-Djavax.net.ssl.trustStorePassword=" + plant("JVM option")]},
            "additionalConfigProperties": ["http-server.authentication.jwt.shared-secret=" + plant("configuration line")],
            "auth": {"passwordAuth": plant("overlay member, sensitive by name")},
            "accessControl": {"nested": {"deep": [{"apiKey": plant("nested overlay member")}]}}}}),
        runtime("exchange", {"faultTolerantExecution": {"retryPolicy": "TASK", "exchangeManager": {
            "baseDirectories": ["s3://bucket"], "properties": {"exchange.s3.aws-secret-key": plant("exchange manager property")}}}}),
        # Invalid ones are recorded with their errors, and an error likes to quote what it complains about.
        runtime("rejected", {"size": "q", "valuesOverlay": {"env": [{"name": "API_TOKEN", "value": plant("environment variable of a rejected spec")}]}}),
        catalog("rejected", {"custom": {"connectorName": "x", "properties": {"s3.secret-key": plant("property of a rejected catalog"), "s3.secret-key ": "x"}}}),
        # A long value is where a limit bites: what is cut off or reported as too long must not be shown either.
        runtime("long", {"valuesOverlay": {"env": [{"name": "SESSION_TOKEN", "value": plant("a long value") * 400}]}}),
    ]


def catalog(name, connector):
    return {"apiVersion": "analytics.xtrinode.io/v1", "kind": "XTrinodeCatalog", "metadata": {"name": name, "namespace": "default"},
            "spec": {"labels": {"team": "a"}, "connector": connector}}


def runtime(name, spec):
    return {"apiVersion": "analytics.xtrinode.io/v1", "kind": "XTrinode",
            "metadata": {"name": name, "namespace": "default", "labels": {"note": MARKER}},
            "spec": {"size": "xs", "maxWorkers": 1, **spec}}


def apply(cluster, kubectl, resource):
    """Sent as kubectl does, its last-applied annotation with a copy of the whole spec included; refused ones are part of the test."""
    return cluster.run(kubectl, "apply", "-f", "-", input=json.dumps(resource), code=None)


@pytest.fixture()
def planted(cluster, tmp_path):
    """A control plane and a gateway that were given canaries everywhere; yields what to search."""
    canaries, kubectl = Canaries(), harness.any_kubectl()
    token_file = str(tmp_path / "token")
    with open(token_file, "w") as f:
        f.write(canaries.plant("API token file") + "\n")
    environment = {"XTRINODE_TEST_SECRET": canaries.plant("the process's environment"), "AWS_SECRET_ACCESS_KEY": canaries.plant("a well-known variable")}
    plane = harness.Controller(cluster, args=["--api-token-file", token_file])
    plane.start(environment)
    folder = str(tmp_path / "gateway")
    os.mkdir(folder)
    os.environ.update(environment)
    try:
        gateway = GatewayProcess(folder, "g", ["--control-plane", plane.api, "--control-plane-token-file", token_file, "--hosts", cluster.hosts, "--state",
                                               os.path.join(folder, "state"), "--access-log", os.path.join(folder, "access.log")])
    finally:
        for name in environment:
            del os.environ[name]
    try:
        answers = [apply(cluster, kubectl, r) for r in resources(canaries)]
        cluster.run(kubectl, "apply", "-f", harness.EXAMPLE)
        cluster.run(kubectl, "wait", "--for=condition=Ready", "xtrinode/runtime-a", "--timeout=60s")
        harness.wait_for("the runtime's route", lambda: statement(gateway, {}, "SELECT 1")[0] == 200)
        headers = {"X-Trino-Extra-Credential": "k=" + canaries.plant("X-Trino-Extra-Credential"), "Cookie": "session=" + canaries.plant("Cookie"),
                   "X-API-Key": canaries.plant("X-API-Key"), "X-Trino-Session": "catalog.password=" + canaries.plant("X-Trino-Session"),
                   "X-Trino-Prepared-Statement": "q=SELECT+%27" + canaries.plant("prepared statement") + "%27", "Proxy-Authorization": "Bearer " + canaries.plant("bearer token")}
        for sql in ("SELECT '%s'" % canaries.plant("SQL text"), "SELECT broken '%s' FROM" % canaries.plant("SQL text with an error"),
                    "EXECUTE IMMEDIATE 'SELECT 1 -- %s'" % canaries.plant("SQL text, immediate")):
            read_to_the_end(gateway, headers, sql)
        # Trino takes a password over TLS only, so this one is refused.
        basic = base64.b64encode(("u:" + canaries.plant("Authorization: Basic")).encode()).decode()
        assert statement(gateway, {"Authorization": "Basic " + basic}, "SELECT 1")[0] == 401
        harness.http("GET", gateway.url + "/v1/nothing?token=" + canaries.plant("query string"), headers=headers)
        harness.http("GET", plane.api + "/api/v1/audit/head", headers={"Authorization": "Bearer " + canaries.plant("wrong API token")})
        token = {"Authorization": "Bearer " + canaries.values["API token file"]}
        known = harness.wait_for("every query record at the control plane", lambda: queries_recorded(plane, token))
        yield {"canaries": canaries, "plane": plane, "gateway": gateway, "folder": folder, "token": token, "token_file": token_file, "answers": answers, "known": known}
    finally:
        for process in (gateway.process, plane.process):
            if process.running():
                process.stop()


def statement(gateway, headers, sql):
    return harness.http("POST", gateway.url + "/v1/statement", sql, {"X-Trino-User": "u", "X-Trino-XTrinode": "default/runtime-a", **headers})


def read_to_the_end(gateway, headers, sql):
    status, _, body = statement(gateway, headers, sql)
    while status == 200 and "nextUri" in json.loads(body):
        status, _, body = harness.http("GET", json.loads(body)["nextUri"], headers={"X-Trino-User": "u", **headers})


def queries_recorded(plane, token):
    """The statements above are in the log: 3 beside the one that found the route."""
    out = plane.cluster.run(harness.program("xtn-audit"), "--data", plane.data, "-o", "jsonl", "log", "--stream", "queries")
    return out if sum('"query.ended' in line for line in out.splitlines()) >= 3 else None


def outputs(planted):
    """(name, bytes) of everything that an operator may copy somewhere else."""
    plane, gateway = planted["plane"], planted["gateway"]
    audit = [harness.program("xtn-audit"), "--data", plane.data]
    for args in (["-o", "jsonl", "log"], ["-o", "jsonl", "log", "--stream", "queries"], ["log"], ["-o", "yaml", "state"], ["-o", "json", "state"],
                 ["timeline", "runtime/default/overlay"], ["why", "runtime", "default/rejected"], ["timeline", "catalog/default/property"]):
        yield "xtn-audit " + " ".join(args), plane.cluster.run(*audit, *args, code=None).encode()
    exported = os.path.join(planted["folder"], "whole.export")
    plane.audit("export", exported)
    content = read(exported)
    assert MARKER.encode() in content, "the export does not show what is in the log, so it would not show a canary either"
    yield "xtn-audit export", content
    yield "metrics of the control plane", harness.http("GET", plane.api + "/metrics", headers=planted["token"])[2]
    yield "metrics of the gateway", harness.http("GET", gateway.url + "/metrics")[2]


def search(planted):
    plane, canaries = planted["plane"], planted["canaries"]
    found, marker = [], False
    for path in files_below(plane.data, plane.log, planted["folder"]):
        content = read(path)
        found += canaries.found_in(os.path.relpath(path, plane.cluster.scratch), content)
        marker = marker or path.startswith(plane.data) and MARKER.encode() in content
    assert marker, "the search does not find what is in the log, so it would not find a canary either"
    return found


def test_no_canary_is_in_any_file_or_output(planted):
    assert planted["known"], "the queries were recorded"
    found = search(planted)
    for name, content in outputs(planted):
        found += planted["canaries"].found_in(name, content)
    assert not found, "\n".join(found)
    specs = [line for line in planted["plane"].audit("-o", "jsonl", "log").splitlines() if '"hmac-sha256:' in line]
    assert len(specs) >= 6, "what was taken out left its HMAC, so that a change still shows"


def test_an_inline_credential_reaches_the_runtime_it_is_for(planted):
    """Out of the log does not mean lost: the configuration that Trino reads has the value."""
    cluster, value = planted["plane"].cluster, planted["canaries"].values["exchange manager property"]
    kubectl = harness.any_kubectl()

    def configured():
        maps = json.loads(cluster.run(kubectl, "get", "configmap", "-o", "json"))["items"]
        return [m["metadata"]["name"] for m in maps if m["metadata"]["name"].startswith("trino-exchange-")
                and any("exchange.s3.aws-secret-key=" + value in text.splitlines() for text in m.get("data", {}).values())]

    # The coordinator's and the worker's.
    assert len(harness.wait_for("the exchange manager's configuration", configured)) == 2


@pytest.mark.parametrize("sign", [signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS])
def test_a_crash_shows_no_canary(planted, sign):
    plane, gateway = planted["plane"], planted["gateway"]
    for process in (plane.process, gateway.process):
        process.process.send_signal(sign)
        process.process.wait(timeout=60)
    found = search(planted)
    assert not found, "\n".join(found)
    cores = [path for path in files_below(plane.data, planted["folder"], harness.ROOT) if os.path.basename(path).split(".")[0] == "core" and b"ELF" in read(path)[:4]]
    assert not cores, "a core file holds the process's memory: %s" % cores


def test_core_files_are_off_unless_asked_for(cluster):
    """Memory holds what the log must not: tokens, statements in flight."""
    plane = harness.Controller(cluster).start()
    try:
        limits = open("/proc/%d/limits" % plane.process.process.pid).read()
        assert any(line.split()[4] == "0" for line in limits.splitlines() if line.startswith("Max core file size"))
    finally:
        plane.close()
    out = subprocess.run([harness.program("xtrinode"), "--help"], capture_output=True, text=True).stdout
    assert "--core-files" in out
