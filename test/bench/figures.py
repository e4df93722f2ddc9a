"""Figures of bench programs written in Python, in the shape of figures.hpp."""
import json, statistics


def _judged(values, id, name, unit, goal, yardstick_is, note):
    middle = statistics.median(values)
    direction, _, bound = goal.partition(" ")
    met = None if not goal else middle >= float(bound) if direction == ">=" else middle <= float(bound)
    return {"id": id, "name": name, "unit": unit, "min": min(values), "median": middle, "max": max(values), "rounds": len(values), "goal": goal, "met": met,
            "yardstick_is": yardstick_is, "note": note}


def ratio(ours, yardstick, *, id, name, unit, goal, yardstick_is, note=""):
    """`ours` and `yardstick`: one number per round, measured in turn. `goal`: ">= 0.8", of the ratio; "": none. `note`: why a goal is missed."""
    figure = _judged([a / b for a, b in zip(ours, yardstick)], id, name, unit, goal, yardstick_is, note)
    return dict(figure, ours=statistics.median(ours), yardstick=statistics.median(yardstick), ratio=figure["median"])


def amount(values, *, id, name, unit, goal, yardstick_is, note="", beside=None):
    """An amount judged as it is; `goal` is in its unit. `beside`: an amount to show next to it, such as the disk's own sync."""
    return dict(_judged(values, id, name, unit, goal, yardstick_is, note), ours=statistics.median(values), yardstick=beside, ratio=None)


def show(figures):
    print(json.dumps(figures))
