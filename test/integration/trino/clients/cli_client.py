#!/usr/bin/env python3
"""The scenarios with the trino command line client (executable jar in TRINO_CLI, its java in TRINO_JAVA).

It cannot send headers of its user's choice, so run_clients.py gives it the address of a forwarder that adds them.
"""
import csv
import io
import os
import signal
import subprocess
import sys
import time

import checks
from checks import QueryError, check

URL = sys.argv[1].rstrip("/")


def command(*args):
    return [os.environ["TRINO_JAVA"], "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", os.environ["TRINO_CLI"], "--server", URL,
            "--user", "scenario", "--output-format", "CSV", *args]


def run_statements(statements):
    done = subprocess.run(command("--execute", "; ".join(statements)), capture_output=True, text=True, timeout=90, stdin=subprocess.DEVNULL)
    if done.returncode:
        # "Query 2026... failed: line 1:1: mismatched input ...": the name of the error is not shown.
        for line in done.stderr.splitlines():
            if " failed: " in line:
                raise QueryError("", line.partition(" failed: ")[2])
        raise RuntimeError(done.stderr[-300:])
    rows = list(csv.reader(io.StringIO(done.stdout)))
    return [row for row in rows if row not in (["PREPARE"], ["USE"], ["SET SESSION"])]


def cancel(sql):
    # Background jobs of a shell may ignore SIGINT; this one must not.
    process = subprocess.Popen(command("--execute", sql), stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    try:
        time.sleep(4)  # there is no sign of a running query in a client without terminal
        check(process.poll() is None, "the client ended by itself")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    return "ended with %d after SIGINT" % process.returncode


def check_error_by_message(scenario, error):
    check(error.message.startswith(scenario["message"]), "message %r, expected %r" % (error.message, scenario["message"]))


checks.check_error = check_error_by_message
checks.main(run_statements, cancel)
