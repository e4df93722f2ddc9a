"""xtn-audit: what happened, while the sandbox runs (beside it and over HTTP) and after it stopped."""
import json, os, subprocess

import pytest

import harness


@pytest.fixture(scope="module", autouse=True)
def history(sandbox, runtime):
    """A runtime that was suspended and resumed, and one that is gone."""
    with open(harness.EXAMPLE) as f:
        gone = f.read().replace("runtime-a", "runtime-gone")
    k = sandbox.kubectl
    sandbox.run(k, "apply", "-f", "-", input=gone)
    sandbox.run(k, "wait", "--for=condition=Ready", "xtrinode/runtime-gone", "--timeout=60s")
    sandbox.run(k, "delete", "xtrinode", "runtime-gone", "--timeout=60s")
    for suspended, condition in ((True, "Suspended"), (False, "Ready")):
        sandbox.run(k, "patch", "xtrinode", "runtime-a", "--type=merge", "-p", json.dumps({"spec": {"suspended": suspended}}))
        sandbox.run(k, "wait", "--for=condition=" + condition, "xtrinode/runtime-a", "--timeout=60s")


@pytest.fixture(scope="module", params=["data", "server", "stopped"])
def audit(request, sandbox, history):
    """The three ways to ask: the folder beside the running process, its API, the folder after it stopped."""
    if request.param == "stopped":
        sandbox.stop()
        request.addfinalizer(sandbox.start)
    where = ["--server", sandbox.ports["api"]] if request.param == "server" else ["--data", sandbox.data]

    def run(*args, code=0):
        return sandbox.run(harness.program("xtn-audit"), *where, *args, code=code)

    return run


def events(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_follow_shows_new_events_as_they_come(sandbox, history):
    follow = subprocess.Popen([harness.program("xtn-audit"), "--data", sandbox.data, "log", "--follow", "--subject", "runtime/default/runtime-a", "-o", "jsonl"],
                              stdout=subprocess.PIPE, text=True, env=sandbox.environment())
    try:
        sandbox.run(sandbox.kubectl, "patch", "xtrinode", "runtime-a", "--type=merge", "-p", '{"spec":{"wakeTTL":"9m"}}')
        for line in iter(follow.stdout.readline, ""):
            event = json.loads(line)
            if event["type"].startswith("runtime.spec.applied") and event["payload"]["spec"].get("wakeTTL", "").startswith("9m"):
                break
        else:
            raise AssertionError("the change was not seen")
    finally:
        follow.kill()
        follow.wait()


def test_log_filters_by_subject_and_type(audit):
    found = events(audit("log", "--subject", "runtime/default/runtime-a", "--type", "runtime.ready", "-o", "jsonl"))
    assert len(found) >= 2
    assert {e["subject"] for e in found} == {"runtime/default/runtime-a"}
    assert {e["type"] for e in found} == {"runtime.ready/1"}


def test_show_prints_one_event_whole(audit):
    seq = events(audit("log", "--type", "topology.planned", "-o", "jsonl"))[0]["seq"]
    out = audit("show", str(seq))
    assert "topology.planned" in out and "coordinator_url" in out


def test_timeline_tells_the_life_of_a_runtime_in_order(audit):
    out = audit("timeline", "runtime/default/runtime-a")
    places = [out.find(word) for word in ("runtime.spec.applied", "topology.planned", "runtime.suspended", "runtime.resuming")]
    if -1 in places:  # words for people instead of type names
        places = [out.lower().find(word) for word in ("spec", "plan", "suspend", "resum")]
    assert -1 not in places and places == sorted(places), out


def test_state_at_a_moment_shows_what_was(audit):
    seqs = events(audit("log", "--subject", "runtime/default/runtime-a", "--type", "runtime.suspended", "-o", "jsonl"))
    assert "Suspended" in audit("state", "--at", str(seqs[-1]["seq"]))
    assert "Suspended" in audit("state", "--at", seqs[-1]["time"])
    now = audit("state", "--at", "now", "-o", "yaml")
    assert "runtime-a" in now and "kind: Deployment" in now, "planned manifests are included"


def test_why_answers_for_runtime_route_and_object(audit):
    assert "runtime-a" in audit("why", "runtime", "default/runtime-a")
    assert "RUNNING" in audit("why", "route", "default/runtime-a")
    out = audit("why", "object", "Deployment/default/trino-runtime-a-worker")
    assert "#" in out and "trino-runtime-a-worker" in out


def test_why_answers_for_an_object_that_is_gone(audit):
    out = audit("why", "object", "Deployment/default/trino-runtime-gone-worker")
    assert "deleted" in out.lower()
    lines = [l for l in out.splitlines() if "#" in l]
    assert len(lines) >= 2, out


def test_what_is_unknown_is_said(audit):
    assert "no-such" in audit("why", "runtime", "default/no-such", code=1)
    assert "99999999" in audit("show", "99999999", code=1)


def test_verify_and_replay(audit):
    said = audit("verify")
    assert said.count(": ok, ") == 4 and "the chain holds" in said and "manifests: ok" in said and "index by subject: ok" in said
    assert "byte for byte" in audit("replay")


def test_the_event_catalogue_is_the_documented_one(sandbox):
    with open(os.path.join(harness.ROOT, "docs", "events.md")) as f:
        assert sandbox.run(harness.program("xtn-audit"), "catalogue") == f.read()
