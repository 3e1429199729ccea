#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares a backtest of the fine-tune counts with what the method is asked to reach.

check_forecast.py FILE: FILE has the origins -15, -12, -9, -6 and -3 months and all methods; prints
every limit with what was measured; the exit code is 1 when one is missed. The limits stand for the
authors' whole data; a part of the series can miss one by chance (see the interval of the ratio).
Needs netCDF4 and numpy.
"""

import sys

import netCDF4
import numpy

RATIO_TO_DRIFT3 = {-12: 0.90, -9: 0.87, -6: 0.80}
COVERAGE = ((0.5, 0.46, 0.56), (0.8, 0.76, 0.85), (0.95, 0.93, 0.97))


class Limits:
    """The measured values of one file and the limits they are held against."""

    def __init__(self, path):
        data = netCDF4.Dataset(path)
        self.data = data
        self.method = list(data["method_name"][:])
        self.origin = [int(origin) for origin in data["origin"][:]]
        self.missed = 0

    def value(self, variable, origin, method):
        row = self.data[variable][self.origin.index(origin), self.method.index(method)]
        return numpy.ma.filled(numpy.ma.asarray(row, dtype="f8"), numpy.nan)

    def check(self, what, measured, low, high, note=""):
        good = low <= measured <= high
        self.missed += not good
        bound = f"<= {high:g}" if low == -numpy.inf else \
            f">= {low:g}" if high == numpy.inf else f"{low:g} to {high:g}"
        print(f"{'reached' if good else 'MISSED '}  {what}: {measured:.4f}, asked {bound}{note}")

    def ratios(self, origin):
        own = float(self.value("mean_absolute_log_error_all_horizons", origin, "hierarchical"))
        at = f"{origin} months"
        low = float(self.value("error_ratio_lower_all_horizons", origin, "hierarchical"))
        high = float(self.value("error_ratio_upper_all_horizons", origin, "hierarchical"))
        if origin in RATIO_TO_DRIFT3:
            ratio = float(self.value("error_ratio_all_horizons", origin, "hierarchical"))
            self.check(f"{at}: error to drift3's", ratio, -numpy.inf, RATIO_TO_DRIFT3[origin],
                       f" (95% interval {low:.3f} to {high:.3f})")
            win = float(self.value("win_rate_all_horizons", origin, "hierarchical"))
            self.check(f"{at}: win rate over drift3", win, 0.58, numpy.inf)
        for other, limit in (("theta", 1), ("webapp", 0.66), ("paper", 0.25)):
            if other == "theta" or origin == -12:
                theirs = float(self.value("mean_absolute_log_error_all_horizons", origin, other))
                self.check(f"{at}: error to {other}'s", own / theirs, -numpy.inf, limit)
        by_horizon = self.value("error_ratio", origin, "hierarchical")
        self.check(f"{at}: largest ratio to drift3 of a horizon", numpy.nanmax(by_horizon),
                   -numpy.inf, 1)

    def distributions(self, origin):
        at = f"{origin} months"
        score = [float(self.value("weighted_interval_score_all_horizons", origin, method))
                 for method in ("hierarchical", "constant_rate")]
        self.check(f"{at}: interval score to constant_rate's", score[0] / score[1], -numpy.inf, 1)
        coverage = self.value("interval_coverage_all_horizons", origin, "hierarchical")
        for found, (level, low, high) in zip(coverage, COVERAGE):
            self.check(f"{at}: coverage of the {100 * level:g}% interval", found, low, high)


def main():
    limits = Limits(sys.argv[1])
    for origin in limits.origin:
        limits.ratios(origin)
        limits.distributions(origin)
    print(f"{limits.missed} missed")
    return 1 if limits.missed else 0


if __name__ == "__main__":
    sys.exit(main())
