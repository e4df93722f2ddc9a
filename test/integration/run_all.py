#!/usr/bin/env python3
"""The whole test suite, and one closing line for it: N passed, N failed, N skipped.

  run_all.py --build DIR --sanitized DIR [--quick] [NAME...]

Suites, by NAME:
  unit         every doctest binary, under ASan and UBSan
  race         those of the log, the engine and the gateway once more, under TSan
  integration  kubectl, the official Python client, Trino clients, xtn-audit, restarts: against the release programs
  sanitized    the end-to-end parts of it once more, with the sanitizers' programs
  kube-api     the embedded Kubernetes API held against what a real one answered
  determinism  the same histories folded by builds of two compilers at two optimisation levels: the same bytes
  kill         the control plane killed 200 times under load (soak.py): nothing that anybody saw is lost
  rules        that each rule which `./dev rules` breaks on purpose is still kept where its table says, and has its test
  sim          the whole control plane in a simulated cluster, 2,000 seeds; before that, each of its rules broken on purpose
  demo         ./dev run --demo
  bench        that ./dev bench still measures every promised figure: a quick run, in which no goal is judged
--quick runs unit and integration only. What a machine cannot provide is listed as not run, with the reason.
"""
import argparse, json, os, re, subprocess, sys, tempfile, time
import xml.etree.ElementTree as ET

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.join("test", "integration")
CLOSING = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)
# Suppressions go by the names of functions, so without the symbolizer they suppress nothing.
RACE_OPTIONS = "halt_on_error=1 external_symbolizer_path=/usr/bin/llvm-symbolizer-19 suppressions=" + os.path.join(ROOT, "test", "tsan.suppressions")
RACE_TESTS = ["core_log", "core_engine", "gateway_parts", "gateway"]
DOCTEST = re.compile(r"test cases:\s+(\d+) \|\s+(\d+) passed \|\s+(\d+) failed \|\s+(\d+) skipped")


class Total:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.notes = []

    def add(self, suite, passed, failed, skipped, began):
        self.passed, self.failed, self.skipped = self.passed + passed, self.failed + failed, self.skipped + skipped
        print("== %s: %d passed, %d failed, %d skipped (%.0f s)" % (suite, passed, failed, skipped, time.monotonic() - began), flush=True)


def doctests(suite, folder, total, names=(), environment=None):
    """`meson test`, with the cases of each doctest binary counted one by one."""
    began, passed, failed, skipped = time.monotonic(), 0, 0, 0
    run = subprocess.run(["meson", "test", "-C", folder, "--no-rebuild", "--print-errorlogs", "--num-processes", str(os.cpu_count()), *names], cwd=ROOT,
                         env=dict(os.environ, **(environment or {})), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with open(os.path.join(folder, "meson-logs", "testlog.json")) as f:
        results = [json.loads(line) for line in f]
    for r in results:
        counts = DOCTEST.search(r.get("stdout") or "")
        if counts and int(counts[1]):
            passed, failed, skipped = passed + int(counts[2]), failed + int(counts[3]), skipped + int(counts[4])
        elif r["result"] == "OK":
            passed += 1
        if r["result"] not in ("OK", "SKIP") and not (counts and int(counts[3])):
            failed += 1  # a crash, a sanitizer's finding or a time-out: no failed case tells of it
            total.notes.append("[%s] test binary %s: %s" % (suite, r["name"], r["result"]))
    if run.returncode or failed:
        print(run.stdout[-12000:])
        failed = failed or 1
    total.add(suite, passed, failed, skipped, began)


def pytest(suite, args, total, binaries, files):
    began = time.monotonic()
    report = tempfile.NamedTemporaryFile(suffix=".xml", delete=False)
    report.close()
    try:
        environment = dict(os.environ, XTN_BIN=os.path.abspath(binaries), XTN_TOOLS=os.path.abspath(args.sanitized))
        subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "--tb=short", "-x" if args.stop else "-q", "--junitxml", report.name,
                        *files], cwd=ROOT, env=environment)
        passed, failed, skipped = 0, 0, 0
        try:
            cases = list(ET.parse(report.name).iter("testcase"))
        except ET.ParseError:
            cases = []
        for case in cases:
            name = "%s::%s" % (case.get("classname", "").rsplit(".", 1)[-1], case.get("name"))
            why = case.find("skipped")
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
                total.notes.append("failed: [%s] %s" % (suite, name))
            elif why is not None:
                skipped += 1
                total.notes.append("[%s] %s: %s" % (suite, name, why.get("message")))
            else:
                passed += 1
        total.add(suite, passed, failed if cases else 1, skipped, began)
    finally:
        os.unlink(report.name)


def runner(suite, total, command):
    """A program with a closing line of its own."""
    began = time.monotonic()
    run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    closing = CLOSING.findall(run.stdout)
    if not closing or (run.returncode and int(closing[-1][1]) == 0):
        print(run.stdout[-6000:])
        total.notes.append("failed: [%s] ended with status %d and no verdict of its own" % (suite, run.returncode))
        return total.add(suite, 0, 1, 0, began)
    if int(closing[-1][1]):
        print(run.stdout[-12000:])
        total.notes.append("failed: [%s] see above" % suite)
    total.notes += ["[%s] %s" % (suite, line) for line in run.stdout.splitlines() if line.startswith("not run")]
    total.add(suite, int(closing[-1][0]), int(closing[-1][1]), int(closing[-1][2] or 0), began)


def demo(total):
    began = time.monotonic()
    run = subprocess.run([sys.executable, os.path.join(HERE, "demo.py")], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if run.returncode:
        print(run.stdout[-8000:])
        total.notes.append("failed: [demo] see above")
    total.add("demo", int(run.returncode == 0), int(run.returncode != 0), 0, began)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--build", required=True)
    ap.add_argument("--sanitized", required=True)
    ap.add_argument("--race", default="build-tsan")
    ap.add_argument("--quick", action="store_true")
    ap.add_argument("--stop", action="store_true", help="stop a pytest suite at its first failure")
    ap.add_argument("names", nargs="*")
    args = ap.parse_args()
    release = os.path.join(args.build, "bin")
    suites = {
        "unit": lambda t: doctests("unit", args.sanitized, t),
        "race": lambda t: doctests("race", args.race, t, RACE_TESTS, {"TSAN_OPTIONS": RACE_OPTIONS}),
        "integration": lambda t: pytest("integration", args, t, release, [HERE]),
        "sanitized": lambda t: pytest("sanitized", args, t, os.path.join(args.sanitized, "cli"),
                                      [os.path.join(HERE, f) for f in ("test_kubectl.py", "test_gateways.py", "test_gateways_alone.py", "test_gateways_failover.py", "test_audit.py", "test_restart.py")]),
        "kube-api": lambda t: runner("kube-api", t, [sys.executable, os.path.join(HERE, "apiserver", "run.py"), "--build", args.sanitized]),
        "determinism": lambda t: runner("determinism", t, [sys.executable, os.path.join("test", "determinism", "run.py"), "--release", args.build,
                                                                "--only", "clang-release", "--only", "clang-O0", "--only", "gcc-O2"]),
        "kill": lambda t: runner("kill", t, [sys.executable, os.path.join(HERE, "soak.py"), "--kills", "200"]),
        "rules": lambda t: runner("rules", t, [sys.executable, os.path.join("test", "rules", "run.py"), "--check"]),
        "sim": lambda t: runner("sim", t, [os.path.join(args.build, "test", "sim", "xtn-sim"), "--self-test", "--seeds", "2000", "--strict",
                                           "--jobs", str(os.cpu_count())]),
        "demo": demo,
        "bench": lambda t: runner("bench", t, [sys.executable, os.path.join("test", "bench", "check.py"), "--build", args.build]),
    }
    names = args.names or (["unit", "integration"] if args.quick else list(suites))
    unknown = [n for n in names if n not in suites]
    if unknown:
        ap.error("no suite %s; there are %s" % (", ".join(unknown), ", ".join(suites)))
    total = Total()
    for name in names:
        suites[name](total)
    for note in total.notes:
        print("  " + note)
    print("%d passed, %d failed, %d skipped" % (total.passed, total.failed, total.skipped))
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
