# SPDX-License-Identifier: GPL-3.0-or-later
"""Figure 2: distributions and pairwise relations of the three parameters."""
import numpy

from . import style
from .run import Missing

RANGE = {"fitness": (0.02, 100.0), "impact time": (0.1, 1000.0), "longevity": (0.02, 20.0)}


def estimates(run, prefix):
    """The three parameters as arrays over models, impact time exp(mu) in place of mu."""
    values = {"fitness": run[prefix + "fitness"],
              "impact time": numpy.exp(run[prefix + "immediacy"]),
              "longevity": run[prefix + "longevity"]}
    known = numpy.all([numpy.isfinite(v) for v in values.values()], axis=0)
    return values, known


def limits(name, values, run):
    low, high = RANGE[name]
    if name == "impact time":
        low, high = low * run.unit_of_step, high * run.unit_of_step
    return max(low, numpy.percentile(values, 0.5) * 0.7), min(
        high, numpy.percentile(values, 99.5) * 1.5)


def rank_correlation(x, y):
    """Spearman's, of values without ties."""
    if len(x) < 3:
        return numpy.nan
    return numpy.corrcoef(x.argsort().argsort(), y.argsort().argsort())[0, 1]


def draw(run, prefix, identified, title, notes):
    values, known = estimates(run, prefix)
    known &= run.final >= 3
    good, bad = known & identified, known & ~identified
    if not known.any():
        raise Missing(f"{run.path.name} has no model with parameters and a count of 3 or more")
    units = {"fitness": "relative fitness \u03bb", "longevity": "longevity \u03c3",
             "impact time": f"impact time exp(\u03bc) ({run.time_unit}s)"}
    names = list(values)
    extent = {n: limits(n, values[n][known], run) for n in names}
    page, axes = style.figure(6.4, title, 3, 3)
    for row, y in enumerate(names):
        for column, x in enumerate(names):
            panel = axes[row, column]
            if row == column:
                histogram(panel, values[x], good, bad, extent[x])
            elif column < row:
                scatter(panel, values[x], values[y], good, bad, extent[x], extent[y])
            else:
                correlation(panel, values[x], values[y], good, known)
                continue
            if row == 2:
                panel.set_xlabel(units[x])
            if column == 0 and row > 0:
                panel.set_ylabel(units[y])
    axes[0, 0].set_ylabel("models")
    axes[0, 0].set_title("fitness")
    axes[1, 1].set_title("impact time")
    axes[2, 2].set_title("longevity")
    axes[0, 0].legend(loc="upper right", handlelength=1, borderaxespad=0)
    return style.caption(
        page, f"{good.sum():,} models with determined parameters (blue), {bad.sum():,} whose data "
        "leave at least one without a bound (orange: the value says where the search ended); "
        "values beyond an axis stand at its edge", *notes,
        f"Models with a last count of 3 or more. {run.source()}", run.identity())


def histogram(axes, values, good, bad, extent):
    edges = numpy.geomspace(*extent, 31)
    stacks = [numpy.clip(values[g], edges[0] * 1.0001, edges[-1] * 0.9999) for g in (good, bad)]
    axes.hist(stacks, edges, stacked=True, color=(style.BLUE, style.ORANGE),
              label=("determined", "not determined"))
    style.plain_log_axis(axes.xaxis)
    axes.set_xlim(*extent)


def scatter(axes, x, y, good, bad, extent_x, extent_y):
    for group, colour, marker in ((bad, style.ORANGE, "x"), (good, style.BLUE, "o")):
        axes.scatter(numpy.clip(x[group], *extent_x), numpy.clip(y[group], *extent_y), 7,
                     color=colour, marker=marker, alpha=0.5, linewidths=0.5 if marker == "x" else 0,
                     rasterized=True)
    style.plain_log_axis(axes.xaxis)
    style.plain_log_axis(axes.yaxis)
    axes.set(xlim=extent_x, ylim=extent_y)


def correlation(axes, x, y, good, known):
    axes.set_axis_off()
    axes.text(0.5, 0.62, "Spearman's rank correlation", ha="center", transform=axes.transAxes,
              color=style.GREY, fontsize=7)
    axes.text(0.5, 0.42, f"{rank_correlation(x[good], y[good]):+.2f}", ha="center",
              transform=axes.transAxes, color=style.BLUE, fontsize=15)
    axes.text(0.5, 0.3, f"all: {rank_correlation(x[known], y[known]):+.2f}", ha="center",
              transform=axes.transAxes, color=style.GREY)


def fitted(run):
    """Point estimates of the configured fit."""
    return draw(run, "", run.identified, "Figure 2. Parameters of the fitted curves", ())


def pooled(run):
    """Medians of the hierarchical posterior, which every series has."""
    run.require("pooled_fitness", "pooled_fitness_quantile")
    wide = run["pooled_fitness_quantile"]
    low, high = wide[:, run.quantile_index(0.1)], wide[:, run.quantile_index(0.9)]
    with numpy.errstate(invalid="ignore", divide="ignore"):
        narrow = high / low < 3
    return draw(run, "pooled_", narrow, "Figure 2, pooled. Parameters under the learned prior",
                ("Medians of the hierarchical posterior; determined: the 80% interval of fitness "
                 "spans less than a factor of 3",))
