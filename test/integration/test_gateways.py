"""Gateways as processes of their own: the stream, any replica for a follow-up, serving on without the control plane, a routes file."""
import json, os

import pytest

import harness

SELECTOR = {"X-Trino-User": "test", "X-Trino-XTrinode": "default/runtime-a"}


@pytest.fixture()
def gateways(sandbox, runtime, tmp_path):
    """Two replicas that follow the control plane's stream."""
    hosts = os.path.join(sandbox.data, "hosts")
    both = [harness.GatewayProcess(str(tmp_path), "gateway-%d" % i,
                           ["--control-plane", sandbox.ports["api"], "--hosts", hosts, "--state", str(tmp_path / ("state-%d" % i))]) for i in (1, 2)]
    for g in both:
        harness.wait_for("a route table", g.ready)
    yield both
    for g in both:
        if g.process.running():
            g.process.stop()


def statement(url, sql="SELECT 1"):
    status, _, body = harness.http("POST", url + "/v1/statement", sql, SELECTOR)
    assert status == 200, body
    return json.loads(body)


def test_a_follow_up_may_go_through_another_replica(sandbox, gateways):
    first, second = gateways
    harness.wait_for("the query id's coordinator on both", lambda: sandbox.query("SELECT 1", port=first.port) and sandbox.query("SELECT 1", port=second.port))
    page = statement(first.url)
    rows, hops = [], 0
    while "nextUri" in page:
        through = (second, first)[hops % 2]
        path = "/" + page["nextUri"].split("/", 3)[3]
        status, _, body = harness.http("GET", through.url + path, headers={"X-Trino-User": "test"})
        assert status == 200, body
        page, hops = json.loads(body), hops + 1
        rows += page.get("data", [])
    assert rows == [[1]] and hops >= 2


def test_two_gateways_serve_on_while_the_control_plane_is_down(cluster, controller, tmp_path):
    kubectl = harness.any_kubectl()
    cluster.run(kubectl, "apply", "-f", harness.EXAMPLE)
    cluster.run(kubectl, "wait", "--for=condition=Ready", "xtrinode/runtime-a", "--timeout=60s")
    folder = str(tmp_path)

    def gateway(name):
        return harness.GatewayProcess(folder, name, ["--control-plane", controller.api, "--hosts", cluster.hosts, "--state", os.path.join(folder, "state-" + name)])

    both = [gateway("g1"), gateway("g2")]
    try:
        for g in both:
            harness.wait_for("the runtime's route", lambda: harness.http("POST", g.url + "/v1/statement", "SELECT 1", SELECTOR)[0] == 200)
        controller.kill()
        for _ in range(20):
            for g in both:
                assert cluster.query("SELECT 1", port=g.port) == [[1]]
        # A restart without the control plane serves from the last good table.
        both[0].process.stop()
        both[0] = gateway("g1")
        harness.wait_for("the kept table", both[0].ready)
        assert cluster.query("SELECT 1", port=both[0].port) == [[1]]
    finally:
        for g in both:
            g.process.stop()


def test_a_routes_file_is_reloaded_when_it_changes(sandbox, runtime, tmp_path):
    routes = str(tmp_path / "routes.yaml")
    with open(routes, "w") as f:
        f.write("routes: []\n")
    g = harness.GatewayProcess(str(tmp_path), "file", ["--routes", routes, "--hosts", os.path.join(sandbox.data, "hosts")])
    try:
        assert harness.http("POST", g.url + "/v1/statement", "SELECT 1", SELECTOR)[0] == 404
        published = json.loads(sandbox.run(sandbox.kubectl, "get", "configmap", "trino-gateway-routes", "-n", "xtrinode-gateway", "-o", "json"))
        with open(routes + ".new", "w") as f:
            f.write(published["data"]["routes.yaml"])
        os.replace(routes + ".new", routes)
        harness.wait_for("the route", lambda: harness.http("POST", g.url + "/v1/statement", "SELECT 1", SELECTOR)[0] == 200)
        assert sandbox.query("SELECT 1", port=g.port) == [[1]]
    finally:
        g.process.stop()


def test_an_unknown_selector_is_404_and_reaches_nobody(sandbox, runtime):
    url = sandbox.ports["gateway"] + "/v1/statement"
    status, headers, body = harness.http("POST", url, "SELECT 1", {"X-Trino-User": "test", "X-Trino-XTrinode": "no/such"})
    assert status == 404 and "no/such" not in headers.get("Location", "")
    assert harness.http("POST", url, "SELECT 1", {"X-Trino-User": "test"})[0] == 404, "there is no default runtime"


def test_health_and_metrics(sandbox, runtime):
    gateway = sandbox.ports["gateway"]
    assert harness.http("GET", gateway + "/healthz")[0] == 200
    sandbox.query("SELECT 1")
    text = harness.http("GET", gateway + "/metrics")[2].decode()
    assert "gateway_requests_total" in text
    assert 'xtrinode_condition{' in harness.http("GET", sandbox.ports["metrics"])[2].decode()
