#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Table 1 of arXiv 2502.15987 beside a run with fit.method = paper.

    growcast fit DATA/finetune -c config/paper.ini -o run.nc
    analysis/compare_table1.py run.nc DATA/finetune DATA/paper_table1.csv

For every fitted row of the table whose model is in the data: the values of the table, of the
authors' file (lambda_i, mu_i, sigma_i) and of the run; the root mean squared error of all three
curves, computed here from the file's counts (m = 1, t in years, month 0 included); and why values
differ where they do. The exit code is 0 when every row is accounted for by an equal or lower error
or by a parameter that the data do not determine.
"""
import argparse
import csv
import pathlib
import sys

import numpy

from growcast_figures.run import RIDGE, Run
from growcast_figures.table1 import BOUND, error, read

NAMES = ("lambda", "mu", "sigma")
FLAGS = ("start_returned", "fitness_unbounded")
SAME = 0.01  # relative difference of equal values
NOT_ABOVE = 1.02  # an error up to this multiple counts as equal


def read_folder(folder):
    """model -> (counts by month, the authors' parameters)."""
    series = {}
    for path in sorted(pathlib.Path(folder).glob("*.csv")):
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                months = [c for c in row if c.endswith("-month")]
                counts = [float(row[c]) for c in months if row[c] != ""]
                values = tuple(float(row[c] or "nan") for c in ("lambda_i", "mu_i", "sigma_i"))
                series[row["model"]] = (numpy.array(counts), values)
    return series


def is_same(ours, theirs):
    return all(abs(a - b) <= SAME * abs(b) + BOUND for a, b in zip(ours, theirs))


def compare(table, file, ours, flags, errors):
    """Why values differ, and whether the row is accounted for."""
    table_error, file_error, our_error = errors
    differences = [n for n, a, b in zip(NAMES, ours, table) if not is_same((a,), (b,))]
    where = ", pinned at the bound mu = 0 (one year)" if ours[1] < BOUND else ""
    equal = our_error <= NOT_ABOVE * min(table_error, file_error)
    if "start_returned" in flags:
        return "start value returned: no gradient there, nothing was fitted", is_same(ours, file)
    if not differences:
        return "same values" + where, equal
    changed = ", ".join(differences) + (" differs" if len(differences) == 1 else " differ")
    verdict = " (no upper bound by the profile)" if "fitness_unbounded" in flags else ""
    if not is_same(file, table) and is_same(ours, file):
        return f"{changed}: the table is not the file, whose values are ours{where}{verdict}", equal
    if ours[0] > RIDGE or table[0] > RIDGE:
        return f"{changed}: ridge, lambda not identified{verdict}", equal
    if equal and our_error * NOT_ABOVE < min(table_error, file_error):
        return f"{changed}: different local minimum, ours is lower{where}", True
    if equal:
        return f"{changed}: equal errors, flat minimum{where}", True
    return f"{changed}: different local minimum, ours is higher", False


def text(values):
    return " ".join(f"{v:>11.5g}" for v in values)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", help="output of growcast fit with fit.method = paper")
    parser.add_argument("folder", help="the authors' fine-tune files")
    parser.add_argument("table", help="paper_table1.csv")
    arguments = parser.parse_args()
    series, run = read_folder(arguments.folder), Run(arguments.run)
    rows, missing, failed = 0, [], 0
    print(f"{'model':<44} {'from':<5} {'lambda':>11} {'mu':>11} {'sigma':>11} {'rmse':>11}")
    for name, table in [row[:2] for row in read(arguments.table) if row[2]]:
        if name not in series or name not in run.names:
            missing.append(name)
            continue
        model = run.names.index(name)
        counts, file = series[name]
        if not numpy.array_equal(counts, run.counts(model)[1]):
            print(f"{name}: the run's counts are not the file's", file=sys.stderr)
            return 1
        ours = tuple(run.parameters(model))
        flags = {flag for flag in FLAGS if run.has_flag(flag)[model]}
        errors = [error(run, model, p) for p in (table, file, ours)]
        reason, accounted = compare(table, file, ours, flags, errors)
        rows += 1
        failed += not accounted
        for label, values, value in zip(("table", "file", "ours"), (table, file, ours), errors):
            print(f"{name if label == 'table' else '':<44} {label:<5} {text(values)} {value:>11.5g}")
        print(f"{'':<44} {'' if accounted else 'NOT ACCOUNTED FOR: '}{reason}")
    print(f"{rows} rows compared, {rows - failed} accounted for; "
          f"{len(missing)} fitted rows are not in the data")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
