"""Fixtures: a sandbox per module (state kept between its tests), runtimes in it, kubectl programs."""
import os, sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """As pytest calls a test; what this machine cannot provide is no failure. (A wrapper around the call cannot change its outcome in Debian's pytest.)"""
    try:
        pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames})
    except harness.NotAvailable as e:
        pytest.skip("not run: %s" % e)
    return True


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows what the sandbox said last."""
    report = (yield).get_result()
    if not report.failed or not hasattr(item, "funcargs"):
        return
    for name in ("sandbox", "cluster"):
        if item.funcargs.get(name) is not None:
            report.sections.append((name + " log", item.funcargs[name].last_words()))
    plane = item.funcargs.get("controller")
    if plane is not None and plane.process is not None:
        report.sections.append(("controller log", plane.process.last_words()))


@pytest.fixture(scope="module")
def sandbox():
    box = harness.Sandbox().start()
    yield box
    box.close()


@pytest.fixture()
def cluster():
    """A cluster without a control plane: the test brings its own."""
    box = harness.Cluster().start()
    yield box
    box.close()


@pytest.fixture()
def controller(cluster):
    plane = harness.Controller(cluster).start()
    yield plane
    plane.close()


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
    try:
        kubectl = harness.any_kubectl()
    except harness.NotAvailable as e:
        pytest.skip("not run: %s" % e)
    sandbox.run(kubectl, "apply", "-f", harness.EXAMPLE)
    sandbox.run(kubectl, "wait", "--for=condition=Ready", "xtrinode/runtime-a", "--timeout=60s")
    sandbox.kubectl = kubectl
    return "default/runtime-a"
