#!/usr/bin/env python3
"""Runs the benchmark programs and collects their figures.

  run.py --build DIR [--json FILE] [--only NAME] [--quick]

Each program prints a JSON list of figures: name, unit, ours, yardstick, ratio, goal, met, note, and min/median/max of the ratio where it was
repeated. Ours and the yardstick are measured in the same run, in turn, so that the ratio stands when the machine's speed drifts.
Exit status 1 when a program failed; a missed goal is shown, not an error.
"""
import argparse, json, os, subprocess, sys

# Programs by name, relative to the build folder.
BENCHES = {"log": "test/bench/log_bench", "gateway": "test/bench/gateway/gateway_bench"}
MEMBERS = ("name", "unit", "ours", "yardstick", "ratio", "goal", "met", "note")


def show(figure):
    spread = ""
    if "min" in figure:
        spread = " (%.2f .. %.2f)" % (figure["min"], figure["max"])
    verdict = {True: "met", False: "MISSED", None: ""}[figure["met"]]
    print("%-58s %10.4g %-12s yardstick %10.4g  ratio %6.3f%s  goal %-8s %s" % (
        figure["name"], figure["ours"], figure["unit"], figure["yardstick"], figure["ratio"], spread, figure["goal"], verdict))
    if figure["note"]:
        print("    " + figure["note"])


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--build", required=True)
    ap.add_argument("--json", help="write the list of all figures here")
    ap.add_argument("--only", action="append", choices=sorted(BENCHES))
    ap.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    args = ap.parse_args()
    figures, failed = [], []
    for name, path in BENCHES.items():
        if args.only and name not in args.only:
            continue
        program = os.path.join(args.build, path)
        run = subprocess.run([program] + (["--quick"] if args.quick else []), stdout=subprocess.PIPE, text=True)
        try:
            found = json.loads(run.stdout)
        except ValueError:
            found = None
        if run.returncode or found is None:
            failed.append(name)
            print("%s: failed with status %d" % (name, run.returncode))
            continue
        for figure in found:
            missing = [m for m in MEMBERS if m not in figure]
            if missing:
                failed.append(name)
                print("%s: a figure lacks %s" % (name, ", ".join(missing)))
            else:
                show(figure)
                figures.append(figure)
    if args.json:
        with open(args.json + ".new", "w") as f:
            json.dump(figures, f, indent=1)
            f.write("\n")
        os.replace(args.json + ".new", args.json)
    print("%d figures, %d goals missed, %d programs failed" % (len(figures), sum(f["met"] is False for f in figures), len(failed)))
    return 1 if failed or not figures else 0


if __name__ == "__main__":
    sys.exit(main())
