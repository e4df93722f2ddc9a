"""One statement about the API per function, made with the official Python client: python_client_steps.py STEP EXAMPLE.

Run by test_python_client.py with $KUBECONFIG set, each step in a process of its own; they leave nothing behind.
"""
import sys, threading, time

import yaml
from kubernetes import client, config, watch
from kubernetes.client.rest import ApiException

GROUP, VERSION, PLURAL = "analytics.xtrinode.io", "v1", "xtrinodes"
config.load_kube_config()
core, apps, custom = client.CoreV1Api(), client.AppsV1Api(), client.CustomObjectsApi()
with open(sys.argv[2]) as f:
    EXAMPLE = yaml.safe_load(f)


def runtime(name, **spec):
    body = {**EXAMPLE, "metadata": {"name": name, "namespace": "default"}, "spec": {**EXAMPLE["spec"], "suspended": True, **spec}}
    body["spec"].pop("routing", None)
    return body


class Temporary:
    """A runtime that is gone again at the end (it sleeps from the start, so it has no pods)."""

    def __init__(self, name, **spec):
        self.name, self.body = name, runtime(name, **spec)

    def __enter__(self):
        return custom.create_namespaced_custom_object(GROUP, VERSION, "default", PLURAL, self.body)

    def __exit__(self, *_):
        custom.delete_namespaced_custom_object(GROUP, VERSION, "default", PLURAL, self.name)
        wait_for(lambda: not any(i["metadata"]["name"] == self.name for i in items()))


def items(**kw):
    return custom.list_namespaced_custom_object(GROUP, VERSION, "default", PLURAL, **kw)["items"]


def wait_for(condition, timeout=45):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "not within %d s" % timeout
        time.sleep(0.05)


def refused(code, call, *args, **kw):
    try:
        call(*args, **kw)
    except ApiException as e:
        assert e.status == code, "%d instead of %d: %s" % (e.status, code, e.body)
        return e
    raise AssertionError("not refused")


def step_create_get_list_delete():
    with Temporary("py-crud") as made:
        assert made["metadata"]["generation"] == 1 and made["metadata"]["uid"]
        got = custom.get_namespaced_custom_object(GROUP, VERSION, "default", PLURAL, "py-crud")
        assert got["metadata"]["uid"] == made["metadata"]["uid"]
        assert got["spec"]["autoSuspendAfter"] == "5m", "the CRD's default is applied"
        assert "py-crud" in [i["metadata"]["name"] for i in items()]
    refused(404, custom.get_namespaced_custom_object, GROUP, VERSION, "default", PLURAL, "py-crud")


def step_create_twice_is_already_exists():
    with Temporary("py-twice"):
        error = refused(409, custom.create_namespaced_custom_object, GROUP, VERSION, "default", PLURAL, runtime("py-twice"))
        assert '"reason":"AlreadyExists"' in error.body


def step_invalid_is_refused_with_the_field_path():
    error = refused(422, custom.create_namespaced_custom_object, GROUP, VERSION, "default", PLURAL, runtime("py-bad", maxWorkers=9000))
    assert "spec.maxWorkers" in error.body
    assert not any(i["metadata"]["name"] == "py-bad" for i in items())


def step_patch_counts_the_generation():
    with Temporary("py-patch"):
        for value, generation in (("1m", 2), ("2m", 3), ("2m", 3)):
            got = custom.patch_namespaced_custom_object(GROUP, VERSION, "default", PLURAL, "py-patch", {"spec": {"wakeTTL": value}})
            assert got["metadata"]["generation"] == generation and got["spec"]["wakeTTL"].startswith(value)


def step_replace_with_a_stale_version_is_a_conflict():
    with Temporary("py-stale") as made:
        custom.patch_namespaced_custom_object(GROUP, VERSION, "default", PLURAL, "py-stale", {"spec": {"wakeTTL": "1m"}})
        refused(409, custom.replace_namespaced_custom_object, GROUP, VERSION, "default", PLURAL, "py-stale", made)


def step_status_is_a_subresource_of_its_own():
    with Temporary("py-status"):
        got = custom.patch_namespaced_custom_object(GROUP, VERSION, "default", PLURAL, "py-status", {"status": {"phase": "Nonsense"}})
        assert got.get("status", {}).get("phase") != "Nonsense"


def step_watch_delivers_changes_in_order():
    version = custom.list_namespaced_custom_object(GROUP, VERSION, "default", PLURAL)["metadata"]["resourceVersion"]
    seen, stream = [], watch.Watch()

    def follow():
        for event in stream.stream(custom.list_namespaced_custom_object, GROUP, VERSION, "default", PLURAL, resource_version=version, timeout_seconds=40):
            if event["object"]["metadata"]["name"] == "py-watch":
                seen.append(event["type"])
                if event["type"] == "DELETED":
                    stream.stop()

    follower = threading.Thread(target=follow)
    follower.start()
    with Temporary("py-watch"):
        custom.patch_namespaced_custom_object(GROUP, VERSION, "default", PLURAL, "py-watch", {"metadata": {"labels": {"a": "b"}}})
    follower.join(45)
    assert seen[0] == "ADDED" and "MODIFIED" in seen and seen[-1] == "DELETED", seen


def step_paging_returns_every_object_once():
    names = ["py-page-%d" % i for i in range(5)]
    for n in names:
        core.create_namespaced_config_map("default", {"metadata": {"name": n, "labels": {"page": "yes"}}})
    try:
        seen, token = [], None
        while True:
            page = core.list_namespaced_config_map("default", label_selector="page=yes", limit=2, _continue=token)
            assert len(page.items) <= 2
            seen += [i.metadata.name for i in page.items]
            token = page.metadata._continue
            if not token:
                break
        assert seen == names
    finally:
        core.delete_collection_namespaced_config_map("default", label_selector="page=yes")
    assert not core.list_namespaced_config_map("default", label_selector="page=yes").items


def step_server_side_apply_by_two_managers():
    def apply(manager, spec, force=False):
        body = {"apiVersion": GROUP + "/" + VERSION, "kind": "XTrinode", "metadata": {"name": "py-apply"}, "spec": spec}
        return custom.patch_namespaced_custom_object(GROUP, VERSION, "default", PLURAL, "py-apply", body, field_manager=manager, force=force,
                                                     _content_type="application/apply-patch+yaml")

    apply("one", {"size": "xs", "suspended": True, "wakeTTL": "1m"})
    try:
        error = refused(409, apply, "two", {"wakeTTL": "2m"})
        assert "wakeTTL" in error.body and "one" in error.body
        got = apply("two", {"wakeTTL": "2m"}, force=True)
        assert got["spec"]["wakeTTL"].startswith("2m")
    finally:
        custom.delete_namespaced_custom_object(GROUP, VERSION, "default", PLURAL, "py-apply")


def step_deployment_scale_and_rollout():
    body = {"metadata": {"name": "py-free"}, "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "py-free"}},
            "template": {"metadata": {"labels": {"app": "py-free"}}, "spec": {"containers": [{"name": "c", "image": "example/none"}]}}}}
    apps.create_namespaced_deployment("default", body)
    try:
        wait_for(lambda: apps.read_namespaced_deployment_status("py-free", "default").status.ready_replicas == 1)
        apps.patch_namespaced_deployment_scale("py-free", "default", {"spec": {"replicas": 2}})
        wait_for(lambda: apps.read_namespaced_deployment_status("py-free", "default").status.ready_replicas == 2)
        assert apps.read_namespaced_deployment_scale("py-free", "default").spec.replicas == 2
    finally:
        apps.delete_namespaced_deployment("py-free", "default")
    wait_for(lambda: not core.list_namespaced_pod("default", label_selector="app=py-free").items)


def step_namespace_takes_its_objects_along():
    core.create_namespace({"metadata": {"name": "py-space"}})
    core.create_namespaced_config_map("py-space", {"metadata": {"name": "a"}, "data": {"k": "v"}})
    core.delete_namespace("py-space")
    wait_for(lambda: "py-space" not in [n.metadata.name for n in core.list_namespace().items])
    refused(404, core.read_namespaced_config_map, "a", "py-space")


def step_secret_values_come_back_as_written():
    core.create_namespaced_secret("default", {"metadata": {"name": "py-secret"}, "stringData": {"password": "s3cret"}})
    try:
        assert core.read_namespaced_secret("py-secret", "default").data == {"password": "czNjcmV0"}
    finally:
        core.delete_namespaced_secret("py-secret", "default")


def step_discovery_names_our_kinds():
    found = client.ApisApi().get_api_versions()
    assert GROUP in [g.name for g in found.groups]
    assert client.VersionApi().get_code().major == "1"


if __name__ == "__main__":
    globals()["step_" + sys.argv[1]]()
