#!/usr/bin/env python3
"""The second reader against test/fixtures/log-format-1: keys, records, chains, index and anchor, pinned as hexadecimal text.

  check_pinned_bytes.py FOLDER

records.hex holds "<key> <value>", one line per entry of the families `events` and `by_subject` (value "-").
"""
import json, os, struct, sys

from xtn_log import Walk, read_anchor


def main(folder):
    walks = {1: Walk("control"), 2: Walk("queries")}
    events, index, wanted = [], set(), set()
    for line in open(os.path.join(folder, "records.hex")):
        key, value = line.split()
        key = bytes.fromhex(key)
        if value == "-":
            index.add(key)
            continue
        event, _ = walks[key[0]].step(bytes.fromhex(value))
        assert key[1:] == struct.pack(">Q", event["seq"]), "the key is the stream and the number"
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
