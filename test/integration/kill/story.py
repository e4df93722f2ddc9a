"""The log as it lies in the folder after a kill, and what it must hold: everything that a witness saw.

Nothing here asks the control plane: the folder is read by xtn-audit while nothing runs on it.
"""
import calendar, collections, json, re, subprocess, time

import harness

PHASE_OF = {"runtime.provisioning": "Reconciling", "runtime.unready": "Reconciling", "runtime.ready": "Ready", "runtime.suspending": "Suspending",
            "runtime.suspended": "Suspended", "runtime.resuming": "Resuming", "runtime.failed": "Error"}
# What happens to one identity once: recorded twice it would have been done, or seen for the first time, twice.
ONCE = {"runtime.spec.deleted": ("uid",), "finalizer.added": ("uid",), "finalizer.removed": ("uid",), "object.deleted": ("uid",), "object.gone": ("uid",),
        "pod.gone": ("uid",), "leader.elected": ("epoch",), "log.genesis": ()}
ONCE_CREATED = ("runtime.spec.applied", "object.applied")  # with created: true
# Kubernetes Events that a user may see once for an XTrinode.
TOLD_ONCE = ("Created", "Deleted", "FinalizerAdded", "FinalizerRemoved")
OURS = "xtrinode-operator"
PREFIX = "xtrinode.analytics.xtrinode.io/"


class Lost(Exception):
    """The log lacks, or contradicts, what somebody saw."""


def require(truth, text, *details):
    if not truth:
        raise Lost(text % details)


def second(stamp):
    """Seconds since 1970 of an RFC 3339 time; what is finer is cut off."""
    return calendar.timegm(time.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S"))


def within(part, whole):
    """Whether `whole` says all that `part` says; numbers of workers belong to whoever scales."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(k == "replicas" or k == "status" or (k in whole and within(v, whole[k])) or v in ({}, [], None) for k, v in part.items())
    if isinstance(part, list):
        return isinstance(whole, list) and len(part) == len(whole) and all(within(p, w) for p, w in zip(part, whole))
    return part == whole


class Story:
    def __init__(self, data):
        self.data = data
        self.events = {"control": [], "queries": []}  # by seq - 1
        self.plans = collections.defaultdict(list)  # (kind, ns, name) -> [(second, digest)]
        self.revisions = collections.defaultdict(set)  # subject -> revisions planned
        self.generations = collections.defaultdict(set)  # uid -> generations recorded
        self.phases = collections.defaultdict(list)  # subject -> phases in order
        self.seconds = collections.defaultdict(set)  # subject -> seconds in which something was recorded
        self.tables, self.table = {(0, 0)}, (0, 0)
        self.commands = {}  # (uid, flags and times) -> wake values with which it was taken
        self.uids = {}  # subject -> uid as recorded last
        self.annotations = {}  # seq of runtime.spec.applied -> annotations
        self.terms = [0]
        self.once = {}  # (event, identity) -> seq
        self.told = {}  # (reason, uid of the XTrinode) -> name of the Event
        self.deployments = {}  # (uid of the XTrinode, name) -> uid
        self.manifests = {}

    def audit(self, *args):
        done = subprocess.run([harness.program("xtn-audit"), "--data", self.data, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
        require(done.returncode == 0, "xtn-audit %s: %s", " ".join(args), done.stderr.strip() or done.stdout.strip()[-500:])
        return done.stdout

    # ---- reading on ----

    def read_on(self):
        """Takes in what the folder holds beyond what was read before. Numbers without a gap, times and terms that never go back."""
        for stream, known in self.events.items():
            before = known[-1] if known else None
            for line in self.audit("log", "--stream", stream, "--from", str(len(known) + 1), "--limit", "1000000", "-o", "jsonl").splitlines():
                event = json.loads(line)
                require(event["seq"] == len(known) + 1, "%s: #%d follows #%d", stream, event["seq"], len(known))
                if before:
                    require(event["epoch"] >= before["epoch"], "%s #%d: term %d after term %d", stream, event["seq"], event["epoch"], before["epoch"])
                    require(event["time"] >= before["time"], "%s #%d: time goes back", stream, event["seq"])
                known.append(event)
                before = event
                if stream == "control":
                    self.take(event)

    def take(self, event):
        name, subject, p, at = event["type"].split("/")[0], event["subject"], event["payload"], second(event["time"])
        self.seconds[subject].add(at)
        if name == "leader.elected":
            require(p["epoch"] == event["epoch"] and event["epoch"] > self.terms[-1], "#%d: term %d begins after term %d", event["seq"], p["epoch"], self.terms[-1])
            self.terms.append(event["epoch"])
        elif name == "topology.planned":
            for o in p["objects"]:
                self.plans[(o["kind"], o["ns"], o["name"])].append((at, o["manifest"]))
            self.revisions[subject].add(p["revision"])
        elif name == "route.published":
            self.table = (event["epoch"], max(self.table[1] + 1, p["version"]))
            self.tables.add(self.table)
        elif name in ("runtime.spec.applied", "runtime.spec.rejected"):
            self.uids[subject] = p["uid"]
            self.generations[p["uid"]].add(p["generation"])
            if "annotations" in p:
                self.annotations[event["seq"]] = p["annotations"]
        elif name == "runtime.command.accepted":
            annotations = self.annotations.get(event["cause"], {})
            wish = tuple(sorted((k[len(PREFIX):], v) for k, v in annotations.items() if "-requested" in k))
            key = (self.uids[subject], wish)
            wake = {k: v for k, v in annotations.items() if k.startswith(PREFIX + "wake-")}
            known = self.commands.get(key)
            # Other wake values make it another wish; that they are gone does not.
            require(known is None or any(known.get(k) != v for k, v in wake.items()), "#%d: the command %s was taken twice", event["seq"], key)
            self.commands[key] = wake
        looked_for = name == "object.deleted" and not p["uid"]  # and found that nothing was there: nothing was deleted
        if not looked_for and (name in ONCE or (name in ONCE_CREATED and p["created"])):
            key = (name, *[p[k] for k in ONCE.get(name, ("uid",))])
            first = self.once.setdefault(key, event["seq"])
            require(first == event["seq"], "#%d: %s happened at #%d already", event["seq"], key, first)
        if name in PHASE_OF:
            self.phases[subject].append(PHASE_OF[name])

    def sound(self):
        """The chain verifies, and the state is nothing but the log."""
        checked = json.loads(self.audit("verify", "-o", "json"))
        for stream, known in self.events.items():
            require(checked[stream]["seq"] == len(known), "%s: verify sees #%d, the reader #%d", stream, checked[stream]["seq"], len(known))
        self.audit("replay", "-o", "json")

    # ---- what witnesses saw ----

    def holds(self, witness):
        for stream, seen in witness.events.items():
            for seq, event in seen.items():
                require(seq <= len(self.events[stream]), "%s #%d was shown (%s %s) and is not in the log", stream, seq, event["type"], event["subject"])
                require(self.events[stream][seq - 1] == event, "%s #%d was shown as %s and is %s now", stream, seq, json.dumps(event), json.dumps(self.events[stream][seq - 1]))
        for table in witness.tables:
            require(table in self.tables, "route table %s was published and no event of the log makes it; the newest is %s", table, self.table)
        for seq, _, _ in witness.heads:
            require(seq <= len(self.events["control"]), "head #%d was shown and is not in the log", seq)
        if witness.states:
            seq, digest = witness.states[-1]
            require(seq <= len(self.events["control"]), "the state at #%d was shown and the log ends before", seq)
            rebuilt = json.loads(self.audit("replay", "--at", str(seq), "-o", "json"))
            require(rebuilt["sha256"] == digest, "the state shown at #%d is not what the log makes of it", seq)

    def holds_tables(self, gateway):
        for older, newer in zip(gateway.tables, gateway.tables[1:]):
            require(newer > older, "%s went back from route table %s to %s", gateway.name, older, newer)
        for table in gateway.tables:
            require(table in self.tables, "%s serves by route table %s, which no event of the log makes", gateway.name, table)

    def holds_records(self, gateway, acknowledged):
        counts = collections.Counter(e["payload"]["gateway_sequence"] for stream in self.events.values() for e in stream
                                     if e["source"] == "gateway/" + gateway.name and "gateway_sequence" in e["payload"])
        twice = [n for n, c in counts.items() if c > 1]
        require(not twice, "%s: records %s stand twice in the log", gateway.name, twice[:5])
        lost = [n for n in range(1, acknowledged + 1) if n not in counts]
        require(not lost, "%s: records %s were acknowledged and are not in the log", gateway.name, lost[:5])

    def holds_object(self, change, thing, blob_of):
        """One version of one object of the cluster, as a watch showed it. False: its manifest cannot be had just now (nobody to ask)."""
        kind, meta = thing["kind"], thing["metadata"]
        if change == "DELETED":
            return True
        if kind == "Event":
            return self.holds_kube_event(thing, meta)
        if kind == "XTrinode":
            return self.holds_status(thing, meta)
        labels = meta.get("labels", {})
        if kind == "Pod" or labels.get("app.kubernetes.io/managed-by") != OURS:
            return True
        if meta["name"] == "trino-gateway-routes":
            version = tuple(int(n) for n in meta["annotations"][PREFIX + "routes-version"].split("."))
            require(version in self.tables, "the ConfigMap shows route table %s, which no event of the log makes", version)
            return True
        if kind == "Deployment":
            key = (meta["ownerReferences"][0]["uid"], meta["name"])
            require(self.deployments.setdefault(key, meta["uid"]) == meta["uid"], "Deployment %s was made a second time for the same XTrinode", meta["name"])
        plans = self.plans[(kind, meta["namespace"], meta["name"])]
        require(plans, "%s %s exists and was never planned", kind, meta["name"])
        require(min(at for at, _ in plans) <= second(meta["creationTimestamp"]), "%s %s is older than its first plan", kind, meta["name"])
        if any(writer.get("manager") not in (OURS, "xtrinode", "kube-controller-manager") and writer.get("subresource") != "status"
               for writer in meta.get("managedFields", [])):
            return True  # somebody meddled with it: not our words only
        for at, digest in reversed(plans):
            if digest not in self.manifests:
                text = blob_of(digest)
                if text is None:
                    return False
                self.manifests[digest] = json.loads(text)
            if within(self.manifests[digest], thing):
                return True
        raise Lost("%s %s, version %s: no plan of the log has it so" % (kind, meta["name"], meta["resourceVersion"]))

    def holds_kube_event(self, thing, meta):
        if thing.get("reportingComponent") != OURS:
            return True
        subject = "runtime/%s/%s" % (thing["involvedObject"]["namespace"], thing["involvedObject"]["name"])
        require(thing["count"] == 1, "the Event %s was told %d times", meta["name"], thing["count"])
        if thing["reason"] in TOLD_ONCE:
            first = self.told.setdefault((thing["reason"], thing["involvedObject"]["uid"]), meta["name"])
            require(first == meta["name"], "%s was told of one XTrinode twice: %s, %s", thing["reason"], first, meta["name"])
            require(second(thing["firstTimestamp"]) in self.seconds[subject], "the Event %s tells of a moment when nothing was recorded", meta["name"])
            return True
        epoch, seq = (int(n, 16) for n in re.fullmatch(r".*\.([0-9a-f]+)-([0-9a-f]+)", meta["name"]).groups())
        require(seq <= len(self.events["control"]), "the Event %s (%s) tells of #%d, which is not in the log", meta["name"], thing["reason"], seq)
        event = self.events["control"][seq - 1]
        require(event["epoch"] == epoch and event["subject"] == subject, "the Event %s (%s) tells of #%d, which is another event: %s of %s, term %d", meta["name"],
                thing["reason"], seq, event["type"], event["subject"], event["epoch"])
        return True

    def holds_status(self, thing, meta):
        status, subject = thing.get("status", {}), "runtime/%s/%s" % (meta["namespace"], meta["name"])
        for condition in status.get("conditions", []):
            require(second(condition["lastTransitionTime"]) in self.seconds[subject] | self.seconds["cluster"],
                    "%s shows %s since %s, when nothing was recorded of it", subject, condition["type"], condition["lastTransitionTime"])
        observed = status.get("observedGeneration", 0)
        require(not observed or observed in self.generations[meta["uid"]], "%s shows generation %d as observed, which no event has", subject, observed)
        revision = status.get("currentRevision")
        require(not revision or revision in self.revisions[subject], "%s shows revision %s, which was never planned", subject, revision)
        phase = status.get("phase")
        require(not phase or phase in self.phases[subject] + ["Pending"], "%s shows phase %s, which was never decided", subject, phase)
        return True
