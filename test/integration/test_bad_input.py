"""Bad input: refused with its place, the last good state keeps running, nothing is lost."""
import json, os

import pytest

import harness


def cr(sandbox):
    return json.loads(sandbox.run(sandbox.kubectl, "get", "xtrinode", "runtime-a", "-o", "json"))


def conditions(sandbox):
    return {c["type"]: c for c in cr(sandbox)["status"]["conditions"]}


def test_a_spec_that_passes_the_schema_but_breaks_our_rules_is_recorded_and_the_last_good_state_runs_on(sandbox, runtime):
    planned = json.loads(sandbox.run(sandbox.kubectl, "get", "deployment", "trino-runtime-a-worker", "-o", "json"))["spec"]
    sandbox.run(sandbox.kubectl, "patch", "xtrinode", "runtime-a", "--type=merge", "-p", '{"spec":{"minWorkers":7,"maxWorkers":3}}')
    harness.wait_for("the condition", lambda: any("spec.minWorkers" in c["message"] for c in conditions(sandbox).values()))
    assert sandbox.query("SELECT 1") == [[1]]
    assert json.loads(sandbox.run(sandbox.kubectl, "get", "deployment", "trino-runtime-a-worker", "-o", "json"))["spec"] == planned
    rejected = sandbox.audit("log", "--type", "runtime.spec.rejected", "-o", "jsonl")
    assert "spec.minWorkers" in rejected
    sandbox.run(sandbox.kubectl, "patch", "xtrinode", "runtime-a", "--type=merge", "-p", '{"spec":{"minWorkers":0}}')
    harness.wait_for("the condition to go", lambda: not any("spec.minWorkers" in c["message"] for c in conditions(sandbox).values()))


def test_validate_names_field_value_and_what_to_do(sandbox, tmp_path):
    bad = str(tmp_path / "bad.yaml")
    with open(harness.EXAMPLE) as f, open(bad, "w") as out:
        out.write(f.read().replace("size:", "size: gigantic #", 1))
    out = sandbox.run(harness.program("xtrinode"), "validate", "-f", bad, code=1)
    assert "spec.size" in out and "gigantic" in out and "xs" in out
    sandbox.run(harness.program("xtrinode"), "validate", "-f", harness.EXAMPLE)


def test_render_prints_what_the_controller_applies(sandbox, runtime):
    out = sandbox.run(harness.program("xtrinode"), "render", "-f", harness.EXAMPLE)
    assert "name: trino-runtime-a-coordinator" in out and "kind: Deployment" in out


@pytest.mark.parametrize("args,words", [
    (["sandbox"], "--data"),
    (["gateway", "--listen", "127.0.0.1:0"], "--routes"),
    (["sandbox", "--data", "x", "--pod-start", "soon"], "soon"),
    (["nonsense"], "nonsense"),
])
def test_wrong_flags_end_with_status_2_and_say_what_is_wrong(sandbox, args, words):
    out = sandbox.run(harness.program("xtrinode"), *args, code=2)
    assert words in out


def test_a_wrong_setting_in_the_config_file_is_named(sandbox, tmp_path):
    config = str(tmp_path / "config.yaml")
    with open(config, "w") as f:
        f.write("sandbox:\n  data: x\n  no-such-setting: 1\n")
    out = sandbox.run(harness.program("xtrinode"), "--config", config, "sandbox", code=2)
    assert "no-such-setting" in out


def test_help_has_examples_and_version_names_the_binary(sandbox):
    assert "Example" in sandbox.run(harness.program("xtrinode"), "sandbox", "--help")
    assert "commit" in sandbox.run(harness.program("xtrinode"), "--version")
    assert "commit" in sandbox.run(harness.program("xtn-audit"), "--version")
