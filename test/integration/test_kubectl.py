"""kubectl against the sandbox: what a person types, with Debian's 1.20 and a current one."""
import json, os, subprocess, textwrap

import pytest

import harness

KUBECTLS = harness.kubectls()
WANTED = ["kubectl 1.20", "current kubectl"]


class Kubectl:
    """One kubectl and one runtime of its own, `runtime-<n>`, from the README's example."""

    def __init__(self, sandbox, path, number):
        self.sandbox, self.path, self.name = sandbox, path, "runtime-%d" % number
        with open(harness.EXAMPLE) as f:
            self.manifest = f.read().replace("runtime-a", self.name)
        self.file = os.path.join(sandbox.scratch, self.name + ".yaml")
        with open(self.file, "w") as f:
            f.write(self.manifest)

    def __call__(self, *args, code=0, input=None):
        return self.sandbox.run(self.path, *args, code=code, input=input)

    def json(self, *args):
        return json.loads(self("get", *args, "-o", "json"))

    def cr(self):
        return self.json("xtrinode", self.name)

    def ready(self):
        self("wait", "--for=condition=Ready", "xtrinode/" + self.name, "--timeout=60s")


@pytest.fixture(scope="module", params=WANTED)
def kubectl(request, sandbox):
    path = KUBECTLS.get(request.param)
    if path is None:
        pytest.skip("not run: there is no %s on this machine" % request.param)
    return Kubectl(sandbox, path, 1 + WANTED.index(request.param))


def test_apply_creates_a_runtime_that_becomes_ready(kubectl):
    assert "%s created" % kubectl.name in kubectl("apply", "-f", kubectl.file)
    kubectl.ready()
    status = kubectl.cr()["status"]
    assert status["phase"] == "Ready"
    assert status["observedGeneration"] == kubectl.cr()["metadata"]["generation"]
    assert {c["type"]: c["status"] for c in status["conditions"]}["Ready"] == "True"


def test_apply_again_changes_nothing(kubectl):
    before = kubectl.cr()["metadata"]["resourceVersion"]
    assert "unchanged" in kubectl("apply", "-f", kubectl.file)
    assert kubectl.cr()["metadata"]["resourceVersion"] == before


def test_diff_is_empty_for_what_runs_and_shows_what_would_change(kubectl):
    kubectl("diff", "-f", kubectl.file, code=0)
    changed = kubectl.manifest.replace("spec:\n", "spec:\n  wakeMinWorkers: 1\n", 1)
    assert "+  wakeMinWorkers: 1" in kubectl("diff", "-f", "-", input=changed, code=1)


def test_server_side_apply(kubectl):
    assert "serverside-applied" in kubectl("apply", "--server-side", "--force-conflicts", "-f", kubectl.file)


def test_server_side_apply_of_a_field_that_another_manager_set_is_a_conflict(kubectl):
    mine = textwrap.dedent("""\
        apiVersion: analytics.xtrinode.io/v1
        kind: XTrinode
        metadata: {name: %s}
        spec: {size: xs, wakeMinWorkers: %d}
        """)
    kubectl("apply", "--server-side", "--field-manager=one", "--validate=false", "-f", "-", input=mine % (kubectl.name, 1))
    out = kubectl("apply", "--server-side", "--field-manager=two", "--validate=false", "-f", "-", input=mine % (kubectl.name, 2), code=1)
    assert "conflict" in out and "spec.wakeMinWorkers" in out
    kubectl("apply", "--server-side", "--field-manager=two", "--validate=false", "--force-conflicts", "-f", "-", input=mine % (kubectl.name, 2))
    assert kubectl.cr()["spec"]["wakeMinWorkers"] == 2


def test_get_prints_the_columns_of_the_contract(kubectl):
    head, *rows = kubectl("get", "xtrinodes", "-A").strip().split("\n")
    assert head.split()[:5] == ["NAMESPACE", "NAME", "SIZE", "PHASE", "WORKERS"]
    assert any(r.split()[1] == kubectl.name and "Ready" in r for r in rows)


@pytest.mark.parametrize("name", ["xt", "tn", "xtrinode", "xtrinodes", "xtrinodes.analytics.xtrinode.io", "xtrinodes.v1.analytics.xtrinode.io"])
def test_every_name_of_the_kind_works(kubectl, name):
    assert "name: %s" % kubectl.name in kubectl("get", name, kubectl.name, "-o", "yaml")


def test_get_shows_what_the_runtime_consists_of(kubectl):
    selector = "app.kubernetes.io/instance=" + kubectl.name
    out = kubectl("get", "pods,deploy,svc,cm", "-l", selector)
    for name in ("pod/trino-%s-coordinator", "deployment.apps/trino-%s-coordinator", "deployment.apps/trino-%s-worker", "service/trino-%s", "configmap/"):
        assert (name % kubectl.name if "%s" in name else name) in out
    pods = kubectl.json("pods", "-l", selector)["items"]
    assert all(p["status"]["phase"] == "Running" for p in pods)


def test_get_by_label_and_field_selector(kubectl):
    assert kubectl.name in kubectl("get", "xtrinodes", "--field-selector", "metadata.name=" + kubectl.name, "-o", "name")
    assert kubectl("get", "xtrinodes", "--field-selector", "metadata.name=no-such", "-o", "name").strip() in ("", "No resources found in default namespace.")


def test_watch_shows_a_change(kubectl):
    watch = subprocess.Popen([kubectl.path, "get", "xtrinode", kubectl.name, "-w", "-o", "jsonpath={.metadata.labels.seen}{\"\\n\"}"],
                             env=kubectl.sandbox.environment(), stdout=subprocess.PIPE, text=True)
    try:
        watch.stdout.readline()  # the object as it is
        kubectl("label", "xtrinode", kubectl.name, "seen=yes", "--overwrite")
        lines = iter(watch.stdout.readline, "")
        assert next(line for line in lines if line.strip() == "yes")
    finally:
        watch.kill()
        watch.wait()


def test_describe_tells_conditions_and_events(kubectl):
    out = kubectl("describe", "xtrinode", kubectl.name)
    assert "AllComponentsReady" in out
    assert "Events:" in out and "FinalizerAdded" in out


@pytest.mark.parametrize("kind,patch,path", [
    ("merge", '{"spec":{"wakeTTL":"2m"}}', "2m"),
    ("json", '[{"op":"replace","path":"/spec/wakeTTL","value":"3m"}]', "3m"),
])
def test_patch_of_a_custom_resource(kubectl, kind, patch, path):
    kubectl("patch", "xtrinode", kubectl.name, "--type=" + kind, "-p", patch)
    assert kubectl.cr()["spec"]["wakeTTL"].startswith(path)


def test_strategic_merge_patch_of_a_custom_resource_is_refused_as_by_a_real_server(kubectl):
    out = kubectl("patch", "xtrinode", kubectl.name, "--type=strategic", "-p", '{"spec":{"wakeTTL":"4m"}}', code=1)
    assert "strategic" in out.lower() or "415" in out or "media type" in out.lower()


def test_strategic_merge_patch_of_a_configmap(kubectl):
    name = "note-" + kubectl.name
    kubectl("create", "configmap", name, "--from-literal=a=1")
    kubectl("patch", "configmap", name, "-p", '{"data":{"b":"2"}}')
    assert kubectl.json("configmap", name)["data"] == {"a": "1", "b": "2"}
    kubectl("delete", "configmap", name)


def test_edit_replaces_what_the_editor_wrote(kubectl):
    editor = os.path.join(kubectl.sandbox.scratch, "editor.sh")
    with open(editor, "w") as f:
        f.write("#!/bin/sh\nsed -i 's/wakeTTL: .*/wakeTTL: 7m/' \"$1\"\n")
    os.chmod(editor, 0o755)
    environment = dict(kubectl.sandbox.environment(), KUBE_EDITOR=editor)
    done = subprocess.run([kubectl.path, "edit", "xtrinode", kubectl.name], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert kubectl.cr()["spec"]["wakeTTL"].startswith("7m")


def test_replace_with_a_stale_version_is_a_conflict(kubectl):
    stale = kubectl.cr()
    kubectl("annotate", "xtrinode", kubectl.name, "note=1", "--overwrite")
    out = kubectl("replace", "-f", "-", input=json.dumps(stale), code=1)
    assert "the object has been modified" in out


def test_label_and_annotate(kubectl):
    kubectl("label", "xtrinode", kubectl.name, "team=data", "--overwrite")
    assert kubectl.cr()["metadata"]["labels"]["team"] == "data"
    kubectl("label", "xtrinode", kubectl.name, "team-")
    assert "team" not in kubectl.cr()["metadata"].get("labels", {})
    kubectl("annotate", "xtrinode", kubectl.name, "note-")


def test_scale_of_a_foreign_deployment(kubectl):
    name = "free-" + kubectl.name
    kubectl("create", "deployment", name, "--image=example/none")
    kubectl("scale", "deployment", name, "--replicas=3")
    assert kubectl.json("deployment", name)["spec"]["replicas"] == 3
    assert len(harness.wait_for("three pods", lambda: (lambda p: p if len(p) == 3 else None)(kubectl.json("pods", "-l", "app=" + name)["items"]))) == 3
    kubectl("rollout", "status", "deployment/" + name, "--timeout=30s")
    kubectl("delete", "deployment", name)
    harness.wait_for("its pods to go", lambda: not kubectl.json("pods", "-l", "app=" + name)["items"])


def test_explain_shows_the_fields_of_the_spec(kubectl):
    out = kubectl("explain", "xtrinode.spec")
    for field in ("size", "maxWorkers", "suspended", "routing"):
        assert field in out
    assert "string" in kubectl("explain", "xtrinode.spec.size")


def test_api_resources_and_versions(kubectl):
    out = kubectl("api-resources", "--api-group=analytics.xtrinode.io")
    assert "xtrinodes" in out and "xtrinodecatalogs" in out
    assert "apps/v1" in kubectl("api-versions")
    assert "Server Version" in kubectl("version")


def test_dry_run_stores_nothing(kubectl):
    other = kubectl.manifest.replace(kubectl.name, kubectl.name + "-dry")
    assert "created (server dry run)" in kubectl("apply", "--dry-run=server", "-f", "-", input=other)
    assert "NotFound" in kubectl("get", "xtrinode", kubectl.name + "-dry", code=1)


def test_a_field_that_breaks_the_schema_is_refused_with_its_path(kubectl):
    bad = kubectl.manifest.replace("spec:\n", "spec:\n  wakeMinWorkers: many\n", 1)
    assert "wakeMinWorkers" in kubectl("apply", "-f", "-", input=bad, code=1)
    bad = kubectl.manifest.replace("size:", "sizes:", 1)
    assert "size" in kubectl("apply", "-f", "-", input=bad.replace(kubectl.name, "other"), code=1)


def test_unknown_things_are_named(kubectl):
    assert 'xtrinodes.analytics.xtrinode.io "no-such" not found' in kubectl("get", "xtrinode", "no-such", code=1)
    assert "the server doesn't have a resource type" in kubectl("get", "nonsense", code=1)


def test_suspend_and_resume_by_one_field(kubectl):
    kubectl("patch", "xtrinode", kubectl.name, "--type=merge", "-p", '{"spec":{"suspended":true}}')
    kubectl("wait", "--for=condition=Suspended", "xtrinode/" + kubectl.name, "--timeout=60s")
    selector = "app.kubernetes.io/instance=" + kubectl.name
    harness.wait_for("no pods", lambda: not kubectl.json("pods", "-l", selector)["items"])
    assert kubectl.cr()["status"]["phase"] == "Suspended"
    kubectl("patch", "xtrinode", kubectl.name, "--type=merge", "-p", '{"spec":{"suspended":false}}')
    kubectl.ready()


def test_a_deployment_deleted_by_hand_comes_back(kubectl):
    worker = "trino-%s-worker" % kubectl.name
    uid = kubectl.json("deployment", worker)["metadata"]["uid"]
    kubectl("delete", "deployment", worker)

    def again():
        found = kubectl.json("deployment", "-l", "app.kubernetes.io/instance=" + kubectl.name)["items"]
        return any(d["metadata"]["name"] == worker and d["metadata"]["uid"] != uid for d in found)

    harness.wait_for("a new worker Deployment", again)
    kubectl.ready()


def test_events_are_listed(kubectl):
    out = kubectl("get", "events", "--field-selector", "involvedObject.name=" + kubectl.name)
    assert "FinalizerAdded" in out


def test_delete_leaves_nothing_behind(kubectl):
    kubectl("delete", "xtrinode", kubectl.name, "--timeout=60s")
    assert "NotFound" in kubectl("get", "xtrinode", kubectl.name, code=1)
    selector = "app.kubernetes.io/instance=" + kubectl.name
    harness.wait_for("nothing left", lambda: not kubectl.json("deploy,svc,cm,pods,sa", "-l", selector)["items"])
