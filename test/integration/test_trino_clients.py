"""Stock Trino clients through the gateway: the scenarios of test/integration/trino, each client as a program of its own."""
import os, re, subprocess, sys

import pytest

import harness

RUNNER = os.path.join(harness.ROOT, "test", "integration", "trino", "run_clients.py")


def test_stock_clients_through_the_gateway(sandbox, runtime, record_property):
    done = subprocess.run([sys.executable, RUNNER, "--url", sandbox.ports["gateway"], "--header", "X-Trino-XTrinode: " + runtime], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=900)
    print(done.stdout)
    closing = re.findall(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", done.stdout, re.M)
    assert closing, "no closing line"
    assert done.returncode == 0 and int(closing[-1][0]) > 0
    record_property("counts", closing[-1])
