"""Kills at chosen points, and what people do before the control plane is back: an older decision must not undo a newer wish."""
import json

import pytest

import harness

PREFIX = "xtrinode.analytics.xtrinode.io/"


@pytest.fixture()
def ready(cluster, controller):
    """kubectl; runtime-a is ready, the control plane killed while nothing was to be done."""
    kubectl = harness.any_kubectl()
    cluster.run(kubectl, "apply", "-f", harness.EXAMPLE)
    cluster.run(kubectl, "wait", "--for=condition=Ready", "xtrinode/runtime-a", "--timeout=60s")
    harness.quiet_log(controller.api)
    controller.kill()
    return kubectl


def resource(cluster, kubectl):
    return json.loads(cluster.run(kubectl, "get", "xtrinode", "runtime-a", "-o", "json"))


def dies(controller, point):
    """Starts the control plane so that it kills itself at the point; the caller brings it there.

    The first write of each leader term is the routes ConfigMap's term: it is let pass.
    """
    controller.args = ["--crash-at", point + ":2"]
    controller.start()
    controller.args = []


def wait_dead(controller):
    harness.wait_for("its end", lambda: not controller.process.running())
    assert controller.process.process.returncode == -9
    controller.kill()


def count(controller, event):
    return len(controller.events("--type", event))


def written_and_not_recorded(cluster, controller, kubectl, tries=12):
    """A suspend by annotation whose write was answered when the control plane died.

    The Event that tells of the command is sent at the same time. Where that is answered first, nothing of interest has happened: once more from a
    runtime that is ready.
    """
    for _ in range(tries):
        dies(controller, "act.answered")
        cluster.run(kubectl, "annotate", "xtrinode", "runtime-a", PREFIX + "suspend-requested=true")
        wait_dead(controller)
        commanded = resource(cluster, kubectl)
        if commanded["spec"].get("suspended"):
            return commanded
        controller.start()
        harness.wait_for("the command", lambda: resource(cluster, kubectl)["spec"].get("suspended"))
        harness.wait_for("Suspended", lambda: resource(cluster, kubectl)["status"]["phase"] == "Suspended")
        cluster.run(kubectl, "patch", "xtrinode", "runtime-a", "--type=merge", "-p", '{"spec":{"suspended":false}}')
        harness.wait_for("Ready", lambda: resource(cluster, kubectl)["status"]["phase"] == "Ready")
        harness.quiet_log(controller.api)
        controller.kill()
    raise harness.Error(f"in none of {tries} tries the command's write was answered before the Event")


def test_a_command_that_was_written_but_not_recorded_does_not_undo_a_newer_wish(cluster, controller, ready):
    kubectl = ready
    commanded = written_and_not_recorded(cluster, controller, kubectl)
    assert PREFIX + "suspend-requested" not in commanded["metadata"].get("annotations", {}), "the command was written"
    accepted = count(controller, "runtime.command.accepted")
    cluster.run(kubectl, "patch", "xtrinode", "runtime-a", "--type=merge", "-p", '{"spec":{"suspended":false}}')
    woken = resource(cluster, kubectl)["metadata"]["generation"]
    controller.start()
    harness.quiet_log(controller.api)
    now = resource(cluster, kubectl)
    assert now["spec"]["suspended"] is False and now["metadata"]["generation"] == woken, "whoever woke it is heard"
    assert now["status"]["phase"] == "Ready"
    assert count(controller, "runtime.command.accepted") == accepted


def test_a_command_that_was_decided_but_not_written_is_carried_out_after_the_restart(cluster, controller, ready):
    kubectl = ready
    dies(controller, "act.sending")
    cluster.run(kubectl, "annotate", "xtrinode", "runtime-a", PREFIX + "suspend-requested=true")
    wait_dead(controller)
    assert not resource(cluster, kubectl)["spec"].get("suspended"), "nothing was written"
    controller.start()
    harness.wait_for("the command", lambda: resource(cluster, kubectl)["spec"].get("suspended"))
    harness.quiet_log(controller.api)
    assert count(controller, "runtime.command.accepted") == 1


def test_a_deletion_that_is_repeated_spares_an_object_of_the_same_name(cluster, controller, ready):
    """The control plane dies between deleting an object and recording it; somebody takes the name before it is back."""
    kubectl = ready
    service = json.loads(cluster.run(kubectl, "get", "service", "trino-runtime-a", "-o", "json"))
    cluster.run(kubectl, "delete", "xtrinode", "runtime-a", "--wait=false")
    cluster.run(kubectl, "delete", "service", "trino-runtime-a")
    cluster.run(kubectl, "create", "service", "clusterip", "trino-runtime-a", "--tcp=80:80")
    controller.args = ["--gateway-drain-duration", "0s"]
    controller.start()
    harness.wait_for("the end of the XTrinode", lambda: "NotFound" in cluster.run(kubectl, "get", "xtrinode", "runtime-a", code=None), timeout=60)
    other = json.loads(cluster.run(kubectl, "get", "service", "trino-runtime-a", "-o", "json"))
    assert other["metadata"]["uid"] != service["metadata"]["uid"]


def test_the_crash_switch_does_nothing_unless_it_is_given_and_refuses_what_it_does_not_know(cluster, controller):
    assert controller.process.running()
    refused = cluster.run(harness.program("xtrinode"), "controller", "--data", cluster.scratch + "/x", "--crash-at", "engine.fold", code=2)
    assert "engine.folded" in refused and "log.anchored" in refused
    assert "crash-at" not in cluster.run(harness.program("xtrinode"), "controller", "--help")
