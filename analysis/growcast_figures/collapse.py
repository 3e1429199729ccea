# SPDX-License-Identifier: GPL-3.0-or-later
"""The universal collapse: every series on one curve when its own parameters are taken out."""
import matplotlib
import numpy

from . import style
from .dataset import Missing, number
from .growth import normal_distribution

LOWEST = 10  # last counts below this are mostly noise
REACH = 4.0  # standard deviations shown


def universal(run):
    chosen = numpy.flatnonzero(run.identified & (run.final >= LOWEST))
    if len(chosen) == 0:
        raise Missing(f"{run.path.name} has no determined fit with a count of {LOWEST} or more")
    x, y = rescaled(run, chosen)
    page, (cloud, rest) = style.figure(3.7, "Universal collapse", 1, 2, (1.5, 1), sharex=True)
    draw_cloud(page, cloud, x, y)
    draw_residuals(rest, x, y)
    unit = {"month": "monthly", "day": "daily"}[run.step]
    beyond = (numpy.abs(x) > REACH).mean()
    return style.caption(
        page, f"{number(len(x))} {unit} observations of the {number(len(chosen))} models with "
        f"determined parameters and a last count of {LOWEST} or more, each with the three "
        f"parameters fitted to it; {beyond:.0%} lie beyond the axis",
        "Right: deviation from the normal distribution, median and 10% to 90%", run.source(),
        run.identity())


def rescaled(run, chosen):
    """(ln t - mu) / sigma and ln(1 + c/m) / lambda of all observations of the chosen models."""
    x, y = [], []
    for model in chosen:
        fitness, immediacy, longevity = run.parameters(model)
        age, count = run.counts(model)
        seen = numpy.isfinite(count) & (age > 0)
        x.append((numpy.log(age[seen] * run.unit_of_step) - immediacy) / longevity)
        y.append(numpy.log1p(count[seen] / run.scale) / fitness)
    return numpy.concatenate(x), numpy.concatenate(y)


def draw_cloud(page, axes, x, y):
    grid = numpy.linspace(-REACH, REACH, 200)
    bins = axes.hexbin(x, y, gridsize=(70, 36), extent=(-REACH, REACH, -0.05, 1.4), mincnt=1,
                       norm=matplotlib.colors.LogNorm(), cmap="Blues", linewidths=0.1)
    axes.plot(grid, normal_distribution(grid), color=style.ORANGE, lw=1.6)
    axes.annotate("\u03a6", (0.9, float(normal_distribution(0.9))), (1.3, 0.66), fontsize=11,
                  color=style.ORANGE)
    axes.set(xlim=(-REACH, REACH), ylim=(-0.03, 1.25), xlabel="(ln t \u2212 \u03bc) / \u03c3",
             ylabel="ln(1 + c/m) / \u03bb")
    axes.set_title("all observations on one curve")
    page.colorbar(bins, ax=axes, pad=0.01, label="observations", format="%g")


def draw_residuals(axes, x, y):
    """Quantiles of the deviation from Phi in bins of the axis that have 10 observations."""
    centres, rows = [], []
    edges = numpy.arange(-REACH, REACH + 0.01, 0.4)
    for left, right in zip(edges[:-1], edges[1:]):
        inside = (x >= left) & (x < right)
        if inside.sum() >= 10:
            rest = y[inside] - normal_distribution(x[inside])
            rows.append(numpy.percentile(rest, (10, 50, 90)))
            centres.append((left + right) / 2)
    low, middle, high = numpy.array(rows).reshape(-1, 3).T
    axes.axhline(0, color=style.ORANGE, lw=1)
    axes.fill_between(centres, low, high, color=style.BLUE, alpha=0.2, lw=0)
    axes.plot(centres, middle, color=style.BLUE, marker=".", ms=4)
    reach = 1.3 * max(0.08, *numpy.abs([*low, *high]))
    axes.set(ylim=(-reach, reach), xlabel="(ln t \u2212 \u03bc) / \u03c3",
             ylabel="ln(1 + c/m) / \u03bb \u2212 \u03a6")
    axes.set_title("deviation")
