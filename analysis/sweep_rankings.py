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

import numpy as np

from growcast_figures.run import FITTED
from growcast_figures.sweep import Sweep


def print_table(header, rows):
    cells = [header] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    print()


def correlations(sweep, labels):
    names = sweep.text("quantity_name")
    for title, values in (
        ("Spearman", sweep["spearman_correlation"]),
        ("Kendall", sweep["kendall_correlation"]),
    ):
        print(f"{title}'s correlation with {labels[0]}")
        rows = [
            [label] + [f"{values[q, 0, c]:.3f}" for q in range(len(names))]
            for c, label in enumerate(labels)
        ]
        print_table(["settings", *names], rows)


def fits(sweep, labels):
    rows = []
    mask = sweep.flag_masks()["fitness_unbounded"]
    for label, status, flags, values in zip(
        labels, sweep.flat("fit_status"), sweep.flat("fit_flags"), sweep.flat("fitness")
    ):
        fitted = status == FITTED
        unbounded = flags[fitted].astype(int) & mask != 0
        fitness = values[fitted][~unbounded]
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
    rank = sweep["organization_rank"]
    names = sweep.text("organization_name")
    ranked = np.flatnonzero(np.isfinite(rank).all(axis=0))
    # Ranks among those that are ranked under every combination.
    own = rank[:, ranked].argsort(axis=1).argsort(axis=1) + 1
    order = own[0].argsort()
    rows = [[names[ranked[i]], *own[:, i]] for i in order[:count]]
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
    sweep = Sweep(arguments.sweep)
    labels = sweep.labels(" ")
    print(f"{len(sweep.names)} models; settings: {sweep.title()}\n")
    fits(sweep, labels)
    correlations(sweep, labels)
    elasticity = sweep["scale_elasticity"]
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
