"""The commands in the documents work: each ```console block of a document runs, in order, in one shell, against a sandbox.

A command is a line that begins with "$ " (and its continuation, while a quote is open or a backslash ends the line). A block that cannot run here stands
behind a comment line `<!-- not run: REASON -->`; it is reported with that reason. Addresses and folders of `./dev run` are replaced by the test's own.
"""
import os, re, shlex, subprocess

import pytest

import harness

# Documents with commands; those of the second column need a ready runtime-a and are given one.
DOCUMENTS = {"README.md": False, "docs/quickstart.md": False, "docs/gateway.md": True, "docs/xtn-audit.md": True, "docs/sandbox.md": True,
             "docs/stand-in.md": True}
BLOCK = re.compile(r"(?:<!-- not run: (?P<why>[^\n]*?) -->\n)?```console\n(?P<text>.*?)^```", re.S | re.M)


def commands(block):
    out, lines = [], iter(block.split("\n"))
    for line in lines:
        if not line.startswith("$ "):
            continue
        command = line[2:]
        while True:
            try:
                shlex.split(command, comments=True)
                if not command.endswith("\\"):
                    break
            except ValueError:
                pass
            command += "\n" + next(lines)
        out.append(command)
    return out


def blocks(document):
    path = os.path.join(harness.ROOT, document)
    if not os.path.exists(path):
        return None
    with open(path) as f:
        return [(m["why"], commands(m["text"])) for m in BLOCK.finditer(f.read())]


def test_the_command_reader_joins_what_belongs_together():
    assert commands("$ a 'x\ny' # why\nout\n$ b \\\n  c\n") == ["a 'x\ny' # why", "b \\\n  c"]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_of(document):
    found = blocks(document)
    assert found is not None, document + " is missing"
    run = [c for why, block in found if not why for c in block]
    if not run:
        pytest.skip("no command of %s can run here: %s" % (document, "; ".join(sorted({w for w, _ in found if w})) or "it has none"))
    python = harness.venv_python()
    kubectl = next(iter(harness.kubectls().values()), None)
    if kubectl is None:
        raise harness.NotAvailable("there is no kubectl on this machine")
    box = harness.Sandbox().start()
    try:
        if DOCUMENTS[document]:
            box.run(kubectl, "apply", "-f", harness.EXAMPLE)
            box.run(kubectl, "wait", "--for=condition=Ready", "xtrinode/runtime-a", "--timeout=60s")
        tools = os.path.join(box.scratch, "bin")
        os.makedirs(tools)
        os.symlink(kubectl, os.path.join(tools, "kubectl"))
        for name in ("xtrinode", "xtn-audit"):
            os.symlink(harness.program(name), os.path.join(tools, name))
        script = ["set -euo pipefail"]
        for command in run:
            for mine, theirs in (("build/sandbox", box.data), ("127.0.0.1:7080", box.ports["gateway"][7:]), ("127.0.0.1:7081", box.ports["api"][7:]),
                                 ("127.0.0.1:7443", box.ports["kubernetes"].split("//")[1]), ("port=7080", "port=%d" % box.gateway_port)):
                command = command.replace(mine, theirs)
            script += ["echo %s" % shlex.quote("$ " + command), command]
        environment = dict(box.environment(), PATH=":".join([tools, os.path.dirname(python), os.environ["PATH"]]))
        done = subprocess.run(["bash", "-c", "\n".join(script)], cwd=harness.ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=180)
        assert done.returncode == 0, done.stdout[-4000:] + box.last_words()
    finally:
        box.close()
