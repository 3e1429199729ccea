# SPDX-License-Identifier: GPL-3.0-or-later
"""The single forecasts of a backtest's file, and what is computed from them."""
import numpy

from .dataset import Dataset, number

BASELINE = "drift3"
RESAMPLES = 400
SHOWN = ("hierarchical", "auto", "constant_rate", "theta", "drift3", "last_value", "least_squares",
         "webapp", "paper")


class Backtest(Dataset):
    """The single forecasts of a backtest as arrays over forecasts."""

    kind = "backtest"

    def __init__(self, path):
        super().__init__(path)
        self.require("forecast_model", "forecast_origin", "forecast_method", "forecast_horizon",
                     "forecast_value", "forecast_truth")
        self.methods = self.text("method_name")
        self.method = self["forecast_method"].astype(int)
        self.target = self["forecast_model"].astype(int)
        self.origin_index = position(self["forecast_origin"], self["origin"])
        self.horizon_index = position(self["forecast_horizon"], self["horizon"])
        self.value, self.truth = self["forecast_value"], self["forecast_truth"]
        with numpy.errstate(invalid="ignore"):
            self.error = numpy.abs(numpy.log1p(self.value) - numpy.log1p(self.truth))

    def of(self, method):
        """Where a forecast is by the method of that name."""
        return self.method == self.methods.index(method)

    def used(self):
        """The methods that figures show."""
        present = set(numpy.unique(self.method))
        names = [m for m in SHOWN if m in self.methods and self.methods.index(m) in present]
        return names or [self.methods[k] for k in sorted(present)]

    def summary(self):
        return (f"{number(len(numpy.unique(self.target)))} models, {len(self['origin'])} origins, "
                f"{number(self.of(self.used()[0]).sum())} forecasts a method")

    def paired(self, method, where):
        """(errors of the method, of the baseline, model) of the targets selected by `where`."""
        keys = (self.origin_index * 10_000_000 + self.target) * 100 + self.horizon_index
        known = where & numpy.isfinite(self.error)
        mine = numpy.flatnonzero(self.of(method) & known)
        base = numpy.flatnonzero(self.of(BASELINE) & known)
        _, left, right = numpy.intersect1d(keys[mine], keys[base], return_indices=True)
        return self.error[mine[left]], self.error[base[right]], self.target[mine[left]]

    def shares_below(self, where):
        """(share of truths below each quantile, how many). A truth equal to a quantile of integers
        counts in part: the mean of the randomised probability integral transform."""
        low, high = (self[f"forecast_pit_{end}"][where] for end in ("lower", "upper"))
        known = numpy.isfinite(low)
        low, width = low[known], numpy.maximum((high - low)[known], 1e-9)
        share = [numpy.clip((p - low) / width, 0, 1).mean() for p in self["quantile"] if len(low)]
        return share, len(low)


def position(values, coordinate):
    """Where each value stands in a coordinate."""
    return numpy.argmin(numpy.abs(values[:, None] - coordinate[None, :]), axis=1)


def ratio_interval(own, base, model):
    """Ratio of mean errors, with 95% over resampled models: forecasts of one model fail together."""
    if len(own) == 0 or base.sum() == 0:
        return numpy.nan, numpy.nan, numpy.nan
    _, cluster = numpy.unique(model, return_inverse=True)
    sums = numpy.stack([numpy.bincount(cluster, v) for v in (own, base)])
    generator = numpy.random.default_rng(1)
    weight = generator.multinomial(sums.shape[1], numpy.full(sums.shape[1], 1 / sums.shape[1]),
                                   RESAMPLES)
    totals = weight @ sums.T
    with numpy.errstate(invalid="ignore", divide="ignore"):
        ratios = totals[:, 0] / totals[:, 1]
    low, high = numpy.nanpercentile(ratios, (2.5, 97.5))
    return own.sum() / base.sum(), low, high
