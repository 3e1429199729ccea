#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the parts of analysis/calibration.py whose answers are known. TAP."""
import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "analysis"))

import numpy as np

import calibration
from tap import check, finish

P = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
values = np.array([[1.0, 2, 3, 4, 5]])


def share(quantiles, truth, level):
    return float(calibration.inside(P, np.array([quantiles], float), np.array([float(truth)]),
                                    level)[0])


check(share(values[0], 2.5, 0.8) == 1 and share(values[0], 2.5, 0.5) == 1,
      "a truth between inner quantiles is within")
check(share(values[0], 1.5, 0.8) == 1 and share(values[0], 1.5, 0.5) == 0,
      "one between the outer ones is within the wider interval only")
check(share(values[0], 0.5, 0.8) < 1e-12 and share(values[0], 9, 0.8) < 1e-12,
      "one beyond all is outside")
check(math.isclose(share(values[0], 2, 0.5), 0.125 / 0.2),
      "a count on a quantile is within with the part of its probability")
check(math.isclose(share([3] * 5, 3, 0.8), 0.8 / 0.9),
      "a count that is nearly certain is within with about the level")
check(math.isnan(share([1, 2, math.nan, 4, 5], 3, 0.8)), "without quantiles there is no answer")
check(share([1, 2, 3, math.inf, math.inf], 100, 0.8) == 0.5 or
      share([1, 2, 3, math.inf, math.inf], 100, 0.8) == 1,
      "an upper end without bound holds all that is above")

generator = np.random.default_rng(1)
truth = generator.poisson(2.0, 40000)
sample = np.sort(generator.poisson(2.0, 200001))
dense = np.array([0.025, *np.arange(1, 20) / 20, 0.975])
quantiles = np.tile(np.quantile(sample, dense, method="inverted_cdf"), (len(truth), 1))
for level in calibration.LEVELS:
    held = calibration.inside(dense, quantiles, truth.astype(float), level).mean()
    check(abs(held - level) < 0.03, f"true quantiles of small counts hold {held:.3f} at {level}")

theta = np.array([[math.log(30 * math.expm1(1.0)), math.log(8), 0.0]])
check(math.isclose(calibration.curve(theta, 30.0, 8)[0, 8], 30 * math.expm1(0.5)),
      "the curve at its impact time has done half its rise in Phi")
finish()
