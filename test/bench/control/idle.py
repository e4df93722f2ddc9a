#!/usr/bin/env python3
"""What a control plane with 1,000 runtimes does while nothing happens: events, API writes, CPU. Real programs: a cluster-only sandbox and a controller."""
import argparse, os, time

ap = argparse.ArgumentParser(description=__doc__)
ap.add_argument("--build", required=True)
ap.add_argument("--quick", action="store_true")
args = ap.parse_args()
os.environ.setdefault("XTN_BIN", os.path.join(os.path.abspath(args.build), "bin"))

from cluster import cpu_seconds, head, open_cluster, wait_quiet
import figures, harness

RUNTIMES, READY = (30, 3) if args.quick else (1000, 30)  # READY of them run, with pods; the others are suspended
SECONDS = 3 if args.quick else 20
ROUNDS = 1 if args.quick else 3
SETTLE = 120 if args.quick else 300


def settled(api):
    phases = [r.get("status", {}).get("phase") for r in api.runtimes()]
    return len(phases) == RUNTIMES and phases.count("Ready") == READY and phases.count("Suspended") == RUNTIMES - READY


def main():
    cluster, controller, api = open_cluster(args)
    try:
        for i in range(RUNTIMES):
            api.create_runtime("runtime-%04d" % i, suspended=i >= READY)
        harness.wait_for("%d runtimes at rest" % RUNTIMES, lambda: settled(api), SETTLE, pause=1)
        wait_quiet(controller, api, 1 if args.quick else 5, SETTLE)
        events, writes, cpu = [], [], []
        for _ in range(ROUNDS):
            before, revision = head(controller), api.revision()
            began, used = time.monotonic(), cpu_seconds(controller.process.process.pid)
            time.sleep(SECONDS)
            used, took = cpu_seconds(controller.process.process.pid) - used, time.monotonic() - began
            after = head(controller)
            events.append(sum(after[s] - before[s] for s in after))
            writes.append(api.revision() - revision)
            cpu.append(100 * used / took)
        how = "%d runtimes, %d of them Ready with pods and the others suspended; %d s of rest to a round. " % (RUNTIMES, READY, SECONDS)
        name = "idle control plane with 1,000 runtimes, "
        figures.show([
            figures.amount(events, id="idle.events", name=name + "events", unit="events", goal="<= 0", yardstick_is=how + "Events in both streams of the log."),
            figures.amount(writes, id="idle.writes", name=name + "API writes", unit="writes", goal="<= 0",
                           yardstick_is=how + "By how much the cluster's resourceVersion moved: it counts every change of any object."),
            figures.amount(cpu, id="idle.cpu", name=name + "CPU", unit="% of a core", goal="<= 0.5", yardstick_is=how + "CPU time of the controller's threads."),
        ])
    finally:
        controller.close()
        cluster.close()


main()
