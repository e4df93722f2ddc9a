#!/usr/bin/env python3
"""Runs every libFuzzer target for some seconds from its corpus: run.py --build DIR [--seconds N] [--seed N]. Exit status 1 on a finding."""
import argparse, os, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--build", required=True)
    ap.add_argument("--seconds", type=int, default=60)
    ap.add_argument("--seed", type=int, default=1, help="the same seed gives the same inputs; a nightly run takes others")
    args = ap.parse_args()
    found = []
    folder = os.path.join(args.build, "test", "fuzz")
    targets = sorted(f for f in os.listdir(folder) if f.endswith("_fuzz"))
    for target in targets:
        work = os.path.join(folder, "work", target)
        os.makedirs(work, exist_ok=True)
        corpus = os.path.join(HERE, "corpus", target[:-len("_fuzz")])
        # Without an exit code of its own a crash looks like "skipped" to Meson.
        run = subprocess.run([os.path.join(folder, target), "-max_total_time=%d" % args.seconds, "-seed=%d" % args.seed, "-max_len=4096",
                              "-error_exitcode=1", "-timeout_exitcode=1", "-print_final_stats=1", "-artifact_prefix=" + work + "/", work, corpus],
                             stderr=subprocess.PIPE, text=True, errors="replace")
        stats = [l for l in run.stderr.split("\n") if "number_of_executed_units" in l]
        print("%-24s %s %s" % (target, "ok  " if run.returncode == 0 else "FOUND", stats[0] if stats else ""))
        if run.returncode:
            found.append(target)
            print(run.stderr[-3000:])
    print("%d targets, %d with findings" % (len(targets), len(found)))
    return 1 if found or not targets else 0


if __name__ == "__main__":
    sys.exit(main())
