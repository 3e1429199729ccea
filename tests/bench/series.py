#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes series for the engine benchmark: one a line, `age:count age:count ...`.

    series.py real FOLDER       fine-tune series with 8 or more points and a last count of 20 or more
    series.py simulated COUNT   negative binomial increments around growth curves, seed 1
"""
import csv
import math
import pathlib
import random
import sys

MIN_POINTS, MIN_FINAL = 8, 20


def real(folder):
    for path in sorted(pathlib.Path(folder).glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                points = [(int(name.split("-")[0]), float(value)) for name, value in row.items()
                          if name and name.endswith("-month") and value]
                if len(points) >= MIN_POINTS and points[-1][1] >= MIN_FINAL:
                    yield points


def poisson(generator, mean):
    if mean > 50:
        return max(0, round(generator.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, generator.random()
    while product > limit:
        product *= generator.random()
        count += 1
    return count


def simulated(count):
    generator = random.Random(1)
    made = 0
    while made < count:
        fitness = math.exp(generator.gauss(1.0, 0.5))
        immediacy, longevity = generator.gauss(2.2, 0.6), math.exp(generator.gauss(0.0, 0.3))
        total, points, before = 0, [(0, 0)], 0.0
        for age in range(1, generator.randint(MIN_POINTS, 30)):
            z = (math.log(age) - immediacy) / longevity
            now = 30 * math.expm1(fitness * 0.5 * math.erfc(-z / math.sqrt(2)))
            total += poisson(generator, generator.gammavariate(3.0, (now - before) / 3.0))
            before = now
            points.append((age, total))
        if len(points) >= MIN_POINTS and total >= MIN_FINAL:
            made += 1
            yield points


if __name__ == "__main__":
    source = real(sys.argv[2]) if sys.argv[1] == "real" else simulated(int(sys.argv[2]))
    for series in source:
        print(" ".join(f"{age}:{value:.17g}" for age, value in series))
