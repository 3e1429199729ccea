#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often do a run's intervals contain the truth that its data were simulated from?

    growcast simulate -o s.csv ...        writes s.csv and s.truth.csv
    growcast fit s.csv -o run.nc ...
    analysis/interval_coverage.py run.nc s.truth.csv

For every central interval that the run's quantiles allow (50, 80 and 95 % by default) the table
gives the share of models whose interval contains the true value, with its standard error, for the
bootstrap (fitness, immediacy, longevity, ultimate_count) and, where the run has it, for the
posterior (pooled_*). "identified" leaves out models whose fitness has no upper bound in the data.
"""
import argparse
import csv
import math

import numpy as np
import xarray

PARAMETERS = ("fitness", "immediacy", "longevity", "ultimate_count")


def read_truth(path):
    """Returns {model: {parameter: value}} of a truth file written by `growcast simulate`."""
    truth = {}
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        values = {name: float(row[name]) for name in ("fitness", "immediacy", "longevity")}
        values["ultimate_count"] = float(row["m"]) * math.expm1(values["fitness"])
        truth[row["model"]] = values
    return truth


def central_intervals(quantile):
    """Yields (nominal level, index of the lower, index of the upper quantile), widest last."""
    for low, probability in reversed(list(enumerate(quantile))):
        high = np.flatnonzero(np.isclose(quantile, 1 - probability))
        if probability < 0.5 and high.size:
            yield 1 - 2 * probability, low, int(high[0])


def coverage(lower, upper, truth, chosen):
    """Share of chosen models with lower <= truth <= upper, and how many have an interval."""
    usable = chosen & ~np.isnan(lower) & ~np.isnan(upper) & ~np.isnan(truth)
    inside = (lower <= truth) & (truth <= upper)
    count = int(usable.sum())
    return (inside[usable].mean() if count else math.nan), count


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", help="file written by growcast fit")
    parser.add_argument("truth", help="file written by growcast simulate beside the series")
    arguments = parser.parse_args()

    run = xarray.open_dataset(arguments.run)
    truth = read_truth(arguments.truth)
    names = [str(name) for name in run.model_name.values]
    fitted = run.fit_status.values == 0
    unbounded_mask = dict(zip(run.fit_flags.flag_meanings.split(), run.fit_flags.flag_masks))
    unbounded = (run.fit_flags.values.astype(int) & int(unbounded_mask["fitness_unbounded"])) != 0
    groups = {"all fitted": fitted, "identified": fitted & ~unbounded}

    print(f"{'interval of':28s} {'models':12s} {'nominal':>7s} {'covered':>8s} {'+-':>6s} {'n':>7s}")
    for prefix in ("", "pooled_"):
        for parameter in PARAMETERS:
            name = f"{prefix}{parameter}_quantile"
            if name not in run:
                continue
            true = np.array([truth.get(model, {}).get(parameter, math.nan) for model in names])
            values = run[name].values
            for group, chosen in groups.items():
                for level, low, high in central_intervals(run["quantile"].values):
                    share, count = coverage(values[:, low], values[:, high], true, chosen)
                    error = math.sqrt(share * (1 - share) / count) if count else math.nan
                    print(f"{prefix + parameter:28s} {group:12s} {level:7.2f} {share:8.3f}"
                          f" {error:6.3f} {count:7d}")


if __name__ == "__main__":
    main()
