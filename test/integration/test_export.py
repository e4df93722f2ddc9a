"""An export of a live log, walked by a reader that was written from docs/log-format.md alone (test/readers/xtn_log.py); and the way back."""
import json, os, re, struct, sys

import pytest

import harness

sys.path.insert(0, os.path.join(harness.ROOT, "test", "readers"))
import xtn_log  # noqa: E402


@pytest.fixture(scope="module")
def export(sandbox, runtime):
    """A whole export beside the running process."""
    sandbox.query("SELECT 1")
    harness.wait_for("the query's record", lambda: "query.ended" in sandbox.audit("log", "--stream", "queries"))
    path = os.path.join(sandbox.scratch, "whole.export")
    sandbox.audit("export", path)
    with open(path, "rb") as f:
        return f.read()


def frames(data):
    """(kind, offset, length of content) of each frame."""
    at = data.index(b"\n", data.index(b"\n") + 1) + 1
    while True:
        kind, length = data[at:at + 1], struct.unpack_from("<I", data, at + 1)[0]
        yield kind, at, length
        at += 5 + length
        if kind == b"E":
            return


def test_the_second_reader_sees_the_same_events_and_heads(sandbox, export):
    events = {"control": [], "queries": []}
    read = xtn_log.read_export(export, lambda event, _: events[event["stream"]].append({k: v for k, v in event.items() if k != "chain"}))
    assert read["end"]["blobs"] > 5, "the runtime's manifests"
    for stream in events:
        to = read["end"][stream]["seq"]
        ours = [json.loads(line) for line in sandbox.audit("log", "--stream", stream, "--from", "1", "-o", "jsonl").splitlines()]
        assert events[stream] == ours[:to] and len(events[stream]) == to > 0
    verified = json.loads(sandbox.audit("verify", "-o", "json"))
    assert verified["logId"] == read["log_id"]
    assert verified["queries"]["chain"] == read["end"]["queries"]["chain"] or verified["queries"]["seq"] > read["end"]["queries"]["seq"]


def test_the_second_reader_as_a_program(sandbox, export):
    path = os.path.join(sandbox.scratch, "whole.export")
    reader = os.path.join(harness.ROOT, "test", "readers", "xtn_log.py")
    said = sandbox.run(sys.executable, reader, path)
    assert "every byte checked" in said and "control: #1 to #" in said
    broken = bytearray(export)
    kind, at, length = [f for f in frames(export) if f[0] == b"R"][2]
    broken[at + 5 + 48] ^= 1
    other = os.path.join(sandbox.scratch, "broken.export")
    with open(other, "wb") as f:
        f.write(broken)
    assert "control event #3: the chain is broken" in sandbox.run(sys.executable, reader, other, code=3)


def flips(data):
    """(what, offset, number of the event that must be named or None): one byte of each kind, of every frame and line."""
    head = data.index(b"\n", data.index(b"\n") + 1) + 1
    yield from (("head", at, None) for at in range(0, head, 3))
    seq = {1: 0, 2: 0}
    pending = []
    for kind, at, length in frames(data):
        content = at + 5
        if kind == b"R":
            stream = data[content + 2]
            seq[stream] += 1
            named = (stream, seq[stream])
            yield from (("blob " + what, place, named) for what, place in pending)
            pending = []
            yield "kind", at, named
            yield from (("length", at + 1 + i, named) for i in range(4))
            yield from (("record header", content + i, named) for i in range(48))
            yield "type", content + 48, named
            yield "payload", content + length - 33, named
            yield from (("chain", content + length - 32 + i, named) for i in (0, 31))
        elif kind == b"B":
            pending += [("content", content + place) for place in (0, length // 2, length - 1)]
        else:
            yield from (("end", at + i, None) for i in range(0, 5 + length, 3))
    yield from (("sum", at, None) for at in range(len(data) - 32, len(data)))


def test_every_kind_of_flipped_byte_is_found_and_the_event_named(sandbox, export):
    """Against the second reader and against `import`, which is the first one."""
    plan = json.loads(sandbox.audit("log", "--type", "topology.planned", "--from", "1", "-n", "1", "-o", "jsonl"))["seq"]
    path = os.path.join(sandbox.scratch, "part.export")
    sandbox.audit("export", "--to", str(plan + 2), path)
    with open(path, "rb") as f:
        data = f.read()
    xtn_log.read_export(data)
    tried = 0
    for what, at, named in flips(data):
        broken = bytearray(data)
        broken[at] ^= 0x10
        with pytest.raises(xtn_log.Damaged) as found:
            xtn_log.read_export(bytes(broken))
        tried += 1
        if named is None:
            continue
        stream, seq = xtn_log.STREAMS[named[0]], named[1]
        numbers = [int(n) for s, n in re.findall(r"(control|queries) event #(\d+)", str(found.value)) if s == stream]
        # A frame that cannot be read at all is placed behind the last event before it.
        assert seq in numbers or (what in ("kind", "length") and seq - 1 in numbers), (what, at, named, str(found.value))
    assert tried > 500
    for length in range(0, len(data), 997):
        with pytest.raises(xtn_log.Damaged):
            xtn_log.read_export(data[:length])


def test_an_imported_log_is_the_log(sandbox, export):
    path = os.path.join(sandbox.scratch, "whole.export")
    copy = os.path.join(sandbox.scratch, "copy")
    audit = harness.program("xtn-audit")
    assert "are now a log" in sandbox.run(audit, "--data", copy, "import", path)
    again = os.path.join(sandbox.scratch, "again.export")
    sandbox.run(audit, "--data", copy, "export", again)
    with open(again, "rb") as f:
        assert f.read() == export
    assert sandbox.run(audit, "--data", copy, "verify").count(": ok, ") == 4
    assert "byte for byte" in sandbox.run(audit, "--data", copy, "replay")
    assert "not empty" in sandbox.run(audit, "--data", copy, "import", path, code=1)
    broken = bytearray(export)
    broken[len(broken) // 2] ^= 1
    other = os.path.join(sandbox.scratch, "broken.export")
    with open(other, "wb") as f:
        f.write(broken)
    sandbox.run(audit, "--data", os.path.join(sandbox.scratch, "none"), "import", other, code=3)
    assert not os.path.exists(os.path.join(sandbox.scratch, "none", "log"))
