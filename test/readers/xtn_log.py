#!/usr/bin/env python3
"""A second reader of XTrinode's log, written from docs/log-format.md alone: Python's standard library, nothing of ours.

  xtn_log.py FILE              walks an export (section 8), recomputes chains, sum and heads, and prints the heads
  xtn_log.py --events FILE     prints every event as a line of JSON as well

Exit status 3 and one sentence that names the event when a byte is not what it must be.
"""
import datetime, hashlib, json, struct, sys

HEADER = struct.Struct("<BBBBHHHHIQqQQ")  # section 3
SLOT = struct.Struct("<8sB7xQQ16s" + "QqQ32s" * 2 + "32s")  # section 5
STREAMS = {1: "control", 2: "queries"}
MOST = {"correlation": 64, "subject": 320, "source": 128, "actor": 256, "payload": 262144}
PARTS = ("type", "subject", "source", "actor", "correlation", "payload")
NO_CHAIN = bytes(32)


class Damaged(Exception):
    """A sentence that says what is wrong and where."""


def canonical(value):
    """Section 3: members sorted by the bytes of their names, no blanks, the shortest escapes."""
    def ordered(v):
        if isinstance(v, dict):
            return {k: ordered(v[k]) for k in sorted(v, key=lambda k: k.encode())}
        return [ordered(x) for x in v] if isinstance(v, list) else v

    return json.dumps(ordered(value), separators=(",", ":"), ensure_ascii=False)


def time_text(nanos):
    seconds, fraction = divmod(nanos, 10**9)
    text = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return text + ("." + ("%09d" % fraction).rstrip("0") if fraction else "") + "Z"


class Walk:
    """One stream: takes its records in order and checks each against the one before (sections 3 and 4)."""

    def __init__(self, name, first=1, chain=NO_CHAIN):
        self.name, self.seq, self.chain, self.time, self.epoch = name, first - 1, chain, None, 0

    def step(self, record):
        where = "%s event #%d" % (self.name, self.seq + 1)

        def need(right, what):
            if not right:
                raise Damaged("%s: %s" % (where, what))

        need(len(record) >= HEADER.size + 32, "the record has only %d bytes" % len(record))
        version, flags, stream, n_correlation, n_type, n_subject, n_source, n_actor, n_payload, seq, time, epoch, cause = HEADER.unpack_from(record)
        lengths = dict(zip(PARTS, (n_type, n_subject, n_source, n_actor, n_correlation, n_payload)))
        need(version == 1, "record version %d" % version)
        need(flags & ~1 == 0, "unknown flags %d" % flags)
        need(STREAMS.get(stream) == self.name, "it belongs to stream %d" % stream)
        need(all(lengths[part] <= most for part, most in MOST.items()), "a part is too long")
        need(HEADER.size + sum(lengths.values()) + 32 == len(record), "the record has %d bytes, its header says %d" %
             (len(record), HEADER.size + sum(lengths.values()) + 32))
        need(seq == self.seq + 1, "the record calls itself #%d" % seq)
        need(self.time is None or time >= self.time, "it is older than the event before")
        need(epoch >= self.epoch, "its term is older than that of the event before")
        need(cause < seq, "its cause #%d is not earlier" % cause)
        body, chain = record[:-32], record[-32:]
        need(chain == hashlib.sha256(self.chain + body).digest(), "the chain is broken: this event or one before was changed")
        at, texts = HEADER.size, {}
        try:
            for part in PARTS:
                texts[part] = body[at:at + lengths[part]].decode()
                at += lengths[part]
            payload = json.loads(texts["payload"], parse_float=lambda text: need(False, "a floating-point number: " + text))
        except ValueError as e:
            raise Damaged("%s: %s" % (where, e))
        need(isinstance(payload, dict) and canonical(payload) == texts["payload"], "its payload is not canonical JSON")
        self.seq, self.chain, self.time, self.epoch = seq, chain, time, epoch
        event = {name: text for name, text in texts.items() if name != "payload" and text}
        event.update(seq=seq, stream=self.name, time=time_text(time), epoch=epoch, payload=payload, chain=chain.hex())
        if cause:
            event["cause"] = cause
        return event, bool(flags & 1)


def manifests(event):
    """The digests of the blobs that an event names (section 8)."""
    name = event["type"].rsplit("/", 1)[0]
    if name == "topology.planned":
        return [o["manifest"] for o in event["payload"]["objects"]]
    named = event["payload"].get("manifest") if name in ("object.applied", "object.failed", "object.skipped") else None
    return [named] if named else []


def read_export(data, on_event=None):
    """Walks an export. Returns its head line with `end` and `events` added. Damaged when anything is not what it must be."""
    total, at = NO_CHAIN, 0
    lines = []
    for _ in range(2):
        end = data.find(b"\n", at) + 1
        if not end:
            raise Damaged("the head of the export has no end")
        lines.append(data[at:end])
        total, at = hashlib.sha256(total + data[at:end]).digest(), end
    if lines[0] != b"xtrinode-export 1\n":
        raise Damaged("the first line is %r" % lines[0])
    try:
        head = json.loads(lines[1])
        walks = {s["name"]: Walk(s["name"], s["from"], bytes.fromhex(s["chain"])) for s in head["streams"]}
        to = {s["name"]: s["to"] for s in head["streams"]}
        if canonical(head).encode() + b"\n" != lines[1] or head["log_format"] != 1 or not set(walks) <= set(STREAMS.values()):
            raise ValueError("not of format 1")
    except (ValueError, KeyError, TypeError) as e:
        raise Damaged("the head of the export: %r" % e)

    def place():
        return "behind " + " and ".join("%s event #%d" % (w.name, w.seq) for w in walks.values())

    blobs, named, records = set(), set(), 0
    order = list(walks)
    while True:
        if at + 5 > len(data):
            raise Damaged("the export ends %s" % place())
        kind, length = data[at:at + 1], struct.unpack_from("<I", data, at + 1)[0]
        content = data[at + 5:at + 5 + length]
        if kind not in (b"B", b"R", b"E"):
            raise Damaged("a frame of kind %r %s" % (kind, place()))
        if len(content) != length:
            raise Damaged("a frame %s says that it has %d bytes, %d are left" % (place(), length, len(content)))
        total, at = hashlib.sha256(total + data[at:at + 5 + length]).digest(), at + 5 + length
        if kind == b"E":
            break
        if kind == b"B":
            digest = hashlib.sha256(content).hexdigest()
            if digest in blobs:
                raise Damaged("a blob comes twice, %s" % place())
            blobs.add(digest)
            continue
        while walks[order[0]].seq >= to[order[0]] and len(order) > 1:
            order.pop(0)
        event, must_understand = walks[order[0]].step(content)
        records += 1
        for digest in manifests(event):
            if digest not in blobs:
                raise Damaged("%s event #%d: the blob %s that it names does not come before it" % (event["stream"], event["seq"], digest))
            named.add(digest)
        if on_event:
            on_event(event, must_understand)
    for walk in walks.values():
        if walk.seq < to[walk.name]:
            raise Damaged("%s event #%d is missing: the export ends before it" % (walk.name, walk.seq + 1))
        if walk.seq > to[walk.name]:
            raise Damaged("%s event #%d is one more than the head of the export says" % (walk.name, walk.seq))
    try:
        end = json.loads(content)
        if canonical(end).encode() != content:
            raise ValueError("not canonical")
    except ValueError as e:
        raise Damaged("the end of the export: %s" % e)
    want = {"records": records, "blobs": len(blobs)}
    want.update({w.name: {"seq": w.seq, "chain": w.chain.hex()} for w in walks.values()})
    if end != want:
        raise Damaged("the export says that it ends with %s, it ends with %s" % (canonical(end), canonical(want)))
    if blobs != named:
        raise Damaged("no event names the blob %s" % min(blobs - named))
    if data[at:] != total:
        raise Damaged("the sum at the end of the export is wrong")
    return dict(head, end=end, events=records)


def read_anchor(slot):
    """Section 5."""
    magic, version, counter, epoch, log_id, *rest = SLOT.unpack(slot)
    if magic != b"XTNANCHR" or version != 1 or rest[-1] != hashlib.sha256(slot[:160]).digest():
        raise Damaged("the anchor's slot is not whole")
    return {"counter": counter, "epoch": epoch, "log_id": log_id.hex(), "control": rest[0], "queries": rest[4]}


def main(args):
    show = args[:1] == ["--events"]
    if len(args) != (2 if show else 1):
        sys.exit(__doc__)
    with open(args[-1], "rb") as f:
        data = f.read()
    try:
        read = read_export(data, (lambda event, _: print(canonical(event))) if show else None)
    except Damaged as e:
        print("%s: %s" % (args[-1], e), file=sys.stderr)
        return 3
    for stream in read["streams"]:
        end = read["end"][stream["name"]]
        print("%s: #%d to #%d, chain %s" % (stream["name"], stream["from"], end["seq"], end["chain"]))
    print("log %s: %d events, %d blobs, every byte checked" % (read["log_id"], read["events"], read["end"]["blobs"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
