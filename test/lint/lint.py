#!/usr/bin/env python3
"""Checks that need no test run: formatting, allowed includes, machine paths, clang-tidy.

  lint.py --build DIR [--jobs N] [--fix] [--no-tidy]

clang-tidy's verdict on a file is remembered by the content of the file and of everything it includes from this project, so that a
second run looks only at what changed. Last line: "lint: N files, N problems".
"""
import argparse, concurrent.futures, hashlib, json, os, re, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.M)
SUBPROJECT_PREFIX = {"netkit/": "subprojects/netkit", "kubeclient/": "subprojects/kubeclient"}
MACHINE_PATH = re.compile(r"(?<![\w.])(/work/|/root/|/tmp/bash_jobs)")


def tracked(*patterns):
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", *patterns], cwd=ROOT, check=True, capture_output=True, text=True)
    return [f for f in out.stdout.split("\n") if f and os.path.isfile(os.path.join(ROOT, f))]


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as f:
        return f.read()


def folder_of(path, folders):
    """The longest folder of the table that holds this path, or None."""
    return max((f for f in folders if path == f or path.startswith(f + "/")), key=len, default=None)


def target_of(include):
    for prefix, folder in SUBPROJECT_PREFIX.items():
        if include.startswith(prefix):
            return folder
    return os.path.dirname(include) if os.path.exists(os.path.join(ROOT, include)) else None


def check_includes(files, problems):
    table = json.loads(read("test/lint/allowed_includes.json"))
    allowed = table["allowed"]
    for path in files:
        home = folder_of(path, allowed)
        if home is None or "/test/" in path:
            continue
        for include in INCLUDE.findall(read(path)):
            if path.endswith(".hpp") and any(include.startswith(n) for n in table["never_in_headers"]):
                problems.append("%s: includes <%s> in a header; keep it in a .cpp behind a plain interface" % (path, include))
            target = target_of(include)
            if target is None or target == home or target.startswith(home + "/"):
                continue
            if not any(target == a or target.startswith(a + "/") for a in allowed[home]):
                problems.append('%s: includes "%s"; %s may include from %s only' % (path, include, home, ", ".join(allowed[home]) or "nothing"))


NAMESPACE = re.compile(r"^namespace ([\w:]+ )?\{")
TYPE = re.compile(r"^(?:class|struct)(?: XTN_\w+\(.*?\)| \[\[\w+\]\])* (\w+)(?: final)?(?: : .*)?\s*\{")


def check_type_names(files, problems):
    """Two types of one name in one namespace end up in one program, and the linker keeps either one's functions (the one definition rule)."""
    seen = {}
    for path in files:
        inside = []
        for line in read(path).split("\n"):
            opened = NAMESPACE.match(line)
            if opened:
                inside.append((opened[1] or "").strip())
            elif line.startswith("} // namespace"):
                inside = inside[:-1]
            found = TYPE.match(line)
            if not found or "" in inside:  # types of an anonymous namespace are their file's own
                continue
            name = "::".join(inside + [found[1]])
            if "::" in name and seen.setdefault(name, path) != path and "/test" not in path and not path.startswith("test/"):
                problems.append("%s: %s is defined in %s, too; give one of them another name" % (path, name, seen[name]))


def check_paths(problems):
    own = "test/lint/lint.py"
    for path in tracked():
        if path == own or path.endswith((".png", ".bin", ".gz")):
            continue
        for number, line in enumerate(read(path).split("\n"), 1):
            if MACHINE_PATH.search(line):
                problems.append("%s:%d: names a path of one machine" % (path, number))


def check_format(files, fix, problems):
    command = ["clang-format-19", "-i"] if fix else ["clang-format-19", "--dry-run", "--Werror"]
    for start in range(0, len(files), 40):
        run = subprocess.run(command + files[start:start + 40], cwd=ROOT, capture_output=True, text=True)
        if run.returncode:
            bad = sorted(set(re.findall(r"^(\S+?):\d+:\d+: error", run.stderr, re.M)))
            problems += ["%s: not formatted (./dev lint --fix)" % f for f in bad] or ["clang-format: " + run.stderr[:400]]


class Tidy:
    def __init__(self, build, cache):
        self.build, self.cache, self.closure = build, cache, {}
        self.config = read(".clang-tidy")
        os.makedirs(cache, exist_ok=True)

    def includes(self, path):
        """All project files this one includes, directly or not."""
        if path not in self.closure:
            self.closure[path] = set()
            found = set()
            for include in INCLUDE.findall(read(path)):
                for candidate in (include, "subprojects/netkit/include/" + include, "subprojects/kubeclient/include/" + include):
                    if os.path.exists(os.path.join(ROOT, candidate)):
                        found |= {candidate} | self.includes(candidate)
            self.closure[path] = found
        return self.closure[path]

    def run(self, path):
        digest = hashlib.sha256(self.config.encode())
        for f in [path, *sorted(self.includes(path))]:
            digest.update(f.encode() + b"\0" + read(f).encode())
        mark = os.path.join(self.cache, digest.hexdigest())
        if os.path.exists(mark):
            return None
        run = subprocess.run(["clang-tidy-19", "--quiet", "-p", self.build, path], cwd=ROOT, capture_output=True, text=True)
        if run.returncode == 0:
            open(mark, "w").close()
            return None
        text = "\n".join(l for l in run.stdout.split("\n") if "error:" in l or "warning:" in l)
        return "%s: clang-tidy\n%s" % (path, text or run.stderr[-800:])


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--build", required=True, help="a configured build folder (for compile_commands.json)")
    ap.add_argument("--jobs", type=int, default=os.cpu_count())
    ap.add_argument("--fix", action="store_true", help="reformat instead of complaining")
    ap.add_argument("--no-tidy", action="store_true")
    args = ap.parse_args()
    sources = tracked("*.cpp", "*.hpp")
    problems = []
    check_format(sources, args.fix, problems)
    check_includes(sources, problems)
    check_type_names([f for f in sources if not f.startswith("test/") and "/test/" not in f], problems)
    check_paths(problems)
    if not args.no_tidy:
        # Generated headers must exist before anything can be parsed.
        subprocess.run(["ninja", "-C", args.build, "--quiet", "generated"], cwd=ROOT, check=False, capture_output=True)
        with open(os.path.join(ROOT, args.build, "compile_commands.json")) as f:
            known = {os.path.normpath(os.path.join(e["directory"], e["file"])) for e in json.load(f)}
        mine = [s for s in sources if s.endswith(".cpp") and os.path.join(ROOT, s) in known and "test" not in s.split("/")]
        cache = os.path.join(os.environ.get("XTRINODE_CACHE", os.path.expanduser("~/.cache/xtrinode")), "tidy")
        tidy = Tidy(args.build, cache)
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            for found in pool.map(tidy.run, mine):
                if found:
                    problems.append(found)
    for p in problems:
        print(p)
    print("lint: %d files, %d problems" % (len(sources), len(problems)))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
