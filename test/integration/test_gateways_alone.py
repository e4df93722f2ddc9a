"""Gateways without their control plane: they serve on, what they have to tell waits within a bound, and comes in once when it is back."""
import json, os, socket, threading

import pytest

import harness

SELECTOR = {"X-Trino-User": "test", "X-Trino-XTrinode": "default/runtime-a"}
WAITING = 'xtrinode_gateway_in_use{what="buffered_records"}'


@pytest.fixture()
def ready_runtime(cluster, controller):
    kubectl = harness.any_kubectl()
    cluster.run(kubectl, "apply", "-f", harness.EXAMPLE)
    cluster.run(kubectl, "wait", "--for=condition=Ready", "xtrinode/runtime-a", "--timeout=60s")


def follower(cluster, folder, name, plane, *args):
    g = harness.GatewayProcess(folder, name, ["--control-plane", plane, "--hosts", cluster.hosts, "--state", os.path.join(folder, "state-" + name), *args])
    harness.wait_for("the runtime's route", lambda: g.ready() and harness.http("GET", g.url + "/v1/info", headers=SELECTOR)[0] == 200)
    return g


def run_statements(cluster, gateway, count, clients=6):
    """Each to its last page; the first failure is raised."""
    left, lock, failures = [count], threading.Lock(), []

    def client():
        while True:
            with lock:
                if left[0] == 0 or failures:
                    return
                left[0] -= 1
            try:
                assert cluster.query("SELECT 1", port=gateway.port) == [[1]]
            except Exception as e:  # noqa: BLE001 - told by the caller
                failures.append(e)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if failures:
        raise failures[0]


def of_gateway(controller, name):
    """Everything in the log that this gateway reported, both streams."""
    return [e for stream in ("queries", "control") for e in controller.events("--stream", stream) if e["source"].startswith("gateway/" + name)]


def sum_of(found, kind):
    return sum(e["type"].startswith(kind + "/") for e in found)


def test_a_long_absence_costs_no_query_and_no_memory_and_is_told_with_a_gap(cluster, controller, ready_runtime, tmp_path):
    bound, before, during, after = 100, 20, 400, 20
    g = follower(cluster, str(tmp_path), "alone", controller.api, "--max-buffered-records", str(bound))
    try:
        run_statements(cluster, g, before)
        harness.wait_for("the records of quiet times", lambda: g.metric(WAITING) == 0)
        controller.kill()
        run_statements(cluster, g, during // 2)
        # The metrics' text may be a second old: what must come is waited for, what must not is looked at afterwards.
        harness.wait_for("a full buffer", lambda: g.metric(WAITING) >= bound - 1)
        resident = g.resident_mb()
        run_statements(cluster, g, during // 2)
        assert harness.SANITIZED or g.resident_mb() < resident + 8  # AddressSanitizer keeps what was freed
        levels = 8
        dropped = 'xtrinode_gateway_events_total{event="record_dropped"}'
        harness.wait_for("what found no room", lambda: g.metric(dropped) >= 2 * during - bound - levels)
        assert g.metric(WAITING) <= bound + levels
        controller.start()
        run_statements(cluster, g, after)
        harness.wait_for("the records that waited", lambda: g.metric(WAITING) == 0)
    finally:
        g.process.stop()
    found = of_gateway(controller, "alone")
    gaps = [e for e in found if e["type"].startswith("observation.gap/")]
    assert len(gaps) == 1, gaps
    told = gaps[0]["payload"]["by_type"]
    lost = told.get("query.routed", 0) + told.get("query.ended", 0)
    assert lost == gaps[0]["payload"]["to_sequence"] - gaps[0]["payload"]["from_sequence"] + 1
    # Every statement is in the log or in the gap, once. (The pages of the first ones asked for the route.)
    assert sum_of(found, "query.routed") + told["query.routed"] == before + during + after
    assert sum_of(found, "query.ended") + told["query.ended"] == before + during + after
    # What is, was not lost: the runtime ends idle. (No event at all when every statement ended between two reports.)
    activity = [e["payload"] for e in found if e["type"].startswith("activity.observed/")]
    assert not activity or (activity[-1]["running"], activity[-1]["queued"]) == (0, 0)
    words = controller.audit("log", "--type", "observation.gap")
    assert "are missing, from 20" in words and "the gateway's buffer was full while the control plane did not take records" in words
    log = g.words()
    assert "query records wait" in log and "records are taken again" in log, log


class Link(harness.Wire):
    """A wire between a gateway and its control plane. While `swallow` is set, batches of records go through and their answers do not."""

    def __init__(self, target):
        self.swallow, self.swallowed = False, threading.Event()
        host, port = target.split("//")[1].split(":")
        super().__init__(host, int(port))
        self.url = "http://127.0.0.1:%d" % self.port

    def carry(self, client):
        try:
            server = socket.create_connection(self.target, timeout=60)
        except OSError:
            return client.close()
        client.settimeout(60)
        records = threading.Event()

        def there():
            try:
                while piece := client.recv(65536):
                    if piece.startswith(b"POST /api/v1/gateways/records"):
                        records.set()
                    server.sendall(piece)
            except OSError:
                pass
            self.hang_up(client, server)

        threading.Thread(target=there, daemon=True).start()
        try:
            while piece := server.recv(65536):
                if self.swallow and records.is_set():
                    self.swallowed.set()
                    break
                client.sendall(piece)
        except OSError:
            pass
        self.hang_up(client, server)


def numbers(controller, name):
    """(gateway, sequence, type) of everything that gateways of this name reported."""
    return [(e["source"], e["payload"]["gateway_sequence"], e["type"]) for e in of_gateway(controller, name)]


@pytest.mark.parametrize("who", ["control plane", "gateway"])
def test_records_are_folded_once_when_one_side_dies_before_the_acknowledgement(cluster, controller, ready_runtime, tmp_path, who):
    link = Link(controller.api)
    g = follower(cluster, str(tmp_path), "cut", link.url)
    try:
        run_statements(cluster, g, 5)
        harness.wait_for("the first records", lambda: g.metric(WAITING) == 0)
        link.swallow = True
        run_statements(cluster, g, 20)
        assert link.swallowed.wait(30), "no batch was sent"
        if who == "gateway":
            g.process.kill()
            link.swallow = False
            g = follower(cluster, str(tmp_path), "cut", link.url)
        else:
            controller.kill()
            link.swallow = False
            controller.start()
        run_statements(cluster, g, 5)
        harness.wait_for("the records", lambda: g.metric(WAITING) == 0)
    finally:
        g.process.stop()
        link.close()
    found = numbers(controller, "cut")
    assert len(found) == len({(source, number) for source, number, _ in found}), "something was recorded twice"
    if who == "control plane":  # the gateway lived on: nothing is missing
        assert sum(kind.startswith("query.routed/") for _, _, kind in found) == 30
        assert sorted(number for _, number, _ in found) == list(range(1, len(found) + 1))
        assert not any(kind.startswith("observation.gap/") for _, _, kind in found)


def test_a_damaged_table_on_disk_is_told_and_replaced(cluster, controller, ready_runtime, tmp_path):
    g = follower(cluster, str(tmp_path), "kept", controller.api)
    kept = os.path.join(str(tmp_path), "state-kept", "routes.last-good.json")
    harness.wait_for("the table on disk", lambda: os.path.exists(kept))  # it serves before it has written
    g.process.kill()  # whenever: the file is whole or the one before
    with open(kept) as f:
        text = f.read()
    assert '"RUNNING"' in text
    controller.kill()
    with open(kept, "w") as f:
        f.write(text.replace("RUNNING", "RUNNINH"))
    g = harness.GatewayProcess(str(tmp_path), "kept", ["--control-plane", controller.api, "--hosts", cluster.hosts, "--state", os.path.dirname(kept)])
    try:
        assert harness.http("GET", g.url + "/readyz")[0] == 503
        assert kept + " cannot be used: its digest does not match" in g.words()
        controller.start()
        harness.wait_for("a table from the control plane", g.ready)
        assert cluster.query("SELECT 1", port=g.port) == [[1]]
        with open(kept) as f:
            assert '"RUNNING"' in f.read()
    finally:
        g.process.stop()


def test_a_gateway_never_goes_back_and_says_so(cluster, controller, ready_runtime, tmp_path):
    newer = {"epoch": 1000000, "version": 1, "routes": []}
    state = tmp_path / "state-newer"
    state.mkdir()
    (state / "routes.last-good.json").write_text(json.dumps(newer))
    g = harness.GatewayProcess(str(tmp_path), "newer", ["--control-plane", controller.api, "--hosts", cluster.hosts, "--state", str(state)])
    try:
        harness.wait_for("the older table's refusal", lambda: "is older than 1000000.1 in use and is not taken" in g.words())
        assert harness.http("POST", g.url + "/v1/statement", "SELECT 1", SELECTOR)[0] == 404
        assert json.loads((state / "routes.last-good.json").read_text())["epoch"] == 1000000
    finally:
        g.process.stop()
