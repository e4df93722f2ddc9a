"""What survives: a restart, kill -9, a log of another format, a second process on the same folder."""
import json, os, shutil

import harness

RUNTIME = "runtime/default/runtime-a"


def head(sandbox):
    return harness.log_head(sandbox.ports["api"])


def state(sandbox):
    """The running World's state and the position it stands for."""
    status, headers, body = harness.http("GET", sandbox.ports["api"] + "/api/v1/audit/state")
    assert status == 200
    return int(headers["X-XTrinode-Seq"]), body


def quiet(sandbox):
    return harness.quiet_log(sandbox.ports["api"])


def objects(sandbox):
    out = json.loads(sandbox.run(sandbox.kubectl, "get", "deploy,svc,cm,sa", "-l", "app.kubernetes.io/instance=runtime-a", "-o", "json"))
    return {(o["kind"], o["metadata"]["name"]): o["metadata"]["uid"] for o in out["items"]}


def test_the_state_equals_a_full_replay_byte_for_byte(sandbox, runtime):
    quiet(sandbox)
    assert "byte for byte" in sandbox.run(harness.program("xtn-audit"), "--server", sandbox.ports["api"], "replay")


def test_an_idle_sandbox_writes_nothing(sandbox, runtime):
    before = quiet(sandbox)
    seen = []

    def two_more_seconds():
        seen.append(head(sandbox)["seq"])
        return len(seen) == 5

    harness.wait_for("five looks", two_more_seconds, pause=0.5)
    assert set(seen) == {before}


def test_after_a_restart_the_log_goes_on_and_no_object_is_made_anew(sandbox, runtime):
    before, made = head(sandbox), objects(sandbox)
    sandbox.restart()
    sandbox.run(sandbox.kubectl, "wait", "--for=condition=Ready", "xtrinode/runtime-a", "--timeout=60s")
    quiet(sandbox)
    after = head(sandbox)
    assert after["seq"] > before["seq"] and after["epoch"] > before["epoch"]
    assert objects(sandbox) == made
    assert sandbox.query("SELECT 1") == [[1]]
    assert "byte for byte" in sandbox.run(harness.program("xtn-audit"), "--server", sandbox.ports["api"], "replay")
    sandbox.audit("verify")


def test_kill_9_loses_nothing_acknowledged(sandbox, runtime):
    for number in range(3):
        sandbox.run(sandbox.kubectl, "patch", "xtrinode", "runtime-a", "--type=merge", "-p", json.dumps({"spec": {"wakeTTL": "%dm" % (number + 1)}}))
        seq = head(sandbox)["seq"]
        sandbox.kill()
        sandbox.start()
        assert head(sandbox)["seq"] >= seq
        sandbox.audit("verify")
        spec = json.loads(sandbox.run(sandbox.kubectl, "get", "xtrinode", "runtime-a", "-o", "json"))["spec"]
        assert spec["wakeTTL"].startswith("%dm" % (number + 1)), "the write that was answered is there"
    sandbox.run(sandbox.kubectl, "wait", "--for=condition=Ready", "xtrinode/runtime-a", "--timeout=60s")


def test_a_second_process_on_the_same_folder_is_refused_in_words(sandbox):
    out = sandbox.run(harness.program("xtrinode"), "sandbox", "--data", sandbox.data, code=1)
    assert "another process" in out and "data" in out


def test_a_folder_of_a_newer_format_is_refused_with_what_to_do(sandbox, runtime, tmp_path):
    sandbox.stop()
    try:
        copy = str(tmp_path / "data")
        shutil.copytree(sandbox.data, copy)
        path = os.path.join(copy, "log", "FORMAT")
        with open(path) as f:
            text = f.read()
        with open(path, "w") as f:
            f.write(text.replace("1", "99", 1))
        out = sandbox.run(harness.program("xtrinode"), "sandbox", "--data", copy, code=1)
        assert "99" in out and "newer" in out
    finally:
        sandbox.start()


def test_objects_deleted_while_nothing_ran_come_back(sandbox, runtime):
    # The embedded API is part of the process, so the deletion happens right before the stop: the log has not seen what follows from it.
    sandbox.run(sandbox.kubectl, "delete", "service", "trino-runtime-a", "--wait=false")
    sandbox.kill()
    sandbox.start()
    harness.wait_for("the Service", lambda: ("Service", "trino-runtime-a") in objects(sandbox))


def test_ctrl_c_stops_it_in_time(sandbox, runtime):
    took = sandbox.stop()
    sandbox.start()
    assert took < 5 or harness.SANITIZED
