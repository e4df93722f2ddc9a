#!/usr/bin/env python3
"""How long the control plane takes from a change in the cluster to its first write, on an idle system. Real programs: a cluster-only sandbox and a
controller beside it.

A client changes the spec of a runtime and watches it as the control plane does. The clock runs from the arrival of the watch event that carries the
change to the arrival of the one that carries the control plane's first write: both come over the same stream, so that its own delay cancels. In between lie the
observation, the decision, one synced append, and a request to the API server with its answer's way through storage.
"""
import argparse, json, os, queue, tempfile, threading, time

ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
ap.add_argument("--build", required=True)
ap.add_argument("--quick", action="store_true")
args = ap.parse_args()
os.environ.setdefault("XTN_BIN", os.path.join(os.path.abspath(args.build), "bin"))

from cluster import XTRINODES, Api, open_cluster, wait_quiet
import figures, harness

ROUNDS, EACH = (1, 10) if args.quick else (5, 60)
NAME = "runtime-a"


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


class Sync:
    """The disk's own part: appending a record's worth of bytes to a file and syncing it, where the log lies."""

    def __init__(self, folder):
        self.file = tempfile.TemporaryFile(dir=folder)
        os.posix_fallocate(self.file.fileno(), 0, 8 << 20)  # as RocksDB does with its write-ahead log

    def milliseconds(self):
        began = time.perf_counter()
        os.write(self.file.fileno(), b"x" * 2048)
        os.fdatasync(self.file.fileno())
        return (time.perf_counter() - began) * 1e3


class Changes:
    """The watch events of the runtimes, each with the time of its arrival: read by a thread of its own, for a client that waits for its answer reads late."""

    def __init__(self, events):
        self.seen = queue.Queue()
        threading.Thread(target=lambda: [self.seen.put(event) for event in events], daemon=True).start()

    def next(self):
        """(when it arrived, object)."""
        now, event = self.seen.get(timeout=30)
        if event["type"] != "MODIFIED":
            raise harness.Error("unexpected watch event %s" % event["type"])
        return now, event["object"]

    def drop(self):
        while not self.seen.empty():
            self.seen.get()


def main():
    cluster, controller, api = open_cluster(args)
    try:
        api.create_runtime(NAME, suspended=True)
        harness.wait_for("a suspended runtime", lambda: api.runtimes()[0].get("status", {}).get("phase") == "Suspended", 60)
        wait_quiet(controller, api, 1, 60)
        sync = Sync(controller.data)
        changes = Changes(Api(cluster.kubeconfig).watch(XTRINODES))
        above, reactions, syncs = [], [], []
        wanted = 1
        for _ in range(ROUNDS):
            took, disk = [], []
            for _ in range(EACH):
                wanted = 2 if wanted == 1 else 1
                generation = api.must("PATCH", XTRINODES + "/" + NAME, {"spec": {"maxWorkers": wanted}}, "application/merge-patch+json")["metadata"]["generation"]
                began, seen = changes.next()
                if seen["metadata"]["generation"] != generation or seen["status"]["observedGeneration"] >= generation:
                    raise harness.Error("the first change seen is not ours")
                while seen["status"]["observedGeneration"] < generation:
                    ended, seen = changes.next()
                took.append((ended - began) * 1e3)
                # Nothing more is to come of it; then the system is idle again.
                time.sleep(0.05)
                changes.drop()
                disk.append(sync.milliseconds())
            reactions += took
            syncs += disk
            above.append(percentile(took, 0.99) - percentile(disk, 0.99))
        print("reaction, ms: median %.2f, p99 %.2f; sync: median %.2f, p99 %.2f" % (percentile(reactions, 0.5), percentile(reactions, 0.99), percentile(syncs, 0.5), percentile(syncs, 0.99)))
        figures.show([
            figures.amount(above, id="reaction", name="watch event to first write out, idle system, p99 above the disk's own sync", unit="ms", goal="<= 5", beside=percentile(syncs, 0.99),
                           yardstick_is="From the watch event of a changed spec to the watch event of the control plane's first write (the status that has observed it), %d changes to a round, "
                                        "99th percentile, less that of appending 2 KiB to a file and syncing it, measured between the changes (shown beside it)." % EACH),
            figures.amount([percentile(reactions, 0.5)], id="", name="watch event to first write out, idle system, median", unit="ms", goal="", yardstick_is="As above, the disk's sync included."),
        ])
    finally:
        controller.close()
        cluster.close()


main()
