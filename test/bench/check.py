#!/usr/bin/env python3
"""Shows that the bench still runs: a quick run of every program, in which each promised figure is there and a number; no goal is judged. And that a run
fails loudly when a program does not do its part.

  check.py --build DIR

Ends with one line: N passed, N failed.
"""
import argparse, json, os, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import run
from programs import PROGRAMS, PROMISED

passed, failed = 0, []


def check(what, holds):
    global passed
    if holds:
        passed += 1
    else:
        failed.append(what)
        print("FAILED " + what, flush=True)


def quick_run(build, scratch):
    figures_file, page = os.path.join(scratch, "figures.json"), os.path.join(scratch, "performance.md")
    done = subprocess.run([sys.executable, os.path.join(HERE, "run.py"), "--build", build, "--quick", "--json", figures_file, "--document", page])
    check("a quick run ends with status 0", done.returncode == 0)
    figures = {}
    if os.path.exists(figures_file):
        with open(figures_file) as f:
            figures = {figure["id"]: figure for figure in json.load(f)}
    text = ""
    if os.path.exists(page):
        with open(page) as f:
            text = f.read()
    for id, (name, _, program) in PROMISED.items():
        figure = figures.get(id)
        check("%s (%s, by %s) is there and a number" % (id, name, program), figure is not None and run.fault(figure) is None)
        check("%s stands in the page, with how to repeat it" % id, figure is not None and figure["name"] in text and "--only " + program in text)


def broken_programs(scratch):
    """Programs that do not do their part; each must be told of."""
    whole = {"id": "x", "name": "x", "unit": "s", "ours": 1, "yardstick": 1, "ratio": 1, "min": 1, "median": 1, "max": 1, "rounds": 1, "goal": "", "met": None,
             "yardstick_is": "", "note": ""}
    lines = {
        "ends with another status": ("print('[]'); raise SystemExit(3)", "ended with status 3"),
        "prints nothing": ("pass", "printed no list"),
        "leaves out a promised figure": ("print('[]')", "does not print x"),
        "prints a figure nobody knows": ("print(%r)" % json.dumps([whole, dict(whole, id="y")]), "prints unknown y"),
        "prints no number": ("print(%r)" % json.dumps([dict(whole, median=float("nan"))]), "no number"),
        "measured nothing": ("print(%r)" % json.dumps([dict(whole, rounds=0)]), "no round"),
        "leaves out a member": ("print(%r)" % json.dumps([{k: v for k, v in whole.items() if k != "met"}]), "lacks met"),
        "does not end": ("import time; time.sleep(60)", "took more than"),
    }
    programs, promised = run.PROGRAMS, run.PROMISED
    try:
        run.PROMISED = {"x": ("x", "", "broken")}
        for what, (code, words) in lines.items():
            run.PROGRAMS = {"broken": ([sys.executable, "-c", code], 2 if "sleep" in code else 60)}
            _, trouble = run.run("broken", ".", False, scratch)
            check("a program that %s is told of: %s" % (what, trouble), trouble is not None and words in trouble)
        run.PROGRAMS = {"broken": ([os.path.join(scratch, "absent")], 60)}
        check("a program that is not there is told of", "cannot be started" in (run.run("broken", ".", False, scratch)[1] or ""))
        run.PROGRAMS = {"broken": ([sys.executable, "-c", "print(%r)" % json.dumps([whole])], 60)}
        check("one that does its part is not", run.run("broken", ".", False, scratch) == ([dict(whole, program="broken")], None))
    finally:
        run.PROGRAMS, run.PROMISED = programs, promised


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--build", required=True)
    args = ap.parse_args()
    check("every promised figure has a program", all(row[2] in PROGRAMS for row in PROMISED.values()))
    with tempfile.TemporaryDirectory(prefix="xtrinode-bench-check-") as scratch:
        broken_programs(scratch)
        quick_run(args.build, scratch)
    print("%d passed, %d failed" % (passed, len(failed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
