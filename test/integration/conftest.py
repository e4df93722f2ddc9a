"""Fixtures: a sandbox per module (state kept between its tests), runtimes in it, kubectl programs."""
import os, sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    outcome = yield
    if outcome.excinfo and issubclass(outcome.excinfo[0], harness.NotAvailable):
        outcome.force_exception(pytest.skip.Exception("not run: %s" % outcome.excinfo[1]))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows what the sandbox said last."""
    report = (yield).get_result()
    box = item.funcargs.get("sandbox") if hasattr(item, "funcargs") else None
    if report.failed and box is not None:
        report.sections.append(("sandbox log", box.last_words()))


@pytest.fixture(scope="module")
def sandbox():
    box = harness.Sandbox().start()
    yield box
    box.close()


@pytest.fixture(scope="session")
def python():
    """A Python with the stock clients; the test is not run where PyPI is out of reach."""
    try:
        return harness.venv_python()
    except harness.NotAvailable as e:
        pytest.skip("not run: %s" % e)


@pytest.fixture(scope="module")
def runtime(sandbox):
    """The README's runtime, ready."""
    kubectl = next(iter(harness.kubectls().values()), None)
    if kubectl is None:
        pytest.skip("not run: there is no kubectl on this machine")
    sandbox.run(kubectl, "apply", "-f", harness.EXAMPLE)
    sandbox.run(kubectl, "wait", "--for=condition=Ready", "xtrinode/runtime-a", "--timeout=60s")
    sandbox.kubectl = kubectl
    return "default/runtime-a"
