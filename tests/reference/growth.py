#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reference values of the growth curve and the normal distribution at 50 digits.

    /usr/bin/python3 tests/reference/growth.py

writes growth.csv (parameters, m, t, c, its three derivatives, ln c) and normal.csv (z, Phi(z),
ln Phi(z)) beside itself. Arguments are doubles, used exactly; values have 20 digits.
"""
import itertools
import pathlib
import random

from mpmath import erfc, exp, expm1, log, log1p, mp, mpf, pi, sqrt

mp.dps = 50
FOLDER = pathlib.Path(__file__).resolve().parent


def log_distribution(z):
    """ln Phi(z); below -1e4 by four terms of Mills' asymptotic series (exact to 1e-40)."""
    if z > 0:
        return log1p(-erfc(z / sqrt(2)) / 2)
    if z > -10000:
        return log(erfc(-z / sqrt(2)) / 2)
    u = 1 / z**2
    return -(z**2) / 2 - log(-z * sqrt(2 * pi)) + log(1 - u + 3 * u**2 - 15 * u**3 + 105 * u**4)


def curve(fitness, immediacy, longevity, scale, t):
    fitness, immediacy, longevity, scale = map(mpf, (fitness, immediacy, longevity, scale))
    z = (log(mpf(t)) - immediacy) / longevity
    distribution = exp(log_distribution(z))
    density = exp(-(z**2) / 2) / sqrt(2 * pi)
    height = scale * exp(fitness * distribution)
    count = scale * expm1(fitness * distribution)
    by_immediacy = -height * fitness * density / longevity
    return count, height * distribution, by_immediacy, z * by_immediacy, log(count)


def curve_cases():
    yield from itertools.product(
        (1e-6, 0.3, 2.5, 9.3, 21.0), (-3.2, 0.0, 2.1, 6.5), (0.05, 0.4, 1.7, 30.0), (1.0, 30.0),
        (1 / 12, 1.0, 7.0, 35.0))
    # Ridges: a large fitness whose lower tail alone is seen.
    yield from itertools.product((1e2, 1e4, 1e6), (9.0, 40.0), (1.0, 4.0), (1.0, 100.0), (0.5, 3.0, 30.0))
    # Near the impact time, where ln t - mu cancels.
    for t in (3.0, 19.0, 1095.0):
        immediacy = float(log(mpf(t)))
        yield from itertools.product((0.7, 8.0), (immediacy,), (0.6,), (30.0,), (t * 0.999, t * 1.0001))
    generator = random.Random(20250218)
    for _ in range(300):
        yield (10 ** generator.uniform(-4, 6), generator.uniform(-5, 15),
               10 ** generator.uniform(-1.5, 1.5), 10 ** generator.uniform(0, 2),
               10 ** generator.uniform(-1, 3.5))


def main():
    with open(FOLDER / "growth.csv", "w", encoding="ascii") as file:
        for case in curve_cases():
            values = curve(*case)
            if not mpf("1e-290") < values[0] < mpf("1e300"):
                continue
            if any(0 < abs(v) < mpf("1e-290") for v in values) or abs(values[3]) > mpf("1e300"):
                continue
            file.write(",".join([*map(repr, case), *(mp.nstr(v, 20) for v in values)]) + "\n")
    with open(FOLDER / "normal.csv", "w", encoding="ascii") as file:
        tail = [-1.5 * 10.0**e for e in range(3, 151, 7)] + [-1e4, -1e3, -200.5, -60.0, -39.25]
        body = [-38.5 + 0.7 * k for k in range(120)] + [-37.5, -37.000001, -36.999999, -1e-9, 1e-9]
        for z in sorted(tail + body):
            logarithm = log_distribution(mpf(z))
            if abs(logarithm) < mpf("1e-290"):
                continue  # subnormal as double
            value = erfc(-mpf(z) / sqrt(2)) / 2 if z > -1e4 else mpf(0)
            file.write(f"{z!r},{mp.nstr(value, 20)},{mp.nstr(logarithm, 20)}\n")


main()
