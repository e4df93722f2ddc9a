"""One case: its requests in order, each answer matched with the recorded one.

Recorded values that differ from run to run stand as marks: <uid-1>, <rv-2>, <ip-1>, <hash-1>, <gen-1> (one value through a case, another
one for another number), <time>, <microtime>, <list-rv>, <continue>, <age>, <number>, <suffix> (any value of that kind). {ns} is the
namespace made for the case. Everything else must be equal.
"""
import copy, gzip, json, re, time, urllib.parse, uuid

PATCHES = {"merge": "application/merge-patch+json", "json": "application/json-patch+json",
           "strategic": "application/strategic-merge-patch+json", "apply": "application/apply-patch+yaml"}
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d%s(?:Z|[+-]\d\d:\d\d)"
KINDS = {"uid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "rv": r"\d+", "list-rv": r"\d+", "number": r"\d+",
         "ip": r"\d{1,3}(?:\.\d{1,3}){3}", "hash": r"[a-z0-9]{5,10}", "gen": r"[bcdfghjklmnpqrstvwxz2456789]{5}",
         "suffix": r"[bcdfghjklmnpqrstvwxz2456789]{5}", "time": STAMP % "", "microtime": STAMP % r"\.\d+", "continue": r".+",
         "age": r"(?:\d+[smhd]){1,2}", "openapi-hash": r"[0-9A-F]{20,}", "current-rv": r"\d+", "server": r"[\w.\-]+(?::\d+)?"}
MARK = re.compile(r"<(%s)(?:-(\d+))?>" % "|".join(sorted(KINDS, key=len, reverse=True)))


class Bindings:
    """Which value each numbered mark stands for in this case."""

    def __init__(self):
        self.value_of, self.mark_of = {}, {}

    def match(self, expected, given):
        """Whether the text `given` is `expected` with its marks filled in."""
        if "<" not in expected:
            return expected == given
        pattern, marks, at = "", [], 0
        for m in MARK.finditer(expected):
            pattern += re.escape(expected[at:m.start()]) + "(" + KINDS[m[1]] + ")"
            marks.append((m[1], m[2]))
            at = m.end()
        found = re.fullmatch(pattern + re.escape(expected[at:]), given, re.S)
        if not found:
            return False
        for (kind, number), value in zip(marks, found.groups()):
            if number and (self.value_of.setdefault((kind, number), value) != value or self.mark_of.setdefault((kind, value), number) != number):
                return False
        return True

    def key(self, given, expected):
        """The expected member that a given one is: keys may hold marks too (k:{"uid":"<uid-1>"})."""
        return given if given in expected else next((e for e in expected if "<" in e and self.match(e, given)), given)


def short(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 170 else text[:167] + "..."


def escaped(key):
    return str(key).replace("~", "~0").replace("/", "~1")


def differences(expected, given, bindings, path=""):
    if isinstance(expected, dict) and isinstance(given, dict):
        given = {bindings.key(key, expected): value for key, value in given.items()}
        for key, value in expected.items():
            if key in given:
                yield from differences(value, given[key], bindings, path + "/" + escaped(key))
            else:
                yield "%s/%s is missing, expected %s" % (path, escaped(key), short(value))
        for key in given:
            if key not in expected:
                yield "%s/%s is not expected: %s" % (path, escaped(key), short(given[key]))
    elif isinstance(expected, list) and isinstance(given, list):
        for i, (e, g) in enumerate(zip(expected, given)):
            yield from differences(e, g, bindings, "%s/%d" % (path, i))
        if len(expected) != len(given):
            longer, what = (expected, "missing") if len(expected) > len(given) else (given, "not expected")
            yield "%s has %d elements, not %d; %s: %s" % (path or "/", len(given), len(expected), what, short(longer[min(len(expected), len(given))]))
    elif isinstance(expected, str) and isinstance(given, str):
        if not bindings.match(expected, given):
            yield "%s is %s, expected %s" % (path or "/", short(given), short(expected))
    elif type(expected) is not type(given) or expected != given:
        yield "%s is %s, expected %s" % (path or "/", short(given), short(expected))


def places(document, pointer):
    """(pointer, holder, key) of every place that a JSON pointer names; * is any one step."""
    steps = [s.replace("~1", "/").replace("~0", "~") for s in pointer.split("/")[1:]]
    found = [("", None, None, document)]
    for step in steps:
        further = []
        for path, _, _, value in found:
            if isinstance(value, dict):
                keys = list(value) if step == "*" else [step] if step in value else []
            elif isinstance(value, list):
                keys = list(range(len(value))) if step == "*" else [int(step)] if re.fullmatch(r"\d+", step) and int(step) < len(value) else []
            else:
                keys = []
            further += [("%s/%s" % (path, escaped(k)), value, k, value[k]) for k in keys]
        found = further
    return found


def at(document, pointer):
    return next((value for _, _, _, value in places(document, pointer)), None)


def without(document, pointers):
    for pointer in pointers:
        for _, holder, key, _ in reversed(places(document, pointer)):
            if holder is not None:
                del holder[key]


class Run:
    def __init__(self, api, case):
        self.api, self.case, self.bindings = api, case, Bindings()
        self.names = {"ns": "none" if case.get("namespace") is False else "t-" + uuid.uuid4().hex[:10]}

    def fill(self, value):
        if isinstance(value, str):
            return re.sub(r"\{([a-z]+)\}", lambda m: self.names.get(m[1], m[0]), value)
        if isinstance(value, dict):
            return {self.fill(k): self.fill(v) for k, v in value.items()}
        return [self.fill(v) for v in value] if isinstance(value, list) else value

    def send(self, step):
        method, path = step["send"].split(" ", 1)
        query = step.get("query")
        if isinstance(query, list):
            query = urllib.parse.urlencode([(k, self.fill(v)) for k, v in query])
        target = self.fill(path) + ("?" + self.fill(query) if query else "")
        headers = {k: None if v is None else str(self.fill(v)) for k, v in (step.get("headers") or {}).items()}
        if "patch" in step:
            headers.setdefault("Content-Type", PATCHES[step["patch"]])
        body = None
        if "text" in step:
            body = self.fill(step["text"]).encode()
        elif "body" in step:
            body = json.dumps(self.fill(step["body"])).encode()
        deadline = time.monotonic() + step.get("within", 30)
        while True:
            status, fields, data = self.api.send(method, target, headers, body)
            if any(k.lower() == "content-encoding" and v == "gzip" for k, v in fields):
                data = gzip.decompress(data)
            try:
                document = json.loads(data)
            except ValueError:
                document = None
            if "until" not in step or self.holds(step["until"], status, document) or time.monotonic() > deadline:
                return status, fields, data, document
            time.sleep(0.1)

    @staticmethod
    def holds(conditions, status, document):
        for c in conditions if isinstance(conditions, list) else [conditions]:
            if "status" in c and status != c["status"]:
                return False
            if "at" in c:
                value = at(document, c["at"])
                if value != c["is"] if "is" in c else not value:
                    return False
        return True

    @staticmethod
    def seen(look, status, fields, data, document):
        """The answer in the form in which it was recorded."""
        wanted = {"content-type", "warning"} | {h.lower() for h in look.get("headers", [])}
        headers = {}
        for name, value in fields:
            if name.lower() in wanted:
                headers.setdefault(name.lower(), []).append(value)
        answer = {"status": status, "headers": {k: v[0] if len(v) == 1 else v for k, v in headers.items()}}
        kind = headers.get("content-type", [""])[0]
        if not data:
            body = None
        elif "protobuf" in kind:
            body = {"<binary>": data[:4].hex()}
        elif document is None or look.get("as_text"):
            body = data.decode("utf-8", "replace")
        else:
            body = document
            for among in look.get("among", []):
                for _, holder, key, value in places(body, among["at"]):
                    if isinstance(value, list):
                        holder[key] = [v for v in value if at(v, among["by"]) in among["in"]]
            if "only" in look or "names_of" in look:
                cut = {path: value for pointer in look.get("only", []) for path, _, _, value in places(body, pointer)}
                for pointer in look.get("names_of", []):
                    value = at(body, pointer)
                    cut[pointer + " (keys)"] = sorted(value) if isinstance(value, dict) else value
                body = cut
        answer["body"] = body
        return answer

    def step(self, number, step):
        if "wait" in step:
            time.sleep(step["wait"])
            return
        status, fields, data, document = self.send(step)
        for name, pointer in step.get("remember", {}).items():
            self.names[name] = str(at(document, pointer))
        if step.get("prepare"):
            if status >= 300:
                yield "step %d, a preparation, answered %s: %s" % (number, status, data[:300])
            return
        look = step.get("look", {})
        expected, given = self.fill(copy.deepcopy(step["answer"])), self.seen(look, status, fields, data, document)
        pointers = look.get("without", [])
        for side in (expected, given):
            if "" in pointers:
                side["body"] = None
            if side["body"] is not None:
                without(side["body"], pointers)
        for difference in differences(expected, given, self.bindings):
            yield "step %d (%s): %s" % (number, step["send"], difference)

    def all(self):
        own_namespace = self.case.get("namespace") is not False
        if own_namespace:
            manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.names["ns"]}}
            status, _, data = self.api.send("POST", "/api/v1/namespaces", body=json.dumps(manifest).encode())
            if status != 201:
                return ["the namespace of the case could not be made: %s %s" % (status, data[:200])]
        try:
            return [d for number, step in enumerate(self.case["steps"], 1) for d in self.step(number, step)]
        finally:
            for path in self.case.get("afterwards", []) + (["/api/v1/namespaces/{ns}"] if own_namespace else []):
                self.api.send("DELETE", self.fill(path))


def run_case(api, case):
    """Differences, one line each; none: equal.

    A case that is not equal is run once more: entries of managedFields are ordered by the second of their last change, so that an
    answer depends on whether a second ended between two steps. On a real server as well.
    """
    for attempt in range(2):
        try:
            found = Run(api, case).all()
        except (OSError, ValueError, KeyError, TypeError) as e:  # an answer that makes no sense is a failed case, not the end of the run
            found = ["broken off: %s: %s" % (type(e).__name__, e)]
        if not found:
            break
    return found
