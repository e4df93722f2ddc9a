#!/usr/bin/env python3
"""Kills the control plane under load, again and again, and looks each time whether anything that anybody saw was lost.

  soak.py [--kills N] [--seed S] [--side-by-side N]     ends with a closing line: N passed, N failed
  soak.py --seed S --scene I --kills N                  one scene of it alone, in this process

A scene is one cluster with one control plane, two gateways and load (test/integration/kill/). Every other kill strikes at a named point
(docs/durability.md), all of them in turn; the rest at a random moment, start-up included. Every third scene has an API server that is nasty: it drops watches, forgets
changes, refuses for want of time, and answers conflicts. The seed draws the load, the points, passages and pauses; what
the machine makes of them in between is its own, so that a failure may take a few tries to repeat. The folder of a failing scene is kept.
"""
import argparse, json, os, random, subprocess, sys, time, traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from kill.load import StockClient  # noqa: E402
from kill.scene import Scene, points  # noqa: E402

KILLS_IN_A_SCENE = 34  # the log of a scene is read as a whole after each of its kills


def run_scene(args):
    """One scene; the last line of output is its verdict as JSON."""
    draw = random.Random("%s/%s" % (args.seed, args.scene))
    names = points()
    turn = args.scene * KILLS_IN_A_SCENE // 2
    began, how, scene, stock = time.monotonic(), "set-up", None, None
    done, note, from_snapshots = 0, "", (0, 0)
    try:
        scene = Scene(draw.random(), nasty=args.scene % 3 == 2)
        if args.stock_client:
            stock = StockClient(scene.gateways[0].port)
        for number in range(args.kills):
            how = "kill %d" % (number + 1)
            point = names[(turn + number // 2) % len(names)] if number % 2 else None
            how += " at " + (point or "a random moment")
            words = scene.strike(point)
            done += 1
            print("%6.1f s  kill %d %s: #%d" % (time.monotonic() - began, number + 1, words, len(scene.story.events["control"])), flush=True)
        how = "coming to rest after %d kills" % done
        if stock:
            note = "%d statements of the stock client" % stock.stop()
        scene.settle()
        from_snapshots = scene.from_snapshots()
        verdict = {"passed": done, "failed": 0}
    except Exception as e:
        traceback.print_exc(file=sys.stdout)
        verdict = {"passed": done, "failed": 1, "why": "%s: %s" % (type(e).__name__, e), "at": how, "folder": scene.folder if scene else None}
    finally:
        if scene:
            scene.close(keep=verdict["failed"])
        if stock:
            stock.process.kill()
    if scene:
        verdict.update(struck=scene.struck, missed=scene.missed, wishes=scene.wishes.made, queries=scene.queries.done, events=len(scene.story.events["control"]),
                       records=scene.reporting.acknowledged, repeated=scene.reporting.again, note=note, snapshots=from_snapshots)
    print(json.dumps(verdict), flush=True)
    return 1 if verdict["failed"] else 0


def command_of(args, scene, kills):
    return "./dev soak --seed %s --scene %d --kills %d" % (args.seed, scene, kills)


def run_all(args):
    scenes = [(i, min(KILLS_IN_A_SCENE, args.kills - i * KILLS_IN_A_SCENE)) for i in range((args.kills + KILLS_IN_A_SCENE - 1) // KILLS_IN_A_SCENE)]
    try:
        harness.venv_python()
        stock = True
    except harness.NotAvailable as e:
        stock = False
        print("not run: the stock Python client among the load: %s" % e)
    print("seed %s: %d kills in %d scenes, %d side by side" % (args.seed, args.kills, len(scenes), args.side_by_side), flush=True)
    running, verdicts, struck, snapshots = [], [], {}, [0, 0]
    while scenes or running:
        while scenes and len(running) < args.side_by_side:
            scene, kills = scenes.pop(0)
            command = [sys.executable, os.path.abspath(__file__), "--seed", str(args.seed), "--scene", str(scene), "--kills", str(kills)]
            if stock and scene == 0:
                command.append("--stock-client")
            running.append((scene, kills, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)))
        scene, kills, process = running.pop(0)
        out = process.communicate()[0]
        lines = out.strip().splitlines()
        try:
            verdict = json.loads(lines[-1])
        except (IndexError, ValueError):
            verdict = {"passed": 0, "failed": 1, "why": "it ended with status %s and no verdict" % process.returncode, "at": "?"}
        verdicts.append(verdict)
        for point, times in verdict.get("struck", {}).items():
            struck[point] = struck.get(point, 0) + times
        snapshots = [sum(both) for both in zip(snapshots, verdict.get("snapshots", (0, 0)))]
        if verdict["failed"]:
            print(out)
            print("scene %d failed at %s: %s\n  folder: %s\n  repeat: %s" % (scene, verdict["at"], verdict["why"], verdict.get("folder"),
                                                                        command_of(args, scene, kills)), flush=True)
        else:
            print("scene %d: %d kills, %d wishes, %d events, %d statements, %d records acknowledged (%d batches sent again)%s" % (
                scene, verdict["passed"], verdict["wishes"], verdict["events"], verdict["queries"], verdict["records"], verdict["repeated"],
                ", " + verdict["note"] if verdict["note"] else ""), flush=True)
    passed, failed = sum(v["passed"] for v in verdicts), sum(v["failed"] for v in verdicts)
    print("struck: " + ", ".join("%s %d" % (p, struck.get(p, 0)) for p in points()))
    never = [p for p in points() if not struck.get(p)]
    if never and args.kills >= 4 * len(points()):
        failed += 1
        print("never struck: %s" % ", ".join(never))
    print("starts from a snapshot of the state: %d, of what the adapter knew: %d" % tuple(snapshots))
    if not all(snapshots) and args.kills >= KILLS_IN_A_SCENE:
        failed += 1
        print("no start began with a snapshot")
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--kills", type=int, default=200)
    ap.add_argument("--seed", default=None, help="default: drawn, and printed")
    ap.add_argument("--scene", type=int, help="only this scene")
    ap.add_argument("--side-by-side", type=int, default=3)
    ap.add_argument("--stock-client", action="store_true", help=argparse.SUPPRESS)
    args = ap.parse_args()
    if args.seed is None:
        args.seed = random.SystemRandom().randrange(1 << 32)
    return run_scene(args) if args.scene is not None else run_all(args)


if __name__ == "__main__":
    sys.exit(main())
