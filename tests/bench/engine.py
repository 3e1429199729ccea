#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Benchmark of the refits: every engine on one core, in rounds, as ratios within each round.

    engine.py PROGRAM [--rounds N] [--replicates B] [--json FILE]

PROGRAM is build/bench/engine. Engines that are not installed are left out.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import common

REFERENCE = "gsl_qr"


def optional(core, command):
    try:
        return json.loads(common.run(core, command))
    except (subprocess.CalledProcessError, FileNotFoundError, json.JSONDecodeError):
        return {}


def one_round(core, program, series, replicates, folder):
    requests = pathlib.Path(folder) / "requests.txt"
    result = json.loads(common.run(core, [program, series, replicates, min(20, replicates), requests]))
    result["engines"].update(optional(core, [sys.executable, common.HERE / "peers.py", requests, 10]))
    result["engines"].update(optional(core, ["Rscript", common.HERE / "peers.R", requests]))
    return result


def summary(rounds):
    engines = {}
    for name in rounds[-1]["engines"]:
        entry = {}
        for group in ("ident", "all"):
            times = [one["engines"][name][f"{group}_ns"] for one in rounds]
            reference = [one["engines"][REFERENCE][f"{group}_ns"] for one in rounds]
            entry[f"{group}_ns"] = common.spread(times)
            entry[f"{group}_ratio"] = common.spread([r / t for r, t in zip(reference, times)])
        for key in ("ident_good", "all_good", "evaluations"):
            if key in rounds[-1]["engines"][name]:
                entry[key] = rounds[-1]["engines"][name][key]
        if "floor_point_ns" in rounds[-1]["engines"][name]:
            own = [one["engines"][name] for one in rounds]
            entry["point_ns"] = common.spread([one["ident_point_ns"] for one in own])
            entry["floor_point_ns"] = common.spread([one["floor_point_ns"] for one in own])
            entry["floor_share"] = common.spread([one["floor_point_ns"] / one["ident_point_ns"]
                                           for one in own])
        engines[name] = entry
    return engines


def show(report):
    last = report["last_round"]
    print(f"Refits of a residual bootstrap, B = {report['replicates']}, m = 30, one core of "
          f"{report['machine']}")
    print(f"{report['data'].capitalize()}: IDENT {last['series_ident']} of {last['series_all']} series, "
          f"{last['mean_points']} points on average; refits on a ridge: "
          f"{100 * last['ridge_share_ident']:.1f}% of IDENT, {100 * last['ridge_share_all']:.1f}% "
          f"of ALL; failed: {last['failed']}")
    print("Ratios to gsl_qr within a round, median [lowest, highest]; accuracy: refits off the "
          "ridge within 1e-6 of the best cost of any engine\n")
    print(f"{'engine':18}{'fits/s IDENT':>14}{'ratio IDENT':>26}{'ratio ALL':>26}{'accuracy':>10}")
    for name, entry in report["engines"].items():
        ratios = [f"{r['median']:.3g} [{r['low']:.3g}, {r['high']:.3g}]"
                  for r in (entry["ident_ratio"], entry["all_ratio"])]
        good = f"{100 * entry['ident_good']:.2f}%" if "ident_good" in entry else ""
        print(f"{name:18}{1e9 / entry['ident_ns']['median']:14,.0f}{ratios[0]:>26}{ratios[1]:>26}"
              f"{good:>10}")
    print("\nNanoseconds a point of IDENT, against an evaluation of value, derivatives and normal "
          "equations alone")
    for name, entry in report["engines"].items():
        if "floor_share" in entry:
            print(f"{name:18}{entry['point_ns']['median']:8.2f} of floor "
                  f"{entry['floor_point_ns']['median']:.2f}: {entry['floor_share']['median']:.0%} "
                  f"[{entry['floor_share']['low']:.0%}, {entry['floor_share']['high']:.0%}]; "
                  f"{entry['evaluations']:.3g} evaluations a fit")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    core = common.cores()[-1]
    with tempfile.TemporaryDirectory() as folder:
        series, data = common.series(core, folder, 200)
        rounds = [one_round(core, options.program, series, options.replicates, folder)
                  for _ in range(options.rounds)]
    report = {"machine": common.machine(), "replicates": options.replicates, "rounds": options.rounds,
              "data": data,
              "engines": summary(rounds),
              "last_round": {k: v for k, v in rounds[-1].items() if k != "engines"}}
    show(report)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
