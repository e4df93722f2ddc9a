"""The official Python client against the sandbox. Its statements run in a Python of their own (the clients' versions are pinned there)."""
import os, subprocess

import harness

HERE = os.path.dirname(os.path.abspath(__file__))


def steps():
    with open(os.path.join(HERE, "python_client_steps.py")) as f:
        return [line.split("(")[0][len("def step_"):] for line in f if line.startswith("def step_")]


def pytest_generate_tests(metafunc):
    if "step" in metafunc.fixturenames:
        metafunc.parametrize("step", steps())


def test_official_python_client(sandbox, python, step):
    done = subprocess.run([python, os.path.join(HERE, "python_client_steps.py"), step, harness.EXAMPLE], env=sandbox.environment(), capture_output=True,
                          text=True, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr
