#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the coordinator and the journal cost, with work that takes no time.

    coordinator.py BUILD [--quick] [--json FILE] [--seconds-a-model S]

Results per second by ranks and size of a row, beside a task farm as it is usually written
(farm.c), in turn; the ranks at which the coordinator saturates when a model takes S seconds
(0.005); the cost of an appended record by policy of the journal, whose files are in BUILD: the disk
matters. With fewer cores than ranks the ceiling is too low, since workers that wait take turns.
"""
import json
import pathlib
import re
import subprocess
import tempfile

import common

POLICIES = ["sync", "flush", "none"]


def toy(build, folder, ranks, **settings):
    words = [f"{name}={value}" for name, value in settings.items()]
    done = subprocess.run(common.mpirun(ranks, [(build / "tests/toy_run").resolve(), "run", "sums=0",
                                                "speak=1", *words]),
                          check=True, text=True, capture_output=True, cwd=folder,
                          env=common.ENVIRONMENT)
    (pathlib.Path(folder) / "run").unlink()
    return float(re.findall(r"done in .*, ([0-9.e+]+)/s", done.stderr)[-1])


def farm(build, ranks, items, row):
    done = subprocess.run(common.mpirun(ranks, [build / "bench/farm", items, row]), check=True,
                          text=True, capture_output=True, env=common.ENVIRONMENT)
    return float(done.stdout)


def main():
    parser = common.arguments()
    parser.add_argument("--seconds-a-model", type=float, default=0.005)
    options = parser.parse_args()
    items = 30000 if options.quick else 100000
    rounds = range(1 if options.quick else 3)
    report = {"ceiling": [], "journal": {}}
    ceiling = 0
    print("Results a second that rank 0 collects when the work takes no time, median [lowest, "
          "highest]\n")
    print(f"{'ranks':>5}{'row':>10}{'growcast':>34}{'plain farm':>34}{'ratio':>28}")
    with tempfile.TemporaryDirectory(dir=options.build / "bench") as folder:
        for row in (16, 128):
            for ranks in (1, 2, 3, 4):
                own, plain = [], []
                for _ in rounds:
                    own.append(toy(options.build, folder, ranks, items=items, row=row, journal=1))
                    if ranks > 1:
                        plain.append(farm(options.build, ranks, items, row))
                entry = {"ranks": ranks, "row_bytes": 8 * row, "growcast": common.spread(own)}
                cells = [common.shown(entry["growcast"], ",.0f"), "", ""]
                if plain:
                    entry["farm"] = common.spread(plain)
                    entry["ratio"] = common.spread([a / b for a, b in zip(own, plain)])
                    cells[1:] = [common.shown(entry["farm"], ",.0f"), common.shown(entry["ratio"])]
                report["ceiling"].append(entry)
                if ranks > 1 and row == 128:
                    ceiling = max(ceiling, entry["growcast"]["median"])
                print(f"{ranks:5}{8 * row:8} B{cells[0]:>34}{cells[1]:>34}{cells[2]:>28}",
                      flush=True)
        report["saturation_ranks"] = ceiling * options.seconds_a_model
        print(f"\nAt {ceiling:,.0f} results/s and {1000 * options.seconds_a_model:g} ms a model "
              f"the coordinator saturates at {report['saturation_ranks']:,.0f} ranks.\n")
        for policy, name in enumerate(POLICIES):
            rates = [toy(options.build, folder, 1, items=20000, row=1024, journal=policy)
                     for _ in rounds]
            report["journal"][name] = common.spread([1e6 / rate for rate in rates])
            print(f"journal {name}: {common.shown(report['journal'][name])} us a record of 8 KB")
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
