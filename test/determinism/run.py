#!/usr/bin/env python3
"""Same log, same state bytes: under every compiler and at every optimisation level.

  run.py [--build FOLDER] [--release FOLDER] [--seeds N] [--from SEED] [--only NAME]...

Builds test/determinism/state_digest with clang and with g++, each optimised and at -O0, in folders below FOLDER (default
build-determinism; --release names a release folder that is there already), lets each fold generated histories and the logs in test/fixtures, and compares every line they print. The last
line is the verdict. A compiler that this machine lacks is listed as not run.
"""
import argparse, glob, os, shutil, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TARGET = "test/determinism/state_digest"
# The first is the one that the others are held against.
VARIANTS = (
    ("clang-release", "clang++-19", ["-Dbuildtype=release"]),
    ("clang-O0", "clang++-19", ["-Dbuildtype=debug", "-Ddebug=false", "-Doptimization=0"]),
    ("gcc-O2", "g++", ["-Dbuildtype=release", "-Doptimization=2"]),
    ("gcc-O0", "g++", ["-Dbuildtype=debug", "-Ddebug=false", "-Doptimization=0"]),
)


def build(folder, compiler, options):
    """Returns the program, or the text of what went wrong."""
    if not os.path.exists(os.path.join(folder, "build.ninja")):
        ccache = "ccache " if shutil.which("ccache") else ""
        c_compiler = compiler.replace("clang++", "clang").replace("g++", "gcc")
        environment = dict(os.environ, CXX=ccache + compiler, CC=ccache + c_compiler)
        # Warnings of other compilers are no errors here: the tree promises none under clang.
        setup = subprocess.run(["meson", "setup", folder, "-Dwerror=false", "-Db_lundef=false", *options], cwd=ROOT, env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if setup.returncode:
            return None, setup.stdout
    made = subprocess.run(["ninja", "-C", folder, "-j", os.environ.get("JOBS", str(os.cpu_count())), "--quiet", TARGET], cwd=ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if made.returncode:
        return None, made.stdout
    return os.path.join(folder, TARGET), ""


def fixture_logs():
    """Event logs of every release: one JSON object to a line, with its chain value."""
    found = []
    for path in sorted(glob.glob(os.path.join(ROOT, "test", "fixtures", "**", "*.jsonl"), recursive=True)):
        with open(path) as file:
            if '"log.genesis/' in file.readline():
                found.append(path)
    return found


def first_difference(expected, lines):
    for number, (left, right) in enumerate(zip(expected, lines), 1):
        if left != right:
            return "line %d: \"%s\", expected \"%s\"" % (number, right, left)
    return "%d lines, expected %d" % (len(lines), len(expected))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--build", default=os.path.join(ROOT, "build-determinism"))
    ap.add_argument("--release", help="the release folder of the tree, for clang-release")
    ap.add_argument("--seeds", type=int, default=60)
    ap.add_argument("--from", dest="first", type=int, default=1)
    ap.add_argument("--only", action="append", choices=[name for name, _, _ in VARIANTS], help="repeat for several; the first is the yardstick")
    args = ap.parse_args()
    logs = fixture_logs()
    runs = [["generated", str(args.first), str(args.first + args.seeds - 1)]] + [[path] for path in logs]
    passed, failed, skipped, expected = 0, 0, 0, {}
    for name, compiler, options in VARIANTS:
        if args.only and name not in args.only:
            continue
        if not shutil.which(compiler):
            print("not run: %s: there is no %s on this machine" % (name, compiler))
            skipped += 1
            continue
        folder = args.release if name == "clang-release" and args.release else os.path.join(args.build, name)
        program, trouble = build(os.path.abspath(folder), compiler, options)
        if program is None:
            print("%s does not build:\n%s" % (name, trouble[-4000:]))
            failed += 1
            continue
        for arguments in runs:
            what = "%d generated histories" % args.seeds if arguments[0] == "generated" else os.path.relpath(arguments[0], ROOT)
            run = subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            lines = run.stdout.splitlines()
            if run.returncode or not lines:
                print("FAILED %s, %s: status %d\n%s" % (name, what, run.returncode, run.stderr[-2000:]))
                failed += 1
            elif expected.setdefault(what, lines) != lines:
                print("FAILED %s, %s: %s" % (name, what, first_difference(expected[what], lines)))
                failed += 1
            else:
                print("%s, %s: %d digests, the last is %s" % (name, what, len(lines), lines[-1].split()[-1][:16]))
                passed += 1
    print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
