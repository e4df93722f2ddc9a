"""The control plane on a disk that fills up, and one that takes no more: what it gives up first, its last word, the next start."""
import json, os, re, resource, subprocess

import pytest

import harness

MIB = 1 << 20
# RocksDB takes 76 MiB in advance (its WAL and its manifest), the reserve 8: 108 are left.
SIZE = 192 * MIB
SOMEBODY_ELSES = "somebody else's"
WATERMARKS = ["--disk-low", "90Mi", "--disk-scarce", "75Mi", "--disk-critical", "60Mi", "--disk-reserve", "8Mi"]


@pytest.fixture()
def small_disk(cluster):
    """A file system of its own for the control plane's data."""
    folder = os.path.join(cluster.scratch, "controller")
    os.mkdir(folder)
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % SIZE, "tmpfs", folder], capture_output=True, text=True)
    if made.returncode:
        pytest.skip("not run: this machine does not let us mount a file system: %s" % made.stderr.strip())
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture()
def plane(cluster, small_disk):
    controller = harness.Controller(cluster, args=WATERMARKS)
    yield controller
    controller.close()


def fill(folder, leave):
    """Leaves so many bytes free."""
    path = os.path.join(folder, SOMEBODY_ELSES)
    with open(path, "ab") as f:
        have = os.fstat(f.fileno()).st_size
        disk = os.statvfs(folder)
        size = have + disk.f_bavail * disk.f_frsize - leave
        assert size >= 0
        os.truncate(path, 0)
        if size:
            os.posix_fallocate(f.fileno(), 0, size)


def metrics(plane):
    text = harness.http("GET", plane.api + "/metrics")[2].decode()
    return {m[0]: float(m[1]) for m in re.findall(r"^(xtrinode_log_\S+) (\S+)$", text, re.M)}


def level(plane):
    return metrics(plane)["xtrinode_log_disk_level"]


def readiness(plane):
    status, _, body = harness.http("GET", plane.api + "/readyz")
    return status, body.decode()


def heads(plane):
    return json.loads(harness.http("GET", plane.api + "/api/v1/audit/head")[2])


def events(plane, kind):
    listed = json.loads(harness.http("GET", plane.api + "/api/v1/audit/events?from=1&limit=1000")[2])["events"]
    return [e for e in listed if e["type"].startswith(kind)]


def batch(plane, first):
    """One batch of a gateway: two query records and how busy a runtime is."""
    def record(sequence, kind, payload):
        return {"sequence": sequence, "type": kind, "subject": "runtime/default/runtime-a", "time": "2026-11-26T12:00:00Z", "payload": payload}

    ended = {"query_id": "20261126_120000_00001_abcde", "runtime": "default/runtime-a", "backend": "b", "state": "FINISHED", "elapsed_ms": 5}
    body = {"gateway": "g1", "records": [record(first, "query.ended", ended), record(first + 1, "query.ended", ended),
                                         record(first + 2, "activity.observed", {"running": first, "queued": 0})]}
    return harness.http("POST", plane.api + "/api/v1/gateways/records", json.dumps(body), {"Content-Type": "application/json"})[0]


def test_a_disk_that_fills_up_and_is_emptied_again(cluster, small_disk, plane):
    plane.start()
    reserve = os.path.join(small_disk, "log", "reserve")
    assert os.stat(reserve).st_size == 8 * MIB
    assert readiness(plane) == (200, "ok")
    assert batch(plane, 1) == 200
    before = heads(plane)
    assert before["queries"]["seq"] == 2

    fill(small_disk, 85 * MIB)
    harness.wait_for("level low", lambda: level(plane) == 1)
    assert batch(plane, 4) == 200 and heads(plane)["queries"]["seq"] == 4, "low drops nothing"

    fill(small_disk, 70 * MIB)
    harness.wait_for("level scarce", lambda: level(plane) == 2)
    assert batch(plane, 7) == 200
    assert heads(plane)["queries"]["seq"] == 4, "query records are dropped"
    assert len(events(plane, "activity.observed")) == 3, "what decides is kept"
    status, text = readiness(plane)
    assert status == 200 and "scarce" in text and "2 query records dropped" in text

    fill(small_disk, 40 * MIB)
    harness.wait_for("the reserve given away", lambda: not os.path.exists(reserve))
    harness.wait_for("level critical", lambda: level(plane) == 3)
    assert batch(plane, 10) == 200
    cluster.run(harness.any_kubectl(), "apply", "-f", harness.EXAMPLE)
    cluster.run(harness.any_kubectl(), "wait", "--for=condition=Ready", "xtrinode/runtime-a", "--timeout=90s")

    os.unlink(os.path.join(small_disk, SOMEBODY_ELSES))
    harness.wait_for("level ok", lambda: level(plane) == 0)
    harness.wait_for("a new reserve", lambda: os.path.exists(reserve) and os.stat(reserve).st_size == 8 * MIB)
    told = [(e["payload"]["from"], e["payload"]["to"]) for e in harness.wait_for("the last change", lambda: [
        e for e in events(plane, "log.space.changed")] if events(plane, "log.space.changed")[-1]["payload"]["to"] == "ok" else None)]
    assert told == [("ok", "low"), ("low", "scarce"), ("scarce", "critical"), ("critical", "ok")]
    dropped = [(e["payload"]["type"], e["payload"]["count"]) for e in events(plane, "observation.coalesced")]
    assert dropped == [("query.ended", 4)]
    assert metrics(plane)['xtrinode_log_dropped_total{type="query.ended"}'] == 4
    assert readiness(plane)[1].startswith("ok, but") is False
    plane.audit("verify")


def end_of(plane):
    """Status and last words of a controller that ends by itself."""
    harness.wait_for("the end of the controller", lambda: not plane.process.running(), timeout=60)
    return plane.process.process.returncode, plane.process.last_words()


def flood(plane):
    """What must be recorded at any level, until the controller is gone: more than RocksDB has taken in advance."""
    for number in range(60):
        records = [{"sequence": number * 400 + i + 1, "type": "backend.health.changed", "subject": "runtime/default/runtime-a", "time": "2026-11-26T12:00:00Z",
                    "payload": {"backend": "b", "from": "healthy", "to": "unhealthy", "detail": "%d " % i * 2000}} for i in range(400)]
        try:
            harness.http("POST", plane.api + "/api/v1/gateways/records", json.dumps({"gateway": "g2", "records": records}), {"Content-Type": "application/json"})
        except OSError:
            return
        if not plane.process.running():
            return
    raise harness.Error("the controller took everything although its disk does not")


def patch(cluster, plane):
    """Something to record, until the controller is gone."""
    kubectl = harness.any_kubectl()
    for number in range(100):
        if not plane.process.running():
            return
        cluster.run(kubectl, "patch", "xtrinode", "runtime-a", "--type=merge", "-p", json.dumps({"spec": {"wakeTTL": "%dm" % (number + 1)}}), code=None)
    raise harness.Error("the controller took everything although its disk does not")


def test_a_full_disk_ends_the_process_with_a_word_and_the_next_one_starts_when_there_is_room(cluster, small_disk, plane):
    plane.start()
    cluster.run(harness.any_kubectl(), "apply", "-f", harness.EXAMPLE)
    cluster.run(harness.any_kubectl(), "wait", "--for=condition=Ready", "xtrinode/runtime-a", "--timeout=90s")
    safe = heads(plane)["control"]["seq"]
    fill(small_disk, 40 * MIB)
    harness.wait_for("the reserve given away", lambda: level(plane) == 3 and metrics(plane)["xtrinode_log_disk_reserve_bytes"] == 0)
    fill(small_disk, 0)  # the reserve as well
    flood(plane)
    status, words = end_of(plane)
    assert status == 1, words
    assert "No space left on device" in words and "make room on it, then start again" in words and "are safe" in words, words
    named = int(re.search(r"up to control #(\d+)", words)[1])
    assert named >= safe

    # Opening may give back what RocksDB had taken in advance: then it starts in that room; else it says why it cannot.
    plane.start(wait=False)
    ports_file = os.path.join(cluster.scratch, plane.name + ".json")
    harness.wait_for("its start, or its end", lambda: os.path.exists(ports_file) or not plane.process.running(), timeout=60)
    if plane.process.running():
        harness.wait_for("level critical", lambda: level(plane) == 3)
        plane.kill()
    else:
        status, words = end_of(plane)
        assert status == 1 and "No space left on device" in words.splitlines()[-1], words

    os.unlink(os.path.join(small_disk, SOMEBODY_ELSES))
    plane.start()
    assert heads(plane)["control"]["seq"] > named
    plane.audit("verify")
    cluster.run(harness.any_kubectl(), "wait", "--for=condition=Ready", "xtrinode/runtime-a", "--timeout=90s")


def test_a_limit_on_file_sizes_is_an_error_in_words(cluster, controller):
    cluster.run(harness.any_kubectl(), "apply", "-f", harness.EXAMPLE)
    cluster.run(harness.any_kubectl(), "wait", "--for=condition=Ready", "xtrinode/runtime-a", "--timeout=90s")
    safe = heads(controller)["control"]["seq"]
    folder = os.path.join(controller.data, "log", "db")
    wal = max(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder) if name.endswith(".log"))
    resource.prlimit(controller.process.process.pid, resource.RLIMIT_FSIZE, (wal + 2048, wal + 2048))
    patch(cluster, controller)
    status, words = end_of(controller)
    assert status == 1, words
    assert "File too large" in words and "ulimit -f" in words, words
    assert int(re.search(r"up to control #(\d+)", words)[1]) >= safe
    controller.start()
    assert heads(controller)["control"]["seq"] > safe
    controller.audit("verify")
