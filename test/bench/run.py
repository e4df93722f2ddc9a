#!/usr/bin/env python3
"""Runs the benchmark programs, collects their figures and writes docs/performance.md.

  run.py --build DIR [--json FILE] [--document FILE] [--only NAME]... [--quick]

Programs and promised figures stand in programs.py. NAME is a program's or a figure's. A whole run (no --only) writes the document; --quick only shows
that everything runs: fewer and shorter rounds, no document unless one is named. Exit status 1 when a program failed, or a promised figure
of the programs that ran is missing or no number. A missed goal is shown, not an error.
"""
import argparse, datetime, json, math, os, shutil, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
import document, machine
from programs import PROGRAMS, PROMISED

MEMBERS = ("id", "name", "unit", "ours", "yardstick", "ratio", "min", "median", "max", "rounds", "goal", "met", "yardstick_is", "note")
NUMBERS = ("ours", "min", "median", "max", "rounds")


def fault(figure):
    """What keeps a figure from being one, or None."""
    if not isinstance(figure, dict):
        return "is no object"
    missing = [m for m in MEMBERS if m not in figure]
    if missing:
        return "lacks " + ", ".join(missing)
    for member in NUMBERS:
        if isinstance(figure[member], bool) or not isinstance(figure[member], (int, float)) or not math.isfinite(figure[member]):
            return "%s is %r, no number" % (member, figure[member])
    if figure["rounds"] < 1:
        return "no round was measured"
    return None


def run(name, build, quick, scratch):
    """(figures, what went wrong or None)."""
    command, seconds = PROGRAMS[name]
    command = [part.replace("{build}", os.path.abspath(build)) for part in command]
    if command[0].endswith(".py"):
        command = [sys.executable, os.path.join(HERE, command[0])] + command[1:]
    environment = dict(os.environ, TMPDIR=scratch)
    try:
        ran = subprocess.run(command + (["--quick"] if quick else []), cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return [], "took more than %d s" % seconds
    except OSError as e:
        return [], "cannot be started: %s" % e
    if ran.returncode:
        return [], "ended with status %d" % ran.returncode
    try:
        found = json.loads(ran.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return [], "printed no list of figures"
    for figure in found:
        trouble = fault(figure)
        if trouble:
            return [], "figure %s: %s" % (figure.get("name", "?") if isinstance(figure, dict) else "?", trouble)
        figure["program"] = name
    absent = [id for id, row in PROMISED.items() if row[2] == name and id not in [f["id"] for f in found]]
    unknown = [f["id"] for f in found if f["id"] and (f["id"] not in PROMISED or PROMISED[f["id"]][2] != name)]
    if absent or unknown:
        return found, "; ".join((["does not print " + ", ".join(absent)] if absent else []) + (["prints unknown " + ", ".join(unknown)] if unknown else []))
    return found, None


def show(figure):
    spread = "%s (%s .. %s)" % tuple(document.number(figure[m]) for m in ("median", "min", "max"))
    verdict = {True: "met", False: "MISSED", None: ""}[figure["met"]]
    print("  %-64s %-28s %-8s goal %-8s %s" % (figure["name"], spread, "ratio" if figure["ratio"] is not None else figure["unit"], figure["goal"], verdict))
    if figure["ratio"] is not None:
        print("      ours %s, yardstick %s %s" % (document.number(figure["ours"]), document.number(figure["yardstick"]), figure["unit"]))


def revision():
    git = lambda *args: subprocess.run(["git", "-C", ROOT, *args], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
    # The document itself is what a run changes.
    changed = [line for line in git("status", "--porcelain", "--untracked-files=no").splitlines() if not line.endswith("docs/performance.md")]
    return (git("rev-parse", "--short=10", "HEAD") or "unknown") + (" with changes" if changed else "")


def chosen(only):
    if not only:
        return list(PROGRAMS)
    names = [PROMISED[n][2] if n in PROMISED else n for n in only]
    return [n for n in PROGRAMS if n in names]


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--build", required=True)
    ap.add_argument("--json", help="write the list of all figures here")
    ap.add_argument("--document", help="write the page here (default: docs/performance.md, after a whole run that is not quick)")
    ap.add_argument("--only", action="append", metavar="NAME", choices=sorted(PROGRAMS) + sorted(PROMISED), help="a program's or a promised figure's name")
    ap.add_argument("--quick", action="store_true", help="fewer and shorter rounds: shows that it runs, judges nothing")
    args = ap.parse_args()
    figures, failed, began = [], [], time.monotonic()
    # Beside the build, on the disk that the product would use: the system's folder for temporary files may be memory.
    scratch = tempfile.mkdtemp(prefix="bench-", dir=os.path.abspath(args.build))
    try:
        stood_on = machine.describe(scratch)
        for name in chosen(args.only):
            start = time.monotonic()
            found, trouble = run(name, args.build, args.quick, scratch)
            print("%s: %d figures (%.0f s)" % (name, len(found), time.monotonic() - start), flush=True)
            for figure in found:
                show(figure)
            sys.stdout.flush()
            figures += found
            if trouble:
                failed.append("%s: %s" % (name, trouble))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if not args.only:
        failed += ["%s: nothing measures it" % id for id, row in PROMISED.items() if row[2] not in PROGRAMS]
    if args.json:
        with open(args.json + ".new", "w") as f:
            json.dump(figures, f, indent=1)
            f.write("\n")
        os.replace(args.json + ".new", args.json)
    page = args.document or (os.path.join(ROOT, "docs", "performance.md") if not args.only and not args.quick and not failed else None)
    if page and figures:
        document.write(page, figures, stood_on, revision(), datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"))
    for line in failed:
        print("FAILED " + line)
    print("%d figures, %d goals missed, %d failures, %.0f s" % (len(figures), sum(f["met"] is False for f in figures), len(failed), time.monotonic() - began))
    return 1 if failed or not figures else 0


if __name__ == "__main__":
    sys.exit(main())
