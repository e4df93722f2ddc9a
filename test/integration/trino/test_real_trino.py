"""Real Trino processes in the sandbox's pods; not run where Maven Central or a fitting Java is missing."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import real_trino  # noqa: E402


def test_a_count_over_real_trino_processes_through_the_gateway():
    results = real_trino.run()
    assert results and all(results)
