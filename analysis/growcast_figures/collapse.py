# SPDX-License-Identifier: GPL-3.0-or-later
"""The universal collapse: every series on one curve when its own parameters are taken out."""
import matplotlib
import numpy

from . import style
from .run import Missing, normal_distribution

LOWEST = 10  # last counts below this are mostly noise


def universal(run):
    chosen = numpy.flatnonzero(run.identified & (run.final >= LOWEST))
    if len(chosen) == 0:
        raise Missing(f"{run.path.name} has no determined fit with a count of {LOWEST} or more")
    x, y = [], []
    for model in chosen:
        fitness, immediacy, longevity = run.parameters(model)
        seen = numpy.isfinite(run.observed[model]) & (run.age > 0)
        x.append((numpy.log(run.age[seen] * run.unit_of_step) - immediacy) / longevity)
        y.append(numpy.log1p(run.observed[model, seen] / run.scale) / fitness)
    x, y = numpy.concatenate(x), numpy.concatenate(y)
    page, (cloud, rest) = style.figure(3.7, "Universal collapse", 1, 2, sharex=True,
                                       gridspec_kw={"width_ratios": (1.5, 1)})
    grid = numpy.linspace(-4, 4, 200)
    bins = cloud.hexbin(x, y, gridsize=(70, 36), extent=(-4, 4, -0.05, 1.4), mincnt=1,
                        norm=matplotlib.colors.LogNorm(), cmap="Blues", linewidths=0.1)
    cloud.plot(grid, normal_distribution(grid), color=style.ORANGE, lw=1.6)
    cloud.annotate("\u03a6", (0.9, float(normal_distribution(0.9))), (1.3, 0.66), fontsize=11,
                   color=style.ORANGE)
    cloud.set(xlim=(-4, 4), ylim=(-0.03, 1.25), xlabel="(ln t \u2212 \u03bc) / \u03c3",
              ylabel="ln(1 + c/m) / \u03bb")
    page.colorbar(bins, ax=cloud, pad=0.01, label="observations", format="%g")
    residuals(rest, x, y)
    return style.caption(page, f"{len(x):,} monthly observations".replace("monthly", {
        "month": "monthly", "day": "daily"}[run.step]) + f" of the {len(chosen):,} models with "
        f"determined parameters and a last count of {LOWEST} or more", "Right: deviation from the "
        "normal distribution, median and 10% to 90%", run.source(), run.identity())


def residuals(axes, x, y):
    edges = numpy.arange(-4, 4.01, 0.4)
    centre, low, middle, high = [], [], [], []
    for left, right in zip(edges[:-1], edges[1:]):
        inside = (x >= left) & (x < right)
        if inside.sum() >= 10:
            rest = y[inside] - normal_distribution(x[inside])
            quantiles = numpy.percentile(rest, (10, 50, 90))
            for stack, value in zip((low, middle, high), quantiles):
                stack.append(value)
            centre.append((left + right) / 2)
    axes.axhline(0, color=style.ORANGE, lw=1)
    axes.fill_between(centre, low, high, color=style.BLUE, alpha=0.2, lw=0)
    axes.plot(centre, middle, color=style.BLUE, marker=".", ms=4)
    reach = max(0.1, 1.3 * max((abs(v) for v in low + high), default=0.1))
    axes.set(ylim=(-reach, reach), xlabel="(ln t \u2212 \u03bc) / \u03c3",
             ylabel="ln(1 + c/m) / \u03bb \u2212 \u03a6")
    axes.set_title("deviation")
