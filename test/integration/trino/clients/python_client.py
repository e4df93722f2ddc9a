#!/usr/bin/env python3
"""The scenarios with the Python client's DB-API."""
import sys
import threading
import time
import urllib.parse

import trino

import checks
from checks import QueryError, check

URL = urllib.parse.urlsplit(sys.argv[1])
HEADERS = dict(map(str.strip, header.split(":", 1)) for header in sys.argv[2:])


def connect():
    return trino.dbapi.connect(host=URL.hostname, port=URL.port, http_scheme=URL.scheme, user="scenario", http_headers=HEADERS, request_timeout=60)


def run_statements(statements):
    connection, rows = connect(), []
    for sql in statements:
        cursor = connection.cursor()
        try:
            cursor.execute(sql)
            rows = cursor.fetchall()
        except trino.exceptions.TrinoQueryError as error:
            raise QueryError(error.error_name, error.message)
    return rows


def cancel(sql):
    cursor, seen = connect().cursor(), []

    def read():
        try:
            cursor.execute(sql)
            seen.append("finished with %s" % cursor.fetchall())
        except Exception as error:
            seen.append(getattr(error, "error_name", None) or type(error).__name__)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    for _ in range(200):  # until the server knows the query
        time.sleep(0.05)
        if cursor.stats and cursor.stats.get("state") == "RUNNING":
            break
    cursor.cancel()
    thread.join(20)
    check(not thread.is_alive(), "the query went on after cancel()")
    check(seen and not seen[0].startswith("finished"), "the reader saw %s" % seen)
    return "the reader saw %s" % seen[0]


checks.main(run_statements, cancel)
