#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seconds a fit of scipy's curve_fit: peers.py REQUESTS STRIDE, see engine.c.

scipy_jacobian: (ln lambda, mu, ln sigma), analytic Jacobian, from the point estimate.
scipy_paper: as the paper's authors call it, bounds (0, inf) and the start (0.5, 2, 0.5), with a
numerical Jacobian; every STRIDE-th series only, since it is slow.
"""
import json
import sys
import time
import warnings

import numpy as np
from scipy.optimize import curve_fit
from scipy.special import ndtr

warnings.filterwarnings("ignore")


def requests(path):
    with open(path, encoding="utf-8") as file:
        for head in file:
            ident, count, replicates, scale, *start = (float(word) for word in head.split())
            rows = [np.array(file.readline().split(), float) for _ in range(int(replicates) + 1)]
            yield bool(ident), scale, start, rows[0], rows[1:]


def with_jacobian(scale, start, log_time, observed):
    def curve(t, fitness, immediacy, longevity):
        return scale * np.expm1(np.exp(fitness) * ndtr((t - immediacy) / np.exp(longevity)))

    def jacobian(t, fitness, immediacy, longevity):
        z = (t - immediacy) / np.exp(longevity)
        share = ndtr(z)
        slope = scale * np.exp(np.exp(fitness) * share) * np.exp(fitness)
        density = slope * np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
        return np.stack([slope * share, -density / np.exp(longevity), -density * z], axis=1)

    begin = [np.log(start[0]), start[1], np.log(start[2])]
    curve_fit(curve, log_time, observed, begin, jac=jacobian, method="lm", ftol=1e-8)


def as_the_authors(scale, log_time, observed):
    def curve(t, fitness, immediacy, longevity):
        return scale * (np.exp(fitness * ndtr((t - immediacy) / longevity)) - 1)

    curve_fit(curve, log_time, observed, (0.5, 2.0, 0.5), bounds=(0, np.inf))


def main():
    stride = int(sys.argv[2])
    seconds = {}
    for index, (ident, scale, start, ages, replicates) in enumerate(requests(sys.argv[1])):
        after_zero = ages > 0
        log_time = np.log(ages[after_zero])
        for observed in (replicate[after_zero] for replicate in replicates):
            engines = [("scipy_jacobian", lambda y=observed: with_jacobian(scale, start, log_time,
                                                                           y))]
            if index % stride == 0:
                engines.append(("scipy_paper", lambda y=observed: as_the_authors(scale, log_time,
                                                                                 y)))
            for name, fit in engines:
                begin = time.process_time()
                try:
                    fit()
                except (RuntimeError, ValueError, FloatingPointError):
                    pass
                seconds.setdefault(name, []).append((ident, time.process_time() - begin))
    print(json.dumps({
        name: {"ident_ns": 1e9 * float(np.mean([s for ident, s in times if ident])),
               "all_ns": 1e9 * float(np.mean([s for _, s in times]))}
        for name, times in seconds.items()}))


if __name__ == "__main__":
    main()
