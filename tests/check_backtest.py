#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recomputes every summary of a backtest from its single forecasts, sharing no code with growcast.

check_backtest.py FILE [SERIES.csv]: prints every disagreement; the exit code is 1 when there is
one. With the series (wide by age, cumulative) last counts, truths and the forecasts of the simple
methods are checked against them as well. Needs netCDF4 and numpy.
"""

import csv
import sys

import netCDF4
import numpy as np

MONTH_DAYS = 30.4375
LEVELS = (0.5, 0.8, 0.95)


class Checker:
    """One file, its single forecasts, and what is wrong with it."""

    def __init__(self, path):
        self.problems = []
        self.compared = 0
        with netCDF4.Dataset(path) as data:
            self.step = 1.0 if data.age_unit == "month" else 1 / MONTH_DAYS
            self.by_age = "origin_kind = age" in data.configuration
            self.data = {
                name: variable[:] if variable.dtype is str
                else np.ma.filled(variable[:].astype("f8"), np.nan)
                for name, variable in data.variables.items()
            }
        self.single = {
            name[len("forecast_"):]: value for name, value in self.data.items()
            if name.startswith("forecast_") and name.split("_")[1] != "count"
        }

    def expect(self, condition, message):
        if not condition:
            self.problems.append(message)

    def compare(self, found, expected, what, tolerance=1e-12):
        self.compared += 1
        same = (np.isnan(found) and np.isnan(expected)) or \
            abs(found - expected) <= tolerance * max(1, abs(expected))
        self.expect(same, f"{what}: {found!r}, recomputed {expected!r}")

    def summaries(self, chosen, baseline):
        """The metrics of paired forecasts, by variable name."""
        s = self.single
        value, truth = s["value"][chosen], s["truth"][chosen]
        error = abs(np.log1p(value) - np.log1p(truth))
        other = abs(np.log1p(s["value"][baseline]) - np.log1p(s["truth"][baseline]))
        scale = np.maximum(s["mean_increment"][chosen], 0.5)
        positive = truth > 0
        low, high = s["pit_lower"][chosen], s["pit_upper"][chosen]
        known = ~np.isnan(low)
        result = {
            "forecast_count": len(value),
            "mean_absolute_log_error": error.mean() if len(value) else np.nan,
            "error_ratio": error.sum() / other.sum() if other.sum() > 0 else np.nan,
            "win_rate": np.where(abs(error - other) <= 1e-9, 0.5, error < other).mean()
            if len(value) else np.nan,
            "median_absolute_percentage_error":
                np.median(abs(value - truth)[positive] / truth[positive])
                if positive.any() else np.nan,
            "percentage_count": positive.sum(),
            "scaled_error": np.minimum(abs(value - truth) / scale, 50).mean()
            if len(value) else np.nan,
            "distribution_count": known.sum(),
            "interval_coverage": [
                self.inside(low[known], high[known], level).mean() if known.any() else np.nan
                for level in LEVELS],
            "weighted_interval_score":
                self.interval_score(s["quantile"][chosen][known], truth[known]),
        }
        return result

    @staticmethod
    def inside(low, high, level):
        """The probability that a uniform number between low and high is within level/2 of 1/2."""
        start, end = (1 - level) / 2, (1 + level) / 2
        tie = high > low
        part = (np.clip(end, low, high) - np.clip(start, low, high)) / np.where(tie, high - low, 1)
        return np.where(tie, part, (start <= low) & (low <= end))

    @staticmethod
    def interval_score(quantile, truth):
        if len(truth) == 0:
            return np.nan
        y, q = np.log1p(truth), np.log1p(quantile)
        score = abs(y - q[:, 3]) / 2
        for k, alpha in enumerate((0.05, 0.2, 0.5)):
            low, high = q[:, k], q[:, 6 - k]
            miss = np.maximum(low - y, 0) + np.maximum(y - high, 0)
            score += alpha / 2 * (high - low + 2 / alpha * miss)
        return (score / 3.5).mean()

    def check_view(self, suffix, cells):
        """cells: (index of the summary, selection of forecasts of all methods)."""
        names = list(self.data["method_name"])
        drift3 = names.index("drift3")
        for index, selection in cells:
            baseline = selection & (self.single["method"] == drift3)
            for m, name in enumerate(names):
                chosen = selection & (self.single["method"] == m)
                where = (index[0], m) + index[1:]
                result = self.summaries(chosen, baseline)
                for metric, expected in result.items():
                    found = self.data[metric + suffix][where]
                    for a, b in zip(np.atleast_1d(found), np.atleast_1d(expected)):
                        self.compare(a, b, f"{metric}{suffix} of {name} at {where}")
                ratio = self.data["error_ratio" + suffix][where]
                low = self.data["error_ratio_lower" + suffix][where]
                high = self.data["error_ratio_upper" + suffix][where]
                if chosen.sum() > 20:
                    self.expect(low <= ratio <= high, f"interval of the ratio of {name} at {where}")

    def check_summaries(self):
        s, origins = self.single, self.data["origin"]
        months = s["known_increments"] * self.step
        length = np.where(months < 6, 0, np.where(months < 12, 1, 2))
        at = [s["origin"] == origin for origin in origins]
        self.check_view("", [((o, h), at[o] & (s["horizon"] == horizon))
                             for o in range(len(origins))
                             for h, horizon in enumerate(self.data["horizon"])])
        self.check_view("_all_horizons", [((o,), at[o]) for o in range(len(origins))])
        self.check_view("_by_length", [((o, i), at[o] & (length == i))
                                       for o in range(len(origins)) for i in range(3)])

    def check_order(self):
        s = self.single
        known = ~np.isnan(s["pit"])
        self.expect(np.all(s["pit_lower"][known] <= s["pit"][known]) and
                    np.all(s["pit"][known] <= s["pit_upper"][known]), "a transform out of range")
        keys = np.stack([s["origin"], s["model"], s["method"], s["horizon"]], axis=1)
        self.expect(np.all(np.diff(self.data["origin"]) > 0), "origins do not increase")
        rows = [tuple(row) for row in keys]
        self.expect(rows == sorted(set(rows)), "forecasts are not in order, or twice there")
        self.expect(np.array_equal(s["quantile"][:, 3], s["value"]) or
                    np.array_equal(s["quantile"][~np.isnan(s["pit"])][:, 3],
                                   s["value"][~np.isnan(s["pit"])]), "a value is not the median")
        self.expect(np.all(np.diff(s["quantile"][~np.isnan(s["pit"])], axis=1) >= 0),
                    "quantiles that fall")

    def check_auto(self):
        names = list(self.data["method_name"])
        if "auto" not in names:
            return
        s = self.single
        error = abs(np.log1p(s["value"]) - np.log1p(s["truth"]))
        candidates = [names.index(name) for name in
                      ("hierarchical", "least_squares", "drift3", "drift1") if name in names]
        for o, origin in enumerate(self.data["origin"]):
            known = (s["origin"] < origin) & (s["origin"] + s["horizon"] <= origin)
            evidence = {m: error[known & (s["method"] == m)] for m in candidates}
            choice = int(self.data["auto_choice"][o])
            self.compare(self.data["auto_evidence_count"][o], len(evidence[candidates[0]]),
                         f"auto_evidence_count at {origin}")
            for m in range(len(names)):
                mean = evidence[m].mean() if m in evidence and len(evidence[m]) else np.nan
                self.compare(self.data["auto_evidence_error"][o, m], mean,
                             f"auto_evidence_error at {origin}")
            if len(evidence[candidates[0]]):
                least = min(evidence[m].mean() for m in candidates)
                self.expect(evidence[choice].mean() <= least * (1 + 1e-12),
                            f"auto at {origin} did not choose the best")
            here = s["origin"] == origin
            self.expect(np.array_equal(s["value"][here & (s["method"] == names.index("auto"))],
                                       s["value"][here & (s["method"] == choice)]),
                        f"auto at {origin} does not repeat its choice")

    def check_series(self, path):
        """Last counts, truths, selection and the simple methods from the series themselves."""
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        ages = [name for name in rows[0] if name.endswith(("-month", "-day"))]
        series = {row["model"]: np.array([float(row[age]) for age in ages if row[age] != ""])
                  for row in rows}
        names = list(self.data["method_name"])
        s = self.single
        seen = set()
        for i in range(len(s["model"])):
            counts = series[self.data["model_name"][int(s["model"][i])]]
            origin, ahead = int(s["origin"][i]), int(s["horizon"][i])
            end = origin if self.by_age else len(counts) - 1 + origin
            known = counts[: end + 1]
            seen.add((self.data["model_name"][int(s["model"][i])], origin, ahead))
            self.compare(s["last_count"][i], known[-1], "forecast_last_count")
            self.compare(s["truth"][i], counts[end + ahead], "forecast_truth")
            self.compare(s["known_increments"][i], end, "forecast_known_increments")
            self.compare(s["mean_increment"][i], abs(np.diff(known)).mean(), "mean_increment")
            flow3 = np.diff(known)[-3:].mean()
            simple = {
                "last_value": known[-1],
                "drift1": known[-1] + ahead * np.diff(known)[-1],
                "drift3": known[-1] + ahead * flow3,
                "damped_drift": known[-1] + flow3 * sum(0.9 ** j for j in range(1, ahead + 1)),
                "theta": known[-1] + ahead * np.polyfit(np.arange(end + 1), known, 1)[0] / 2,
            }
            name = names[int(s["method"][i])]
            if name in simple and self.step == 1:
                self.compare(s["value"][i], simple[name], f"forecast_value of {name}", 1e-9)
        expected = {
            (name, int(origin), int(ahead))
            for name, counts in series.items() for origin in self.data["origin"]
            for ahead in self.data["horizon"]
            for end in [int(origin) if self.by_age else len(counts) - 1 + int(origin)]
            if end >= 3 and end + ahead < len(counts) and counts[end] >= 5}
        self.expect(seen == expected, f"{len(seen ^ expected)} targets too many or missing")


def main():
    checker = Checker(sys.argv[1])
    checker.check_order()
    checker.check_summaries()
    checker.check_auto()
    if len(sys.argv) > 2:
        checker.check_series(sys.argv[2])
    for problem in checker.problems[:40]:
        print(problem)
    print(f"{checker.compared} values compared, {len(checker.problems)} problems")
    return 1 if checker.problems else 0


if __name__ == "__main__":
    sys.exit(main())
