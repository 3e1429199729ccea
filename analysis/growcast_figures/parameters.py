# SPDX-License-Identifier: GPL-3.0-or-later
"""Figure 2. The paper shows the distributions of the three parameters and their relations in pairs.
Here parameters that the data do not determine are marked, in both the distributions and the
relations."""
import numpy

from . import style
from .dataset import Missing
from .growth import rank_correlation

LEAST = 3  # models with a smaller last count say nothing
RANGE = {"fitness": (0.02, 100.0), "impact time": (0.1, 1000.0), "longevity": (0.02, 20.0)}
WIDE = 3  # a ratio of the ends of the 80% interval


def fitted(run):
    """Point estimates of the configured fit."""
    return draw(run, "", run.identified, "Figure 2. Parameters of the fitted curves",
                "whose data leave at least one parameter without a bound (orange: the value says "
                "where the search ended)")


def pooled(run):
    """Medians of the hierarchical posterior, which every series has."""
    run.require("pooled_fitness", "pooled_fitness_quantile")
    wide = run["pooled_fitness_quantile"]
    low, high = wide[:, run.quantile_index(0.1)], wide[:, run.quantile_index(0.9)]
    with numpy.errstate(invalid="ignore", divide="ignore"):
        narrow = high / low < WIDE
    return draw(run, "pooled_", narrow, "Figure 2, pooled. Parameters under the learned prior",
                f"whose 80% interval of fitness spans a factor of {WIDE} or more (orange). Medians "
                "of the hierarchical posterior")


def draw(run, prefix, identified, title, undetermined):
    values = estimates(run, prefix)
    known = numpy.all([numpy.isfinite(v) for v in values.values()], axis=0) & (run.final >= LEAST)
    if not known.any():
        raise Missing(f"{run.path.name} has no model with parameters and a count of {LEAST} or more")
    good, bad = known & identified, known & ~identified
    page, axes = style.figure(6.4, title, 3, 3)
    extent = {n: limits(n, v[known], run) for n, v in values.items()}
    for row, y in enumerate(values):
        for column, x in enumerate(values):
            panel = axes[row, column]
            if row == column:
                histogram(panel, values[x], good, bad, extent[x])
                panel.set_title(x)
            elif column < row:
                scatter(panel, values[x], values[y], good, bad, extent[x], extent[y])
            else:
                correlation(panel, values[x], values[y], good, known)
    label(axes, run)
    style.legend(page, style.handles(axes[0, 0]))
    return style.caption(
        page, f"{good.sum():,} models with determined parameters (blue), {bad.sum():,} "
        f"{undetermined}; values beyond an axis stand at its edge",
        f"Models with a last count of {LEAST} or more. {run.source()}", run.identity())


def estimates(run, prefix):
    """The three parameters as arrays over models, impact time exp(mu) in place of mu."""
    return {"fitness": run[prefix + "fitness"],
            "impact time": numpy.exp(run[prefix + "immediacy"]),
            "longevity": run[prefix + "longevity"]}


def limits(name, values, run):
    low, high = RANGE[name]
    if name == "impact time":
        months = run.unit_of_step * {"month": 1.0, "day": 30.4375}[run.step]
        low, high = low * months, high * months
    return max(low, numpy.percentile(values, 0.5) * 0.7), min(
        high, numpy.percentile(values, 99.5) * 1.5)


def label(axes, run):
    units = ("fitness \u03bb", f"exp(\u03bc) ({run.time_unit}s)", "longevity \u03c3")
    for k, unit in enumerate(units):
        axes[2, k].set_xlabel(unit)
        axes[k, 0].set_ylabel(unit if k else "models")


def histogram(axes, values, good, bad, extent):
    edges = numpy.geomspace(*extent, 31)
    stacks = [numpy.clip(values[g], edges[0] * 1.0001, edges[-1] * 0.9999) for g in (good, bad)]
    axes.hist(stacks, edges, stacked=True, color=(style.BLUE, style.ORANGE),
              label=("determined", "not determined"))
    style.plain_log_axis(axes.xaxis, 2 if style.is_narrow() else 7)
    axes.set_xlim(*extent)


def scatter(axes, x, y, good, bad, extent_x, extent_y):
    for group, colour, marker in ((bad, style.ORANGE, "x"), (good, style.BLUE, "o")):
        axes.scatter(numpy.clip(x[group], *extent_x), numpy.clip(y[group], *extent_y), 7,
                     color=colour, marker=marker, alpha=0.5, linewidths=0.5 if marker == "x" else 0,
                     rasterized=True, clip_on=False)
    style.plain_log_axis(axes.xaxis, 2 if style.is_narrow() else 7)
    style.plain_log_axis(axes.yaxis)
    axes.set(xlim=extent_x, ylim=extent_y)


def correlation(axes, x, y, good, known):
    axes.set_axis_off()
    for height, text, colour, size in (
            (0.62, "rank correlation", style.GREY, 7),
            (0.42, f"{rank_correlation(x[good], y[good]):+.2f}", style.BLUE, 14),
            (0.3, f"all: {rank_correlation(x[known], y[known]):+.2f}", style.GREY, 7.5)):
        axes.text(0.5, height, text.replace("-", "\u2212"), ha="center", transform=axes.transAxes,
                  color=colour, fontsize=size)
