#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reference values of the negative binomial at 60 digits: writes likelihood.csv beside itself.

    /usr/bin/python3 tests/reference/likelihood.py

Columns: d, M, r (inf: Poisson), ln p, its derivatives by M, by alpha = 1/r, by (M, M), (M, alpha)
and (alpha, alpha). Derivatives by alpha are those of the textbook formula, at r = infinity its
limits by expansion in alpha.
"""
import itertools
import pathlib

from mpmath import inf, log, loggamma, mp, mpf, psi

mp.dps = 60


def poisson(d, mean):
    value = d * log(mean) - mean - loggamma(d + 1)
    by_alpha = ((d - mean) ** 2 - d) / 2
    twice = -d * (d - 1) * (2 * d - 1) / 6 + d * mean**2 - 2 * mean**3 / 3
    return value, d / mean - 1, by_alpha, -d / mean**2, mean - d, twice


def negative_binomial(d, mean, r):
    total = r + mean
    value = (loggamma(d + r) - loggamma(r) - loggamma(d + 1) + r * log(r / total)
             + d * log(mean / total))
    by_mean = d / mean - (d + r) / total
    by_r = psi(0, d + r) - psi(0, r) + log(r / total) + 1 - (d + r) / total
    twice_r = psi(1, d + r) - psi(1, r) + 1 / r - 2 / total + (d + r) / total**2
    by_mean_r = -1 / total + (d + r) / total**2
    return (value, by_mean, -r**2 * by_r, -d / mean**2 + (d + r) / total**2, -r**2 * by_mean_r,
            r**4 * twice_r + 2 * r**3 * by_r)


def main():
    increments = (0, 1, 2, 7.25, 40, 1234, 24502, 1e6, 3e9, 2.0**53)
    means = (1e-9, 0.3, 5.0, 1230.0, 1e6 + 0.5, 2.9e9)
    dispersions = (1e-3, 0.25, 1.3, 30.0, 41.0, 1e4, 1e9, 1e14, 1e300, inf)
    path = pathlib.Path(__file__).resolve().parent / "likelihood.csv"
    with open(path, "w", encoding="ascii") as file:
        for d, mean, r in itertools.product(increments, means, dispersions):
            # The differences of the textbook formula lose up to 4 log10(r) digits.
            mp.dps = 60 if r == inf else 60 + 5 * max(0, int(log(r, 10)))
            values = (poisson(mpf(d), mpf(mean)) if r == inf
                      else negative_binomial(mpf(d), mpf(mean), mpf(r)))
            file.write(",".join([repr(float(x)) for x in (d, mean, r)]
                                + [mp.nstr(v, 20) for v in values]) + "\n")


main()
