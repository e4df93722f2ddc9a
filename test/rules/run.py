#!/usr/bin/env python3
"""Breaks each rule of rules.yaml on purpose, one after the other, and sees that the test which stands for it fails.

  run.py [--build FOLDER] [--only TEXT]...   in a copy of the tree below FOLDER (default build-rules)
  run.py --check                             only that every rule is still kept where the table says, and that its cases exist

Ends with one line: N passed, N failed. A break that does not compile, a case that fails without it, and a test that does not end are failures.
"""
import argparse, fnmatch, glob, os, re, shutil, subprocess, sys

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CASE = re.compile(r'DOCTEST_TEST_CASE\(\s*"((?:[^"\\]|\\.)*)"')
COUNTS = re.compile(r"test cases:\s+(\d+) \|\s+(\d+) passed \|\s+(\d+) failed")
WITHIN = 300  # seconds for one run of the cases of a rule


class Wrong(Exception):
    pass


def rules():
    with open(os.path.join(ROOT, "test", "rules", "rules.yaml")) as f:
        return yaml.safe_load(f)


def broken(rule, root):
    """The file of the rule and its text with the rule broken."""
    path = os.path.join(root, rule["break"]["file"])
    with open(path) as f:
        text = f.read()
    times = text.count(rule["break"]["text"])
    if times != 1:
        raise Wrong("%s: the text that keeps the rule stands there %d times, once is wanted: %r" % (rule["break"]["file"], times, rule["break"]["text"]))
    return path, text.replace(rule["break"]["text"], rule["break"]["by"])


def check(rule):
    broken(rule, ROOT)
    if "lint" in rule["fails"]:
        return
    cases = []
    for path in glob.glob(os.path.join(ROOT, "test", "unit", "**", "*.cpp"), recursive=True) + glob.glob(os.path.join(ROOT, "subprojects", "*", "test", "*.cpp")):
        with open(path) as f:
            cases += CASE.findall(f.read())
    for pattern in rule["fails"]["cases"].split(","):
        if not any(fnmatch.fnmatchcase(case, pattern) for case in cases):
            raise Wrong("no test case is called %r" % pattern)


class Copy:
    """The tree as it stands, uncommitted changes included, and a build of it without sanitizers or optimisation: one file to compile, one test to link."""

    def __init__(self, folder):
        self.source, self.build = os.path.join(folder, "source"), os.path.join(folder, "build")
        os.makedirs(self.source, exist_ok=True)
        files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
        kept = set()
        for name in files:
            from_path, to_path = os.path.join(ROOT, name), os.path.join(self.source, name)
            if not name or not os.path.isfile(from_path):
                continue
            kept.add(to_path)
            self.bring(from_path, to_path)
        for folder_of, _, names in os.walk(self.source):
            for name in names:
                if os.path.join(folder_of, name) not in kept:
                    os.unlink(os.path.join(folder_of, name))
        if not os.path.exists(os.path.join(self.build, "build.ninja")):
            ccache = "ccache " if shutil.which("ccache") else ""
            self.run(["meson", "setup", self.build, "-Dbuildtype=plain", "-Doptimization=0", "-Dwerror=false", "-Dcpp_link_args=-fuse-ld=mold"],
                     dict(os.environ, CC=ccache + "clang-19", CXX=ccache + "clang++-19"))

    @staticmethod
    def bring(from_path, to_path):
        """Only what differs, so that nothing else is compiled again."""
        with open(from_path, "rb") as f:
            content = f.read()
        try:
            with open(to_path, "rb") as f:
                if f.read() == content:
                    return
        except OSError:
            os.makedirs(os.path.dirname(to_path), exist_ok=True)
        with open(to_path, "wb") as f:
            f.write(content)
        shutil.copymode(from_path, to_path)

    def run(self, command, environment=None):
        done = subprocess.run(command, cwd=self.source, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise Wrong("%s: status %d\n%s" % (" ".join(command), done.returncode, done.stdout[-4000:]))
        return done.stdout

    def compile(self, program):
        environment = dict(os.environ, CCACHE_BASEDIR=os.path.dirname(self.source), CCACHE_NOHASHDIR="1")
        self.run(["ninja", "-C", self.build, "-j", os.environ.get("JOBS", str(os.cpu_count())), "--quiet", program], environment)

    def failed(self, fails):
        """How many of the rule's cases ran, and how many of them failed."""
        try:
            done = subprocess.run([os.path.join(self.build, fails["program"]), "-tc=" + fails["cases"]], cwd=self.source, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors="replace", timeout=WITHIN)
        except subprocess.TimeoutExpired:
            raise Wrong("%s does not end within %d s" % (fails["program"], WITHIN))
        counts = COUNTS.search(done.stdout)
        if done.returncode < 0:  # a signal took it before it could count
            return 1, 1
        if not counts:
            raise Wrong("%s ended with status %d and no verdict:\n%s" % (fails["program"], done.returncode, done.stdout[-2000:]))
        return int(counts[1]), int(counts[3])

    def lint(self):
        # Lint asks git which files there are; the copy gets a repository of its own, beside it.
        environment = dict(os.environ, GIT_DIR=os.path.join(os.path.dirname(self.source), "lint.git"), GIT_WORK_TREE=self.source)
        self.run(["git", "init", "-q"], environment)
        done = subprocess.run([sys.executable, os.path.join("test", "lint", "lint.py"), "--build", self.build, "--no-tidy"], cwd=self.source, env=environment,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.stdout if done.returncode else ""


def hold(rule, copy, whole):
    """The rule is kept: its test passes. It is broken: its test fails."""
    fails = rule["fails"]
    if "program" in fails:
        copy.compile(fails["program"])
        key = (fails["program"], fails["cases"])
        if key not in whole:
            whole[key] = copy.failed(fails)
        ran, failed = whole[key]
        if not ran or failed:
            raise Wrong("with the rule kept, %d cases run and %d fail" % (ran, failed))
    path, text = broken(rule, copy.source)
    with open(path) as f:
        kept = f.read()
    try:
        with open(path, "w") as f:
            f.write(text)
        if "lint" in fails:
            if fails["lint"] not in copy.lint():
                raise Wrong("lint does not notice it")
            return "lint"
        copy.compile(fails["program"])
        ran, failed = copy.failed(fails)
        if not failed:
            raise Wrong("%d cases of %s run and none fails" % (ran, fails["program"]))
        return "%d of %d cases fail" % (failed, ran)
    finally:
        with open(path, "w") as f:
            f.write(kept)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--build", default=os.path.join(ROOT, "build-rules"))
    ap.add_argument("--check", action="store_true")
    ap.add_argument("--only", action="append", default=[], help="rules whose text holds this")
    args = ap.parse_args()
    passed, failed, whole = 0, 0, {}
    copy = None if args.check else Copy(os.path.abspath(args.build))
    for rule in rules():
        if args.only and not any(text in rule["rule"] for text in args.only):
            continue
        try:
            if args.check:
                check(rule)
            else:
                print("broken, %s: %s" % (hold(rule, copy, whole), rule["rule"]), flush=True)
            passed += 1
        except Wrong as e:
            failed += 1
            print("FAILED: %s: %s" % (rule["rule"], e), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
