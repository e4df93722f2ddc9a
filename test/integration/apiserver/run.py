#!/usr/bin/env python3
"""Hold a Kubernetes API server against what a real one answered (test/fixtures/apiserver).

  run.py --build DIR                  against the sandbox's API, started from DIR for this run
  run.py --kubeconfig F [--install]   against any other server (--install: create the two test definitions first)

  --only TOPIC[/CASE]   repeatable        -v   every difference, and the names of cases that passed        --jobs N

A case passes if every answer of it is equal. Cases that docs/sandbox-differences.md lists with a reason are expected to fail: they do
not count as failures of the sandbox, and are reported when they pass. Last line: N passed, N failed, N skipped (the listed ones).
Exit status 0 if nothing failed.
"""
import argparse, collections, concurrent.futures, glob, json, os, re, subprocess, sys, tempfile, time

import compare, server

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
FIXTURES = os.path.join(ROOT, "test", "fixtures", "apiserver")
DIFFERENCES = os.path.join(ROOT, "docs", "sandbox-differences.md")
LISTED = re.compile(r"^\| `([a-z0-9-]+/[a-z0-9-]+)` \|", re.M)


def load(only):
    """[(topic, case)] in file order."""
    found = []
    for path in sorted(glob.glob(os.path.join(FIXTURES, "*.jsonl"))):
        topic = os.path.basename(path)[:-6]
        with open(path, encoding="utf-8") as f:
            found += [(topic, json.loads(line)) for line in f if line.strip()]
    return [(t, c) for t, c in found if not only or t in only or "%s/%s" % (t, c["name"]) in only]


def listed_differences():
    with open(DIFFERENCES, encoding="utf-8") as f:
        return set(LISTED.findall(f.read()))


class OwnServer:
    """sandbox_api_server out of a build folder, in a temporary folder, for the time of a `with`."""

    def __init__(self, build):
        self.program = os.path.join(os.path.abspath(build), "test", "unit", "sandbox_api", "sandbox_api_server")

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.kubeconfig = os.path.join(self.folder.name, "kubeconfig")
        self.process = subprocess.Popen([self.program, "--kubeconfig", self.kubeconfig, "--data", os.path.join(self.folder.name, "data"),
                                         "--crd", os.path.join(FIXTURES, "definitions.yaml")], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not os.path.exists(self.kubeconfig):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                sys.exit("the server did not come up: %s" % self.program)
            time.sleep(0.02)
        return self.kubeconfig

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.status = self.process.wait()
        self.folder.cleanup()


def run(args, kubeconfig):
    api = server.Server(kubeconfig)
    if args.install:
        server.install(api, os.path.join(FIXTURES, "definitions.yaml"))
    listed = listed_differences()
    cases = load(args.only)
    by_topic = collections.OrderedDict()
    failed = surprising = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        pending = [(topic, case, pool.submit(compare.run_case, api, case)) for topic, case in cases]
        for topic, case, future in pending:
            name, differences = "%s/%s" % (topic, case["name"]), future.result()
            counts = by_topic.setdefault(topic, collections.Counter())
            known = name in listed
            counts["skipped" if differences and known else "failed" if differences else "passed"] += 1
            if differences and (not known or args.verbose):
                print("%s %s" % ("listed" if known else "FAILED", name))
                for line in differences if args.verbose else differences[:6]:
                    print("    " + line)
                if len(differences) > 6 and not args.verbose:
                    print("    ... and %d more (-v)" % (len(differences) - 6))
            elif known and not differences:
                surprising += 1
                print("equal now, though listed as a difference: " + name)
            elif args.verbose:
                print("equal  " + name)
    total = collections.Counter()
    for topic, counts in by_topic.items():
        total.update(counts)
        print("%-12s %3d equal, %d not equal, %d listed differences" % (topic, counts["passed"], counts["failed"], counts["skipped"]))
    unknown = listed - {"%s/%s" % (t, c["name"]) for t, c in load(None)}
    for name in sorted(unknown):
        print("listed as a difference, but there is no such case: " + name)
    failed = total["failed"] + len(unknown)
    print("%d passed, %d failed, %d skipped" % (total["passed"], failed, total["skipped"]))
    return 1 if failed or not total["passed"] else 0


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = ap.add_mutually_exclusive_group(required=True)
    where.add_argument("--build", metavar="DIR")
    where.add_argument("--kubeconfig", metavar="F")
    ap.add_argument("--install", action="store_true")
    ap.add_argument("--only", action="append", metavar="TOPIC[/CASE]")
    ap.add_argument("-v", "--verbose", action="store_true")
    ap.add_argument("--jobs", type=int, default=4)
    args = ap.parse_args()
    if args.kubeconfig:
        return run(args, args.kubeconfig)
    own = OwnServer(args.build)
    with own as kubeconfig:
        result = run(args, kubeconfig)
    if own.status != 0:
        print("the server ended with status %s" % own.status)
        return 1
    return result


if __name__ == "__main__":
    sys.exit(main())
