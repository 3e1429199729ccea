# SPDX-License-Identifier: GPL-3.0-or-later
"""Skill and calibration of forecasts from past origins, computed from the single forecasts of a
backtest's file."""
import numpy

from . import style
from .run import Missing, Run

BASELINE = "drift3"
RESAMPLES = 400
SHOWN = ("hierarchical", "auto", "constant_rate", "theta", "drift3", "last_value", "least_squares",
         "webapp", "paper")


def position(values, coordinate):
    """Where each value stands in a coordinate."""
    return numpy.argmin(numpy.abs(values[:, None] - coordinate[None, :]), axis=1)


class Backtest(Run):
    """The single forecasts of a backtest as arrays over forecasts."""

    def __init__(self, path):
        super().__init__(path)
        self.require("forecast_model", "forecast_origin", "forecast_method", "forecast_horizon",
                     "forecast_value", "forecast_truth")
        self.methods = [str(n) for n in self["method_name"]]
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
        present = set(numpy.unique(self.method))
        names = [m for m in SHOWN if m in self.methods and self.methods.index(m) in present]
        return names or [self.methods[k] for k in sorted(present)]

    def summary(self):
        return (f"{len(numpy.unique(self.target)):,} models, {len(self['origin'])} origins, "
                f"{self.of(self.used()[0]).sum():,} forecasts a method")

    def identity(self):
        attributes = self.attributes
        return (f"{attributes.get('source', 'growcast')}, backtest "
                f"{str(attributes.get('id', '')).removeprefix('growcast-')[:12]}, data to "
                f"{attributes.get('time_coverage_end', '?')}")


def paired(backtest, method, where):
    """(errors of the method, of the baseline, model) of the targets selected by `where`."""
    keys = (backtest.origin_index * 10_000_000 + backtest.target) * 100 + backtest.horizon_index
    mine = numpy.flatnonzero(backtest.of(method) & where & numpy.isfinite(backtest.error))
    base = numpy.flatnonzero(backtest.of(BASELINE) & where & numpy.isfinite(backtest.error))
    _, left, right = numpy.intersect1d(keys[mine], keys[base], return_indices=True)
    return (backtest.error[mine[left]], backtest.error[base[right]],
            backtest.target[mine[left]])


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


def skill(backtest):
    horizons = backtest["horizon"]
    methods = backtest.used()
    if BASELINE not in methods:
        raise Missing(f"{backtest.path.name} has no forecasts by {BASELINE}")
    unit = str(backtest.data["horizon"].attrs.get("units", "month"))
    page, (absolute, relative) = style.figure(3.8, "Backtest: forecast error by horizon", 1, 2)
    labels = {absolute: [], relative: []}
    for place, method in enumerate(methods):
        colour = style.GREY if method == BASELINE else style.CYCLE[place % len(style.CYCLE)]
        rows = []
        for h in range(len(horizons)):
            own, base, model = paired(backtest, method, backtest.horizon_index == h)
            error = own.mean() if len(own) else numpy.nan
            rows.append((error, *ratio_interval(own, base, model)))
        error, ratio, low, high = numpy.array(rows).T
        line = "--" if place >= len(style.CYCLE) else "-"
        absolute.plot(horizons, error, line, color=colour, marker="o", ms=3)
        shift = 1 + 0.012 * (place - len(methods) / 2)
        relative.errorbar(horizons * shift, ratio, (ratio - low, high - ratio), color=colour, lw=1,
                          ls=line, marker="o", ms=3, elinewidth=1)
        for panel, values in ((absolute, error), (relative, ratio)):
            if numpy.isfinite(values).any():
                end = numpy.flatnonzero(numpy.isfinite(values))[-1]
                labels[panel].append((horizons[end], values[end], method.replace("_", " "), colour))
    for panel in (absolute, relative):
        style.plain_log_axis(panel.xaxis)
        style.plain_log_axis(panel.yaxis)
        panel.set_xticks(horizons, [f"{h:g}" for h in horizons])
        panel.set_xlim(horizons[0] * 0.9, horizons[-1] * 2.2)
        panel.set_xlabel(f"horizon ({unit}s)")
        panel.grid(axis="y", which="both", color="#eeeeee", lw=0.5)
    absolute.yaxis.set_minor_formatter(style.ticker.FuncFormatter(lambda v, _: f"{v:g}"))
    relative.yaxis.set_minor_formatter(style.ticker.FuncFormatter(lambda v, _: f"{v:g}"))
    absolute.tick_params(which="minor", labelsize=6.5)
    relative.tick_params(which="minor", labelsize=6.5)
    absolute.set_ylabel("mean |ln(1 + forecast) \u2212 ln(1 + truth)|")
    relative.set_ylabel(f"error relative to {BASELINE}")
    absolute.set_title("error (lower is better)")
    relative.set_title(f"relative to {BASELINE}")
    for panel, marks in labels.items():
        style.label_ends(panel, marks)
    return style.caption(page, f"{backtest.summary()}; priors and the choice of series know only what "
                         "was known at the origin", f"{BASELINE}: the mean of the last three "
                         "increments goes on. Bars: 95% over resampled models", backtest.identity())


def transform(backtest, where):
    """Share of truths below each quantile, by the randomised probability integral transform."""
    low, high = (backtest[f"forecast_pit_{end}"][where] for end in ("lower", "upper"))
    known = numpy.isfinite(low)
    low, high = low[known], high[known]
    width = numpy.maximum(high - low, 1e-9)
    share = [float(numpy.clip((p - low) / width, 0, 1).mean()) for p in backtest["quantile"]] \
        if len(low) else []
    return share, len(low)


def calibration(backtest):
    backtest.require("forecast_pit_lower", "forecast_pit_upper", "quantile")
    probability = backtest["quantile"]
    distributed = [m for m in backtest.used() if transform(backtest, backtest.of(m))[1] > 0]
    if not distributed:
        raise Missing(f"{backtest.path.name} has no forecasts with quantiles")
    page, (by_method, by_horizon) = style.figure(3.7, "Backtest: calibration of the forecasts", 1, 2)
    for panel in (by_method, by_horizon):
        panel.plot((0, 1), (0, 1), color=style.LIGHT, lw=1, zorder=0)
        panel.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="probability of the quantile",
                  ylabel="share of truths below")
    for place, method in enumerate(distributed):
        share, count = transform(backtest, backtest.of(method))
        by_method.plot(probability, share, marker="o", ms=3, color=style.CYCLE[place],
                       label=f"{method.replace('_', ' ')} (n = {count:,})")
    by_method.set_title("by method")
    by_method.legend(loc="lower right", handlelength=1.2, fontsize=6.5)
    unit = str(backtest.data["horizon"].attrs.get("units", "month"))
    horizons = backtest["horizon"]
    colours = style.SEQUENCE(numpy.linspace(0, 1, len(horizons)))
    for h, (horizon, colour) in enumerate(zip(horizons, colours)):
        where = backtest.of(distributed[0]) & (backtest.horizon_index == h)
        share, count = transform(backtest, where)
        if count:
            low, high = (backtest.quantile_index(p) for p in (0.1, 0.9))
            inside = share[high] - share[low]
            by_horizon.plot(probability, share, marker="o", ms=3, color=colour,
                            label=f"{horizon:g} {unit}s: 80% covers {inside:.0%}")
    by_horizon.set_title(f"{distributed[0]}, by horizon")
    by_horizon.legend(loc="lower right", handlelength=1.2, fontsize=6.5)
    return style.caption(page, "On the diagonal, a forecast's probabilities are right; above it, "
                         "forecasts are too high. Truths equal to a forecast count "
                         "in part (randomised probability integral transform)",
                         backtest.summary(), backtest.identity())
