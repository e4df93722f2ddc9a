"""One of two coordinators of a routing group is lost while clients send 100 new statements a second: none of them fails."""
import http.client, json, os, signal, subprocess, sys, threading, time

import pytest

import harness

RATE, CLIENTS, SECONDS = 100, 20, 4.0
HEADERS = {"X-Trino-User": "test", "X-Trino-XTrinode": "team/pool"}
TOOL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tools", "coordinator.py")


class Coordinator:
    def __init__(self, suffix, port=0):
        self.suffix = suffix
        self.process = subprocess.Popen([sys.executable, TOOL, suffix, str(port)], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def signal(self, number):
        self.process.send_signal(number)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def routes(*coordinators):
    return json.dumps({"routes": [{"name": "pool", "routingGroup": "pool", "header": "team/pool", "backends": [
        {"name": "r%d" % i, "namespace": "team", "coordinatorURL": "http://127.0.0.1:%d" % c.port, "state": "RUNNING"} for i, c in enumerate(coordinators)]}]})


@pytest.fixture()
def pool(tmp_path):
    both = [Coordinator("aaaaa"), Coordinator("bbbbb")]
    file = tmp_path / "routes.yaml"
    file.write_text(routes(*both))
    g = harness.GatewayProcess(str(tmp_path), "pool", ["--routes", str(file)])
    try:
        yield g, both
    finally:
        for c in both:
            c.close()
        if g.process.running():
            g.process.stop()


class Load:
    """New statements at a steady rate; each answer's id, or what went wrong."""

    def __init__(self, port):
        self.port, self.answers, self.failures, self.lock = port, [], [], threading.Lock()
        self.begin = time.monotonic()
        self.threads = [threading.Thread(target=self.client, args=(i,)) for i in range(CLIENTS)]
        for t in self.threads:
            t.start()

    def client(self, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        for turn in range(number, round(RATE * SECONDS), CLIENTS):
            time.sleep(max(0.0, self.begin + turn / RATE - time.monotonic()))
            try:
                connection.request("POST", "/v1/statement", "SELECT 1", HEADERS)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200:
                    raise harness.Error("%d %s" % (answer.status, body[:100]))
                with self.lock:
                    self.answers.append(json.loads(body)["id"])
            except Exception as e:  # noqa: BLE001 - counted
                connection.close()
                with self.lock:
                    self.failures.append("%.2f s: %r" % (time.monotonic() - self.begin, e))
        connection.close()

    def end(self):
        for t in self.threads:
            t.join()
        return self


def of(answers, suffix):
    return [query for query in answers if query.endswith(suffix)]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hangs"])
def test_no_new_statement_fails_when_one_of_two_coordinators_is_lost(pool, how):
    g, (a, b) = pool
    load = Load(g.port)
    harness.wait_for("answers of both", lambda: of(load.answers, "aaaaa") and of(load.answers, "bbbbb"))
    time.sleep(max(0.0, load.begin + SECONDS / 3 - time.monotonic()))
    a.signal(how)
    lost_at = len(load.answers)
    load.end()
    assert not load.failures, load.failures[:5]
    assert len(load.answers) == RATE * SECONDS
    assert of(load.answers[lost_at:], "bbbbb")
    assert g.metric('xtrinode_gateway_events_total{event="upstream_retried"}') > 0, "nothing had to be sent again: the test shows nothing"
    # What the survivor began goes on; what the lost one began fails in Trino's words, on a page.
    status, _, body = harness.http("GET", g.url + "/v1/statement/executing/%s/slug/0" % of(load.answers, "bbbbb")[-1])
    assert (status, json.loads(body)["stats"]["state"]) == (200, "FINISHED")
    if how == signal.SIGKILL:
        query = of(load.answers, "aaaaa")[-1]
        status, _, body = harness.http("GET", g.url + "/v1/statement/executing/%s/slug/0" % query, timeout=60)
        page = json.loads(body)
        assert status == 200 and page["stats"]["state"] == "FAILED"
        assert page["error"]["errorType"] == "INTERNAL_ERROR" and query in page["error"]["message"] and "team/r0" in page["error"]["message"]


def test_a_coordinator_that_comes_back_gets_statements_again(pool):
    g, both = pool
    port = both[0].port
    both[0].signal(signal.SIGKILL)
    both[0].close()
    for _ in range(20):
        assert harness.http("POST", g.url + "/v1/statement", "SELECT 1", HEADERS)[0] == 200
    both[0] = Coordinator("ccccc", port)

    def answered_by_it():
        return json.loads(harness.http("POST", g.url + "/v1/statement", "SELECT 1", HEADERS)[2])["id"].endswith("ccccc")

    harness.wait_for("a statement at the coordinator that is back", answered_by_it, timeout=60)
