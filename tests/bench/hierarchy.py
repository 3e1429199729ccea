#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the hierarchical pass on one core, and the error of the published posteriors.

    hierarchy.py BUILD [--quick] [--json FILE] [--finetune FOLDER]

Takes the real fine-tune series if FOLDER is there, else simulated ones.
"""
import json
import pathlib
import subprocess
import tempfile

import common

ROWS = (("plain_us", "likelihood and moments, no shocks"),
        ("shocks_us", "likelihood and moments, shocks"),
        ("pooled_us", "published posterior"),
        ("draws_us", "1000 paths over 12 steps"),
        ("summaries_us", "their summaries at four horizons"))


def main():
    parser = common.arguments()
    parser.add_argument("--finetune", type=pathlib.Path, default=common.FINETUNE)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        series = options.finetune
        if not series.exists():
            series = pathlib.Path(folder) / "series.csv"
            subprocess.run([options.build / "growcast", "simulate", "-q", "-s",
                            "simulate.models=2000", "-o", series], check=True)
        result = json.loads(common.run(common.cores()[-1], [options.build / "bench/hierarchy", series,
                                                            10 if options.quick else 100]))
    result["data"] = "fine-tune counts" if series == options.finetune else "simulated"
    print(f"Hierarchical pass on one core, {result['series']:,} series ({result['data']}),"
          f" {result['nodes']:,} nodes\n")
    for key, what in ROWS:
        print(f"  {what:36}{result[key]:9.1f} us a series")
    print(f"  {'EM on its sample':36}{result['em_s']:9.2f} s for {result['em_series']:,} series")
    print(f"\nPublished posteriors against a refined quadrature, {result['checked']} series"
          f" ({result['reference_moves']} left out, where it still moved):\n")
    for key, what in (("mean_error", "means, posterior deviations"),
                      ("deviation_error", "deviations, relative"),
                      ("quantile_error", "quantiles, probability")):
        error = result.get(key, {})
        print(f"  {what:36}" + ", ".join(f"{name} {value}" for name, value in error.items()))
    if options.json:
        options.json.write_text(json.dumps(result))


if __name__ == "__main__":
    main()
