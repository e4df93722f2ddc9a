"""Loss and tampering with real programs: noticed at start and by xtn-audit, repaired only when accepted, and the runtimes live through it."""
import json, os, re, shutil, subprocess

import pytest

import harness


class Life:
    """A control plane that made a runtime ready, answered a query, was started again, and ended. Tests change copies of its log."""

    def __init__(self, cluster):
        self.cluster, self.kubectl = cluster, harness.any_kubectl()
        first = harness.Controller(cluster).start()
        try:
            cluster.run(self.kubectl, "apply", "-f", harness.EXAMPLE)
            cluster.run(self.kubectl, "wait", "--for=condition=Ready", "xtrinode/runtime-a", "--timeout=60s")
            gateway = harness.GatewayProcess(cluster.scratch, "gateway", ["--control-plane", first.api, "--hosts", cluster.hosts,
                                                                          "--state", os.path.join(cluster.scratch, "gateway-state")])
            try:
                harness.wait_for("the runtime's route", gateway.ready)
                assert cluster.query("SELECT 1", port=gateway.port) == [[1]]
                harness.wait_for("the query's record", lambda: "query.ended" in first.audit("log", "--stream", "queries"))
            finally:
                gateway.process.stop()
            first.stop()
            self.folder = first.data
            self.yesterday = os.path.join(cluster.scratch, "yesterday")
            shutil.copytree(os.path.join(self.folder, "log", "db"), self.yesterday)
            first.start()
            cluster.run(self.kubectl, "patch", "xtrinode", "runtime-a", "--type=merge", "-p", '{"spec":{"maxWorkers":3}}')
            harness.wait_for("the new plan", lambda: "generation 2" in first.audit("log", "--type", "topology.planned"))
            cluster.run(self.kubectl, "wait", "--for=condition=Ready", "xtrinode/runtime-a", "--timeout=60s")
            harness.wait_for("the third worker", lambda: len(self.pods()) == 4)
            harness.quiet_log(first.api)
            self.head = harness.log_head(first.api)["seq"]
        finally:
            first.close()
        self.copies = 0

    def pods(self, component="coordinator,worker"):
        chosen = "app.kubernetes.io/component in (%s)" % component
        return sorted(self.cluster.run(self.kubectl, "get", "pods", "-l", chosen, "-o", "jsonpath={range .items[*]}{.metadata.uid}{'\\n'}{end}").split())

    def copy(self):
        """A control plane, not started, on a copy of the folder."""
        self.copies += 1
        plane = harness.Controller(self.cluster, "copy-%d" % self.copies)
        shutil.copytree(self.folder, plane.data)
        plane.folder = os.path.join(plane.data, "log")
        return plane


@pytest.fixture(scope="module")
def life():
    cluster = harness.Cluster().start()
    try:
        yield Life(cluster)
    finally:
        cluster.close()


@pytest.fixture()
def plane(life):
    copy = life.copy()
    yield copy
    copy.close()


def tamper(plane, *arguments):
    return subprocess.run([harness.tool("test/unit/core/log_tamper"), plane.folder, *map(str, arguments)], check=True, capture_output=True, text=True).stdout.strip()


def refused(controller):
    """What the control plane says when it does not start."""
    before = os.path.getsize(controller.log) if os.path.exists(controller.log) else 0
    controller.start(wait=False)
    status = controller.process.process.wait(timeout=60)
    controller.process.out.close()
    assert status == 1
    with open(controller.log, errors="replace") as f:
        f.seek(before)
        return f.read()


# Each takes a control plane that is not started and the life it is a copy of, does damage, and returns a pattern for the words of a refused start and of
# verify, and what repair must say and record.
def rolled_back(plane, life):
    shutil.rmtree(os.path.join(plane.folder, "db"))
    shutil.copytree(life.yesterday, os.path.join(plane.folder, "db"))
    return r"the database ends at #\d+, the anchor at #%d" % life.head, "log.gap.accepted"


def newest_wal_is_gone(plane, life):
    wals = [f for f in os.listdir(os.path.join(plane.folder, "db")) if f.endswith(".log")]
    os.unlink(os.path.join(plane.folder, "db", max(wals)))
    return r"the database ends at #\d+, the anchor at #%d" % life.head, "log.gap.accepted"


def newest_wal_is_cut(plane, life):
    wals = [f for f in os.listdir(os.path.join(plane.folder, "db")) if f.endswith(".log")]
    path = os.path.join(plane.folder, "db", max(wals))
    os.truncate(path, os.path.getsize(path) // 2)
    return r"the database ends at #\d+, the anchor at #%d" % life.head, "log.gap.accepted"


def tables_are_cut(plane, life):
    for f in os.listdir(os.path.join(plane.folder, "db")):
        if f.endswith(".sst"):
            path = os.path.join(plane.folder, "db", f)
            os.truncate(path, os.path.getsize(path) // 2)
    return r"control #%d|" % life.head + r"Corruption", "log.gap.accepted"


def a_record_is_missing(plane, life):
    tamper(plane, "remove", "control", 7)
    return r"control event #7: missing", "log.gap.accepted"


def a_record_is_changed(plane, life):
    tamper(plane, "flip", "control", 7)
    return r"control event #7: the chain is broken", "log.gap.accepted"


def a_manifest_is_swapped(plane, life):
    plan = json.loads(plane.audit("log", "--type", "topology.planned", "-n", "1", "-o", "jsonl"))
    tamper(plane, "swap-blob", plan["payload"]["objects"][0]["manifest"])
    return r"control event #%d" % plan["seq"], "topology.manifest.lost"


def repair_flags(words):
    """What the command in the words accepts."""
    return re.search(r"xtn-audit repair --data \S+((?: --accept-\S+ \S+)+)", words)[1].split()


@pytest.mark.parametrize("damage", [rolled_back, newest_wal_is_gone, newest_wal_is_cut, tables_are_cut, a_record_is_missing, a_record_is_changed,
                                    a_manifest_is_swapped])
def test_damage_is_noticed_by_start_and_verify_and_repaired_only_when_accepted(life, plane, damage):
    before, coordinator = life.pods(), life.pods("coordinator")
    pattern, event = damage(plane, life)
    for words in (refused(plane), plane.audit("verify", code=3)):
        assert re.search(pattern, words), words
        assert re.search(r"#\d+", words) or damage is tables_are_cut, words
        assert "xtn-audit repair --data %s" % plane.data in words, words
    said = plane.audit("repair", code=3)
    assert "Nothing was changed" in said, said
    if event == "log.gap.accepted":
        assert re.search(r"the database ends at +#\d+", said) and re.search(r"the anchor says +#%d of" % life.head, said) and "lost for ever" in said, said
    flags = repair_flags(said)
    stale = [re.sub(r"\d+$", lambda m: str(int(m[0]) + 1), f) for f in flags]
    assert "Nothing was changed" in plane.audit("repair", *stale, code=1)
    assert re.search(pattern, refused(plane)), "still refused"
    assert "was accepted" in plane.audit("repair", *flags)
    assert plane.audit("verify").count(": ok, ") >= 3
    assert "was accepted" in plane.audit("log", "--type", event)
    assert "Nothing is missing" in plane.audit("repair")

    plane.start()
    life.cluster.run(life.kubectl, "wait", "--for=condition=Ready", "xtrinode/runtime-a", "--timeout=60s")
    harness.quiet_log(plane.api)
    if event == "log.gap.accepted":
        # What the log still knows may be the plan before the third worker: one of them may go and come again. Which one is up to Kubernetes,
        # to which workers that were started within a few seconds are equals.
        harness.wait_for("the third worker", lambda: len(life.pods()) == len(before))
        assert len(set(before) - set(life.pods())) <= 1
        assert life.pods("coordinator") == coordinator and len(coordinator) == 1
    else:
        assert life.pods() == before, "no pod restarted"
    plane.stop()
    assert "byte for byte" in plane.audit("replay")


def test_a_changed_record_of_a_query_is_noticed_by_verify_and_does_not_stop_a_start(life, plane):
    """Nothing is folded from that stream; docs/decisions/what-is-checked-at-start.md."""
    tamper(plane, "flip", "queries", 1)
    assert "queries event #1: the chain is broken" in plane.audit("verify", code=3)
    plane.start()


def test_a_newer_event_is_refused_when_it_must_be_understood_and_kept_and_counted_when_it_need_not_be(life, plane):
    kinds = []
    for kind in ("pod.observed/9", "moon.observed/1"):
        seq = tamper(plane, "append", kind, "may")
        kinds.append(kind)
        plane.start()
        text = harness.http("GET", plane.api + "/metrics")[2].decode()
        assert float(re.search(r"^xtrinode_log_events_skipped (\S+)$", text, re.M)[1]) == len(kinds)
        plane.stop()
        shown = json.loads(plane.audit("log", "--from", seq, "-o", "jsonl", "-n", "1"))
        assert shown["type"] == kind and shown["payload"]["log_id"] == "of a newer binary", shown
        assert json.loads(plane.audit("verify", "-o", "json"))["skipped"] == len(kinds)
    seq = tamper(plane, "append", "pod.observed/9", "must")
    for words in (refused(plane), plane.audit("verify", code=1), plane.audit("repair", "--accept-loss", str(int(seq) - 1), code=1)):
        assert "event #%s is of type pod.observed/9, which this binary does not know and must not skip; use the newer binary" % seq in words, words


def test_a_newer_format_is_refused_and_says_what_to_do(plane):
    with open(os.path.join(plane.folder, "FORMAT"), "w") as f:
        f.write("xtrinode-log 2\n")
    assert "newer binary" in refused(plane)
    assert "newer binary" in plane.audit("verify", code=1)
    assert "newer binary" in plane.audit("repair", "--accept-loss", "1", code=1)


def test_an_older_copy_of_the_whole_folder_is_told_by_an_answer_kept_elsewhere(life, plane):
    copy = os.path.join(life.cluster.scratch, "older")
    shutil.copytree(plane.data, copy)
    plane.start()
    plane.stop()
    kept = os.path.join(life.cluster.scratch, "kept.json")
    with open(kept, "w") as f:
        f.write(plane.audit("verify", "-o", "json"))
    assert ": ok, " in plane.audit("verify", "--since", kept)
    audit = harness.program("xtn-audit")
    life.cluster.run(audit, "--data", copy, "verify")
    assert "an older copy of the log" in life.cluster.run(audit, "--data", copy, "verify", "--since", kept, code=3)


def test_the_same_policies_decide_the_same_again(plane):
    said = plane.audit("redecide")
    assert re.search(r"[1-9]\d* decisions among them: \d+ times the same answer, 0 explained by another version, 0 unexplained", said), said
