#!/usr/bin/env python3
"""The scenarios with the curl program and nothing else: also what is on the wire is looked at."""
import json
import subprocess
import sys

import checks
from checks import QueryError, check

URL, HEADERS = sys.argv[1].rstrip("/"), sys.argv[2:]


def curl(url, *args, data=None, timeout=60):
    """(status, header lines, body) of one request."""
    command = ["curl", "-sS", "--max-time", str(timeout), "-i", *args]
    for header in ["X-Trino-User: scenario", *HEADERS]:
        command += ["-H", header]
    if data is not None:
        command += ["--data-binary", "@-", "-H", "Content-Type: text/plain"]
    done = subprocess.run(command + [url], input=data, capture_output=True)
    check(done.returncode == 0, "curl ended with %d: %s" % (done.returncode, done.stderr.decode()))
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    return int(lines[0].split(" ")[1]), lines[1:], body


def values(lines, name):
    return [line.partition(":")[2].strip() for line in lines if line.lower().startswith(name.lower() + ":")]


# State headers of an answer become request headers of the next statement, as the protocol wants it.
CARRIED = {"X-Trino-Set-Catalog": "X-Trino-Catalog", "X-Trino-Set-Schema": "X-Trino-Schema", "X-Trino-Set-Session": "X-Trino-Session",
           "X-Trino-Added-Prepare": "X-Trino-Prepared-Statement"}


def run_statements(statements):
    carried, rows = [], []
    for sql in statements:
        status, lines, body = curl(URL + "/v1/statement", *carried, data=sql.encode())
        check(status == 200, "POST answered %d: %s" % (status, body[:200]))
        page, rows, first = json.loads(body), [], True
        while True:
            if first:
                check(page["stats"]["state"] == "QUEUED" and "/v1/statement/queued/" in page["nextUri"], "the answer to the POST is no queued page: %s" % body[:200])
                first = False
            rows += page.get("data") or []
            if page.get("error"):
                raise QueryError(page["error"]["errorName"], page["error"]["message"])
            if not page.get("nextUri"):
                break
            # Every other page compressed, every other not.
            status, lines, body = curl(page["nextUri"], *(["--compressed"] if len(rows) % 2 else []))
            check(status == 200, "GET answered %d: %s" % (status, body[:200]))
            page = json.loads(body)
        check(page["stats"]["state"] == "FINISHED", "the last page's state is %s" % page["stats"]["state"])
        for header, becomes in CARRIED.items():
            for value in values(lines, header):
                carried += ["-H", becomes + ": " + value]
    return rows


def cancel(sql):
    status, _, body = curl(URL + "/v1/statement", data=sql.encode())
    page = json.loads(body)
    for _ in range(60):
        if page["stats"]["state"] == "RUNNING" or not page.get("nextUri"):
            break
        page = json.loads(curl(page["nextUri"])[2])
    check(page["stats"]["state"] == "RUNNING", "state %s, expected RUNNING" % page["stats"]["state"])
    link = page["nextUri"]
    status = curl(link, "-X", "DELETE")[0]
    check(status == 204, "DELETE answered %d" % status)
    status, _, body = curl(link)
    check(status == 200 and json.loads(body)["error"]["errorName"] == "USER_CANCELED", "the page after it: %d %s" % (status, body[:300]))
    return "DELETE 204, then USER_CANCELED"


checks.main(run_statements, cancel)
