"""What the Python-driven client programs share: a scenario's expectations held against rows or an error.

A client program is called `PROGRAM URL HEADER... ` with scenarios as JSON on standard input; it prints one line of JSON per scenario:
{"name", "verdict": "passed" | "failed" | "skipped", "detail"}.
"""
import json
import sys


class Skip(Exception):
    """This client cannot do that; the text says why."""


class QueryError(Exception):
    def __init__(self, name, message):
        super().__init__("%s: %s" % (name, message))
        self.name, self.message = name, message


def text(value):
    return {True: "true", False: "false", None: "null"}.get(value, str(value)) if isinstance(value, (bool, type(None))) else str(value)


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def check_rows(scenario, rows):
    if "rows" in scenario:
        shown = [[text(v) for v in row] for row in rows]
        check(shown == scenario["rows"], "rows %s, expected %s" % (shown[:5], scenario["rows"]))
    if "contains" in scenario:
        check(scenario["contains"] in [row[0] for row in rows], "%r is not among %s" % (scenario["contains"], rows[:20]))
    if "at_least" in scenario:
        check(len(rows) >= scenario["at_least"], "%d rows, expected %d or more" % (len(rows), scenario["at_least"]))
    if "columns" in scenario:
        check(len(rows) == 1 and len(rows[0]) == scenario["columns"], "rows %s, expected one of %d columns" % (rows[:2], scenario["columns"]))
    if "value" in scenario:
        place, value = scenario["value"]
        check(rows and text(rows[0][place]) == value, "rows %s, expected %r in column %d" % (rows[:2], value, place))


def check_error(scenario, error):
    check(error.name == scenario["error"], "error %s, expected %s" % (error.name, scenario["error"]))
    check(error.message.startswith(scenario["message"]), "message %r, expected %r" % (error.message, scenario["message"]))


def main(run_statements, cancel):
    """run_statements(list of SQL) -> rows of the last, raising QueryError; cancel(SQL) -> detail."""
    for name, scenario in json.load(sys.stdin).items():
        detail, verdict = "", "passed"
        try:
            if scenario.get("kind") == "cancel":
                detail = cancel(scenario["endless"])
            else:
                try:
                    rows = run_statements(scenario["sql"])
                    check("error" not in scenario, "no error, expected %s" % scenario.get("error"))
                    check_rows(scenario, rows)
                except QueryError as error:
                    if "error" not in scenario:
                        raise
                    check_error(scenario, error)
        except Skip as why:
            verdict, detail = "skipped", str(why)
        except Exception as error:  # any failure of a client is a failed scenario
            verdict, detail = "failed", "%s: %s" % (type(error).__name__, str(error)[:400])
        print(json.dumps({"name": name, "verdict": verdict, "detail": detail or ""}), flush=True)
