#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rankings survive a sweep?

    growcast sweep PATH/TO/finetune -c config/sweep-scale.ini -o sweep.nc
    analysis/sweep_rankings.py sweep.nc

For every combination of settings: the share of fits without an upper bound of fitness, and Spearman's
and Kendall's correlations with the first combination, over the models that have the quantity under
both. Then, if model.scale is varied, the quartiles of the elasticity of fitness with respect to it;
the ranks of the organizations by the median fitness of their models; and how many of the pairs of
organizations stand in another order than under the first combination. --organizations N shows the N
that are first under the first combination.
"""
import argparse
import itertools

import numpy as np
import xarray

UNBOUNDED = 1  # of fit_flags


def combinations(sweep):
    """Yields (label, index by dimension) of each combination, the last setting running fastest."""
    dimensions = [str(name).replace(".", "_", 1) for name in sweep.setting_name.values]
    for place in itertools.product(*(range(sweep.sizes[name]) for name in dimensions)):
        words = []
        for dimension, index in zip(dimensions, place):
            label = dimension if dimension in sweep.coords else f"{dimension}_name"
            value = sweep[label].values[index]
            words.append(str(value) if isinstance(value, str) else f"{value:g}")
        yield " ".join(words), dict(zip(dimensions, place))


def print_table(header, rows):
    cells = [header] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    print()


def correlations(sweep, labels):
    names = [str(name) for name in sweep.quantity_name.values]
    for title, values in (
        ("Spearman", sweep.spearman_correlation.values),
        ("Kendall", sweep.kendall_correlation.values),
    ):
        print(f"{title}'s correlation with {labels[0]}")
        rows = [
            [label] + [f"{values[q, 0, c]:.3f}" for q in range(len(names))]
            for c, label in enumerate(labels)
        ]
        print_table(["settings", *names], rows)


def fits(sweep, places, labels):
    rows = []
    for label, place in zip(labels, places):
        status = sweep.fit_status.isel(place).values
        flags = sweep.fit_flags.isel(place).values
        fitted = status == 0
        unbounded = flags[fitted].astype(int) & UNBOUNDED != 0
        fitness = sweep.fitness.isel(place).values[fitted][~unbounded]
        rows.append(
            [
                label,
                int(fitted.sum()),
                f"{100 * unbounded.mean():.1f} %",
                f"{np.median(fitness):.3g}" if fitness.size else "",
            ]
        )
    print_table(["settings", "fitted", "fitness unbounded", "median of the others"], rows)


def organizations(sweep, labels, count):
    rank = sweep.organization_rank.values
    names = sweep.organization_name.values
    ranked = np.flatnonzero(np.isfinite(rank).all(axis=0))
    # Ranks among those that are ranked under every combination.
    own = rank[:, ranked].argsort(axis=1).argsort(axis=1) + 1
    order = own[0].argsort()
    rows = [[str(names[ranked[i]]), *own[:, i]] for i in order[:count]]
    print(f"rank by median fitness, of {ranked.size} organizations ranked under all settings")
    print_table(["organization", *labels], rows)
    first, second = np.triu_indices(ranked.size, 1)
    above = own[:, first] < own[:, second]
    rows = [
        [label, f"{100 * (above[c] != above[0]).mean():.1f} %", int((own[c] != own[0]).sum())]
        for c, label in enumerate(labels)
    ]
    print_table(["settings", "pairs in another order", "organizations at another rank"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sweep", help="output of growcast sweep or growcast merge")
    parser.add_argument("--organizations", type=int, default=20, metavar="N")
    arguments = parser.parse_args()
    sweep = xarray.open_dataset(arguments.sweep, decode_timedelta=False)
    labels, places = zip(*combinations(sweep))
    print(f"{sweep.sizes['model']} models; settings: {', '.join(map(str, sweep.setting_name.values))}\n")
    fits(sweep, places, labels)
    correlations(sweep, labels)
    elasticity = sweep.scale_elasticity.values
    elasticity = elasticity[np.isfinite(elasticity)]
    if elasticity.size:
        low, middle, high = np.percentile(elasticity, [25, 50, 75])
        print(
            f"elasticity of fitness with respect to m, {elasticity.size} models: median "
            f"{middle:.2f}, quartiles {low:.2f} and {high:.2f}\n"
        )
    organizations(sweep, labels, arguments.organizations)


if __name__ == "__main__":
    main()
