#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Published downloads beside repaired ones: the authors' files of arXiv 2502.15987 add up the Hub's
counter of the trailing 30 days day after day, which a run with the right counter undoes.

    growcast fit DATA/download -s input.counter=trailing30-sum -s bootstrap.replicates=0 -o run.nc
    analysis/compare_downloads.py run.nc DATA/download --model deepseek-ai/DeepSeek-R1 \\
        --picture r1.png

Prints both for every 10 days since release, and how often the recovered downloads fell before the
run raised them to the count before. DATA/download may also be one file.
"""
import argparse
import csv
import datetime
import pathlib
import sys

import numpy

from growcast_figures.dataset import number
from growcast_figures.run import Run

WINDOW = 30  # days of the Hub's counter
STEP = 10  # days from line to line


def read_published(path, model):
    """(release, {day: published downloads}) of a model; blanks and texts that are no number are left
    out."""
    files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    for name in files:
        with open(name, newline="", encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                if row["model"] == model:
                    release = datetime.date.fromisoformat(row["created_at"][:10])
                    counts = {datetime.date.fromisoformat(column[:10]): float(value)
                              for column, value in row.items()
                              if column and column[:2] == "20" and value not in ("", None)}
                    return release, counts
    sys.exit(f"{path}: no model {model}")


def recovered(release, counts):
    """C(t) = S(t) + S(t - 30) + ..., S the first difference of the published column: an independent
    implementation, before falls are raised. {age: downloads}"""
    days = sorted(counts)
    counter = {day: counts[day] - counts[before] for before, day in zip(days, days[1:])}
    result = {}
    for day in days:
        age = (day - release).days
        if age < 0 or day not in counter:
            continue
        result[age] = counter[day] + result.get(age - WINDOW, 0.0)
    return result


def draw(path, model, age, published, repaired):
    from growcast_figures import style

    page, axes = style.figure(3.4, f"Downloads of {model}", 1, 1)
    axes = numpy.atleast_1d(axes)[0]
    for values, colour, label in ((published, style.ORANGE, "published"),
                                  (repaired, style.BLACK, "repaired")):
        axes.plot(age, values, color=colour, label=label)
    axes.set(xlabel="age since release (days)", ylabel="cumulative downloads", ylim=(0, None))
    axes.legend(loc="upper left")
    style.count_axis(axes.yaxis, logarithmic=False)
    page.savefig(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run", metavar="RUN.nc")
    parser.add_argument("published", type=pathlib.Path, metavar="DATA")
    parser.add_argument("--model", default="deepseek-ai/DeepSeek-R1", metavar="NAME")
    parser.add_argument("--picture", metavar="FILE", help="also draw both curves")
    arguments = parser.parse_args()
    release, counts = read_published(arguments.published, arguments.model)
    run = Run(arguments.run)
    if run.step != "day" or arguments.model not in run.names:
        sys.exit(f"{arguments.run}: no daily series of {arguments.model}")
    ours = run.observed[run.names.index(arguments.model)]
    position = {int(a): i for i, a in enumerate(run.age)}
    rows = []
    for day, value in sorted(counts.items()):
        age = (day - release).days
        if age in position and numpy.isfinite(ours[position[age]]):
            rows.append((age, value, ours[position[age]]))
    age, published, repaired = (numpy.array(c) for c in zip(*rows))
    check = recovered(release, counts)
    raised = numpy.maximum.accumulate([check.get(int(a), 0.0) for a in age])
    falls = sum(b < a for a, b in zip(list(check.values()), list(check.values())[1:]))
    print(f"{arguments.model}, released {release}, {len(age)} days")
    print(f"{'age':>5} {'published':>14} {'repaired':>14} {'ratio':>7}")
    for a, p, r in rows:
        if a % STEP == 0 or a == age[-1]:
            print(f"{a:>5} {number(p):>14} {number(r):>14} {p / r if r > 0 else numpy.nan:>7.1f}")
    print(f"the recovered downloads fell on {falls} of {len(check)} days; largest difference of the run "
          f"from an independent recovery: {number(numpy.abs(repaired - raised).max())}")
    if arguments.picture:
        draw(arguments.picture, arguments.model, age, published, repaired)
    return 0


if __name__ == "__main__":
    sys.exit(main())
