#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bounded least squares by scipy, for the constants of test_trust_region_reflective.c.

    /usr/bin/python3 tests/reference/reflective.py
"""
import numpy
import scipy
from scipy.optimize import least_squares
from scipy.special import erf

KOWALIK_Y = numpy.array([0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323,
                         0.0235, 0.0246])
KOWALIK_U = numpy.array([4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625])
SERIES = numpy.array([0, 7, 9, 14, 18, 23, 43, 70, 73, 76, 80, 88, 100, 118, 122, 136.0])


def kowalik_osborne(x):
    u = KOWALIK_U
    return KOWALIK_Y - x[0] * (u**2 + u * x[1]) / (u**2 + u * x[2] + x[3])


def growth(x):
    with numpy.errstate(divide="ignore"):
        z = (numpy.log(numpy.arange(16) / 12) - x[1]) / x[2]
    return numpy.exp(x[0] * 0.5 * (1 + erf(z / numpy.sqrt(2)))) - 1 - SERIES


def main():
    print("scipy", scipy.__version__)
    tight = dict(ftol=1e-15, xtol=1e-15, gtol=1e-15, max_nfev=10000)
    for name, function, start, bounds in (
            ("Kowalik-Osborne, x1 <= 0.19, x2 >= 0.2", kowalik_osborne, [0.15, 0.39, 0.415, 0.39],
             ([0, 0.2, 0, 0], [0.19, 1, 1, 1])),
            ("Kowalik-Osborne, x3 <= 0.1", kowalik_osborne, [0.15, 0.39, 0.05, 0.39],
             ([0, 0, 0, 0], [1, 1, 0.1, 1])),
            ("growth curve, all positive", growth, [0.5, 2.0, 0.5], (0, numpy.inf))):
        result = least_squares(function, start, bounds=bounds, **tight)
        print(name, [repr(float(v)) for v in result.x], repr(float(result.cost)))


main()
