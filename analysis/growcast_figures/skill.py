# SPDX-License-Identifier: GPL-3.0-or-later
"""Skill and calibration of forecasts from past origins, which the paper does not show."""
import numpy

from . import style
from .backtest import BASELINE, ratio_interval
from .dataset import Missing
from .labels import label_ends


def by_horizon(past):
    if BASELINE not in past.used():
        raise Missing(f"{past.path.name} has no forecasts by {BASELINE}")
    page, (absolute, relative) = style.figure(3.9, "Backtest: forecast error by horizon", 1, 2)
    methods = past.used()
    names = {absolute: [], relative: []}
    for place, method in enumerate(methods):
        colour = style.GREY if method == BASELINE else style.CYCLE[place % len(style.CYCLE)]
        line = "-" if place < len(style.CYCLE) else "--"
        error, ratio, low, high = errors(past, method).T
        horizons = past["horizon"]
        front = {"zorder": 3 - place / len(methods)}  # the first of the list is in front
        absolute.plot(horizons, error, line, color=colour, marker="o", ms=3, **front)
        shift = 1 + 0.015 * (place - len(methods) / 2)
        relative.errorbar(horizons * shift, ratio, (ratio - low, high - ratio), color=colour, lw=1,
                          ls=line, marker="o", ms=3, elinewidth=1, **front)
        for panel, values in ((absolute, error), (relative, ratio)):
            if numpy.isfinite(values).any():
                end = numpy.flatnonzero(numpy.isfinite(values))[-1]
                names[panel].append((horizons[end], values[end], method.replace("_", " "), colour))
    for panel, title, text in (
            (absolute, "error (lower is better)", "mean |ln(1 + forecast) \u2212 ln(1 + truth)|"),
            (relative, f"relative to {BASELINE}", f"error / error of {BASELINE}")):
        axes(panel, past)
        panel.set_title(title)
        panel.set_ylabel(text)
        label_ends(panel, names[panel])
    return style.caption(page, f"{past.summary()}; priors and the choice of series know only what "
                         "was known at the origin", f"{BASELINE}: the mean of the last three "
                         "increments goes on. Bars: 95% over resampled models", past.source(),
                         past.identity())


def errors(past, method):
    """Rows (mean error, its ratio to the baseline's, 95% interval of the ratio) by horizon."""
    rows = []
    for h in range(len(past["horizon"])):
        own, base, model = past.paired(method, past.horizon_index == h)
        error = own.mean() if len(own) else numpy.nan
        rows.append((error, *ratio_interval(own, base, model)))
    return numpy.array(rows)


def axes(panel, past):
    horizons = past["horizon"]
    style.plain_log_axis(panel.yaxis)
    low, high = panel.get_ylim()
    if high < 4 * low:  # Ratios around 1.
        panel.yaxis.set_minor_locator(style.ticker.LogLocator(subs=(1.2, 1.5, *range(2, 10))))
    panel.set_xscale("log")
    panel.set_xticks(horizons, [f"{h:g}" for h in horizons])
    panel.xaxis.set_minor_locator(style.ticker.NullLocator())
    panel.set_xlim(horizons[0] * 0.9, horizons[-1] * 1.1)
    panel.set_xlabel(f"horizon ({past.horizon_unit()}s)")
    panel.grid(axis="y", which="both", color="#eeeeee", lw=0.5)


def calibration(past):
    past.require("forecast_pit_lower", "forecast_pit_upper", "quantile")
    distributed = [m for m in past.used() if past.shares_below(past.of(m))[1] > 0]
    if not distributed:
        raise Missing(f"{past.path.name} has no forecasts with quantiles")
    page, (methods, horizons) = style.figure(3.7, "Backtest: calibration of the forecasts", 1, 2)
    for place, method in reversed(list(enumerate(distributed))):
        curve(methods, past, past.of(method), style.CYCLE[place % len(style.CYCLE)],
              method.replace("_", " "))
    methods.set_title("by method")
    colours = style.SEQUENCE(numpy.linspace(0, 1, len(past["horizon"])))
    for h, (horizon, colour) in enumerate(zip(past["horizon"], colours)):
        where = past.of(distributed[0]) & (past.horizon_index == h)
        curve(horizons, past, where, colour, style.plural(horizon, past.horizon_unit()))
    horizons.set_title(f"{distributed[0]}, by horizon")
    for panel in (methods, horizons):
        panel.plot((0, 1), (0, 1), color=style.LIGHT, lw=1, zorder=0)
        panel.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="probability of the quantile",
                  ylabel="share of truths below")
        panel.legend(loc="lower right", handlelength=1.2, fontsize=6.5,
                     title="held by 80% intervals", title_fontsize=6.5)
    return style.caption(page, "On the diagonal, a forecast's probabilities are right; above it, "
                         "forecasts are too high. Truths equal to a quantile count "
                         "in part (mean of the randomised probability integral transform)",
                         past.summary(), past.source(), past.identity())


def curve(panel, past, where, colour, label):
    """Shares of truths below the quantiles, and how many the 80% interval holds."""
    share, count = past.shares_below(where)
    if count == 0:
        return
    inside = share[past.quantile_index(0.9)] - share[past.quantile_index(0.1)]
    panel.plot(past["quantile"], share, marker="o", ms=3, color=colour, clip_on=False,
               label=f"{label}: {inside:.0%}")
