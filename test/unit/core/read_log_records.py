#!/usr/bin/env python3
"""A second reader of the log's records, written from docs/log-format.md alone: Python's standard library, nothing of ours.

  read_log_records.py FOLDER      reads records.hex and anchor.hex, checks chains and index, compares with events.jsonl

records.hex holds "<key> <value>" in hexadecimal, one line per entry of the families `events` and `by_subject` (value "-").
"""
import datetime, hashlib, json, os, struct, sys

HEADER = struct.Struct("<BBBBHHHHIQqQQ")  # section 3
SLOT = struct.Struct("<8sB7xQQ16s" + "QqQ32s" * 2 + "32s")  # section 5
STREAMS = {1: "control", 2: "queries"}


def time_text(nanos):
    seconds, fraction = divmod(nanos, 10**9)
    text = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return text + ("." + ("%09d" % fraction).rstrip("0") if fraction else "") + "Z"


def read_record(key, record, before):
    version, flags, stream, n_correlation, n_type, n_subject, n_source, n_actor, n_payload, seq, time, epoch, cause = HEADER.unpack_from(record)
    assert HEADER.size == 48 and version == 1
    assert key == bytes([stream]) + struct.pack(">Q", seq), "the key is the stream and the number"
    assert len(record) == HEADER.size + n_type + n_subject + n_source + n_actor + n_correlation + n_payload + 32
    at, parts = HEADER.size, []
    for length in (n_type, n_subject, n_source, n_actor, n_correlation, n_payload):
        parts.append(record[at:at + length].decode())
        at += length
    chain = record[at:]
    assert chain == hashlib.sha256(before + record[:at]).digest(), "chain broken at %d" % seq
    event = dict(zip(("type", "subject", "source", "actor", "correlation"), parts))
    event.update(seq=seq, stream=STREAMS[stream], time=time_text(time), epoch=epoch, cause=cause or None, payload=json.loads(parts[5]), chain=chain.hex())
    canonical = json.dumps(event["payload"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical == parts[5], "payloads are canonical JSON"
    return {name: value for name, value in event.items() if value not in ("", None)}, chain


def read_anchor(slot):
    magic, version, counter, epoch, log_id, *rest = SLOT.unpack(slot)
    assert magic == b"XTNANCHR" and version == 1 and SLOT.size == 192
    assert rest[-1] == hashlib.sha256(slot[:160]).digest(), "anchor checksum"
    return {"counter": counter, "epoch": epoch, "log_id": log_id.hex(), "control": rest[0], "queries": rest[4]}


def main(folder):
    events, index, wanted = [], set(), set()
    chains = {1: bytes(32), 2: bytes(32)}
    for line in open(os.path.join(folder, "records.hex")):
        key, value = line.split()
        key = bytes.fromhex(key)
        if value == "-":
            index.add(key)
            continue
        event, chains[key[0]] = read_record(key, bytes.fromhex(value), chains[key[0]])
        events.append(event)
        wanted.add(key[:1] + event["subject"].encode() + b"\0" + key[1:])
    assert index == wanted, "the index by subject"
    expected = [json.loads(line) for line in open(os.path.join(folder, "events.jsonl"))]
    assert events == expected, "\n%s\n%s" % (events, expected)
    anchor = read_anchor(bytes.fromhex(open(os.path.join(folder, "anchor.hex")).read().strip()))
    assert anchor == {"counter": 1, "epoch": 2, "log_id": "00112233445566778899aabbccddeeff", "control": 3, "queries": 0}, anchor
    print("%d events read and their chains checked" % len(events))


if __name__ == "__main__":
    main(sys.argv[1])
