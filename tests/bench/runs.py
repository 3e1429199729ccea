#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs of simulated models: time, memory of every rank, scaling over ranks.

    runs.py BUILD [--quick] [--json FILE] [--limit SECONDS]

A size whose time, extrapolated from the one before, would exceed the limit (600) is left out, and
said to be.
"""
import json
import math
import pathlib
import subprocess
import tempfile

import common

RESIDUAL = ["-s", "bootstrap.method=residual"]
NEGATIVE_BINOMIAL = ["-s", "bootstrap.method=parametric-nb"]
NO_FORECAST = ["-s", "hierarchy.pool=none", "-s", "forecast.method=drift"]


class Runs:
    def __init__(self, build, folder):
        self.program = build / "growcast"
        self.folder = pathlib.Path(folder)
        self.results = []

    def simulate(self, models):
        path = self.folder / f"simulated-{models}.csv"
        if not path.exists():
            subprocess.run([self.program, "simulate", "-q", "-s", f"simulate.models={models}",
                            "-o", path], check=True)
        return path

    def fit(self, what, models, ranks, settings):
        output = self.folder / "run.nc"
        command = [self.program, "fit", self.simulate(models), "-o", output, "--force",
                   "-q", *settings]
        measured = common.measured(ranks, command, self.folder)
        result = {"what": what, "models": models, "ranks": ranks, **measured,
                  "models_per_second": models / measured["seconds"],
                  "cpu_ms_a_model": 1000 * sum(measured["rank_cpu"]) / models,
                  "output_mb": output.stat().st_size / 1e6}
        output.unlink()
        self.results.append(result)
        memory = ", ".join(f"{value:.0f}" for value in result["rank_mb"])
        print(f"{what:36}{models:9,}{ranks:6}{result['seconds']:9.1f}"
              f"{result['models_per_second']:11,.0f}{result['cpu_ms_a_model']:12.2f}"
              f"{result['output_mb']:9.1f}  {memory}",
              flush=True)
        return result


def heading(text):
    print(f"\n{text}\n\n{'':36}{'models':>9}{'ranks':>6}{'seconds':>9}{'models/s':>11}"
          f"{'CPU ms each':>12}{'file MB':>9}  MB of each rank")


def grow(runs, what, sizes, ranks, settings, limit):
    before = None
    for models in sizes:
        if before and before["seconds"] * models / before["models"] > limit:
            print(f"{what:36}{models:9,}  left out: would take more than {limit:.0f} s")
            break
        result = runs.fit(what, models, ranks, settings)
        if before:
            result["growth"] = (math.log(result["seconds"] / before["seconds"]) /
                                math.log(result["models"] / before["models"]))
            print(f"{'':36}the time grows as models^{result['growth']:.2f}")
        before = result
    return before


def main():
    parser = common.arguments()
    parser.add_argument("--limit", type=float, default=600)
    options = parser.parse_args()
    cores = len(common.cores())
    with tempfile.TemporaryDirectory(dir=options.build / "bench") as folder:
        runs = Runs(options.build, folder)
        sizes = [100, 1000] if options.quick else [1000, 10000, 100000]
        heading(f"Whole runs, 1000 replicates, {cores} ranks (simulated models, 3 to 36 months)")
        grow(runs, "residual", sizes, cores, RESIDUAL, options.limit)
        grow(runs, "residual, without EM and draws", sizes, cores, RESIDUAL + NO_FORECAST,
             options.limit / 3)
        grow(runs, "parametric-nb", sizes[:2], cores, NEGATIVE_BINOMIAL, options.limit / 3)
        heading("Kept replicates (bootstrap.keep = yes)")
        for models in sizes[:1] if options.quick else [1000, 4000]:
            runs.fit("residual, kept", models, cores, RESIDUAL + ["-s", "bootstrap.keep=yes"])
        heading("Scaling over ranks: the same work, then the same work a rank")
        base = 200 if options.quick else 2000
        for ranks in sorted({1, cores} | {2 ** i for i in range(cores.bit_length())
                                          if 2 ** i <= cores}):
            strong = runs.fit("strong", base, ranks, RESIDUAL)
            weak = strong if ranks == 1 else runs.fit("weak", base * ranks, ranks, RESIDUAL)
            if ranks == 1:
                first = strong
            strong["efficiency"] = first["seconds"] / strong["seconds"] / ranks
            weak["efficiency"] = first["seconds"] / weak["seconds"]
            print(f"{'':36}efficiency: strong {strong['efficiency']:.0%}, weak "
                  f"{weak['efficiency']:.0%}")
    if options.json:
        options.json.write_text(json.dumps(runs.results, indent=1) + "\n")


if __name__ == "__main__":
    main()
