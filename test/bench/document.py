"""docs/performance.md, from the figures of a run."""
from programs import PROMISED

HEAD = """# Performance

*Written by `./dev bench` from one run; do not edit.* Each figure is a ratio of ours to a yardstick that was measured in the same run, in turn, round by
round, so that it holds on other machines and on a noisy one; figures that are amounts say so by their unit. Minimum, median and maximum are over the
rounds, and the median is what a goal is held to.
"""


def number(value):
    if value is None:
        return "–"
    if value and abs(value) < 0.001:
        return "%.2g" % value
    text = "%.3g" % value if abs(value) < 1000 else "{:,.0f}".format(value)
    return text


def spread(figure):
    unit = "" if figure["ratio"] is not None else " " + figure["unit"]
    if figure["min"] == figure["max"]:
        return number(figure["median"]) + unit
    return "%s%s (%s to %s)" % (number(figure["median"]), unit, number(figure["min"]), number(figure["max"]))


def goal(figure):
    unit = "" if figure["ratio"] is not None or not figure["goal"] else " " + figure["unit"]
    return (figure["goal"].replace(">=", "≥").replace("<=", "≤") + unit) or "–"


VERDICT = {True: "met", False: "**missed**", None: "–"}


def table(figures):
    lines = ["| figure | median (min to max) | goal | |", "| --- | --- | --- | --- |"]
    lines += ["| %s | %s | %s | %s |" % (f["name"], spread(f), goal(f), VERDICT[f["met"]]) for f in figures]
    return "\n".join(lines)


def detail(figure, program):
    lines = ["### %s" % figure["name"], "", figure["yardstick_is"]]
    if figure["ratio"] is not None:
        lines.append("Ours %s %s, yardstick %s %s (medians)." % (number(figure["ours"]), figure["unit"], number(figure["yardstick"]), figure["unit"]))
    elif figure["yardstick"] is not None:
        lines.append("Beside it: %s %s." % (number(figure["yardstick"]), figure["unit"]))
    rounds = "%d rounds" % figure["rounds"] if figure["rounds"] != 1 else "One round"
    lines.append("%s; repeat with `./dev bench --only %s`." % (rounds, program))
    if figure["met"] is False:
        lines += ["", "Missed: %s" % (figure["note"] or "no reason is known; this needs a look.")]
    return "\n".join(lines)


def write(path, figures, machine, revision, date):
    """`figures`: as the programs gave them, each with the member `program`."""
    promised = [f for id in PROMISED for f in figures if f["id"] == id]
    others = [f for f in figures if f["id"] not in PROMISED]
    missed = sum(f["met"] is False for f in figures)
    parts = [HEAD,
             "Run of %s, revision %s, release build, on %d cores (%s), %s GiB of memory, %s, %s; a 4 KiB write and `fdatasync` takes %s µs there. %s" % (
                 date, revision, machine["cores"], machine["processor"], machine["memory_gib"], machine["kernel"], machine["filesystem"],
                 number(machine["sync_us"]), "Every goal was met." if not missed else "Goals missed: %d." % missed),
             "## Promised\n\n" + table(promised)]
    if others:
        parts.append("## Measured beside them\n\n" + table(others))
    parts.append("## Yardsticks\n\n" + "\n\n".join(detail(f, f["program"]) for f in promised + others))
    with open(path, "w") as f:
        f.write("\n\n".join(p.strip("\n") for p in parts) + "\n")
