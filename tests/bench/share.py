#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What surrounds the refits, as a share of them: share.py BUILD [--quick] [--json FILE]."""
import json
import subprocess
import tempfile

import common


def one_round(core, program, series, replicates):
    """Every method with every instruction set that this processor has."""
    found = {}
    for instruction_set in ("avx2", "avx512"):
        try:
            methods = json.loads(common.run(core, [program, series, replicates, instruction_set]))
        except subprocess.CalledProcessError:
            continue
        found.update({f"{name}, {instruction_set}": one for name, one in methods.items()})
    return found


def main():
    options = common.arguments().parse_args()
    core = common.cores()[-1]
    replicates = 100 if options.quick else 1000
    with tempfile.TemporaryDirectory() as folder:
        series, data = common.series(core, folder, 200)
        rounds = [one_round(core, options.build / "bench/share", series, replicates)
                  for _ in range(2 if options.quick else 5)]
    methods = {}
    for name, last in rounds[-1].items():
        methods[name] = {key: common.spread([one[name][key] for one in rounds])
                         for key in last if key != "series"}
        methods[name]["series"] = last["series"]
    print(f"Around the refits, B = {replicates}, {data} with a fit "
          f"({next(iter(rounds[-1].values()))['series']:.0f}), one core: random numbers, replicates "
          "and quantiles as a share\nof the refits; curves and their sums over organizations "
          "likewise; the point estimate as a share of the\nwhole bootstrap; "
          "median [lowest, highest]\n")
    print(f"{'method':28}{'refits, us':>12}{'draws, quantiles / refits':>28}"
          f"{'curves, sums / refits':>26}{'point / bootstrap':>26}")
    for name, entry in methods.items():
        print(f"{name:28}{entry['refit_us']['median']:12.0f}"
              f"{common.shown(entry['replicate_share'], '.0%'):>28}"
              f"{common.shown(entry['curve_share'], '.0%'):>26}"
              f"{common.shown(entry['point_share'], '.0%'):>26}")
    if options.json:
        report = {"replicates": replicates, "data": data, "methods": methods}
        options.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
