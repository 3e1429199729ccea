# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures 1 and 4. The paper draws a line for every model, of new fine-tunes a month (Figure 1) or of
all so far (Figure 4) against the months since release, coloured by release date. Here the largest
models are lines and all of them a density, and the mean of each half-year of release is beside."""
import matplotlib
import matplotlib.collections
import numpy

from . import style
from .dataset import number
from .growth import mean_growth, mean_increment
from .labels import label_ends

LINES = 40
ZERO = 0.5  # where zeros stand on a logarithmic axis


def monthly(run):
    per = f"{run.metric} per {run.step}"
    return by_release(run, run.increments(), mean_increment,
                      f"Figure 1. New {per} since release", f"new {per}", f"{per} and model")


def cumulative(run):
    return by_release(run, run.observed, mean_growth,
                      f"Figure 4. Cumulative {run.metric} since release",
                      f"cumulative {run.metric}", f"cumulative {run.metric} per model")


def by_release(run, values, mean, title, axis_label, what):
    page, (axes, means) = style.figure(4.3, title, 1, 2, widths=(2.1, 1))
    released = run.released()
    colours = style.release_colours(released)
    density_of_counts(axes, run, values)
    chosen = lines(axes, run, values, colours)
    axes.set(xlim=(0, run.age[-1] * 1.02), xlabel=f"age since release ({run.step}s)",
             ylabel=axis_label)
    axes.set_title(f"{chosen} largest (lines), all (grey)")
    count_axis_with_zero(axes, numpy.nanmax(values) * 1.4)
    style.release_bar(page, colours, axes, aspect=35)
    cohorts(means, run, mean, colours)
    means.set_ylabel("mean " + what)
    return style.caption(
        page, f"Grey: share of the {number(len(run.names))} models observed at each age, on a "
        "logarithmic scale; the lowest row are models at zero", "Right: mean over the models "
        "released in a half-year, from the increments of those observed at each age, as far as "
        "these are at least 10 and half of all", run.source(), run.identity())


def density_of_counts(axes, run, values):
    """Grey: at each age, the share of observed models by count. Zeros have a row of their own."""
    top = numpy.nanmax(values)
    edges = numpy.concatenate(([0.35, 0.7], numpy.geomspace(1, max(top * 1.3, 10), 26)))
    centres = (run.age[:-1] + run.age[1:]) / 2
    sides = numpy.concatenate(([run.age[0] - 0.5], centres, [run.age[-1] + 0.5]))
    share = numpy.full((len(edges) - 1, len(run.age)), numpy.nan)
    for k in range(len(run.age)):
        column = values[:, k][numpy.isfinite(values[:, k])]
        if len(column) >= 10:
            share[:, k] = numpy.histogram(numpy.maximum(column, ZERO), edges)[0] / len(column)
    share[share == 0] = numpy.nan
    axes.pcolormesh(sides, edges, share, cmap=style.DENSITY, rasterized=True,
                    norm=matplotlib.colors.LogNorm(1e-3, 8), zorder=0, label="share of models")


def lines(axes, run, values, colours):
    """The largest models whose release date is known; returns how many."""
    released = run.released()
    chosen = run.largest(LINES, numpy.isfinite(released))
    shown = numpy.where(numpy.isfinite(values), numpy.maximum(values, ZERO), numpy.nan)
    axes.add_collection(matplotlib.collections.LineCollection(
        [numpy.column_stack((run.age, shown[i]))[numpy.isfinite(shown[i])] for i in chosen],
        colors=[colours.to_rgba(released[i]) for i in chosen], linewidths=0.8, alpha=0.85,
        label="models"))
    return len(chosen)


def count_axis_with_zero(axes, top):
    style.count_axis(axes.yaxis)
    decades = [t for t in 10.0 ** numpy.arange(0, 12) if t <= top]
    axes.set_ylim(0.35, top)
    axes.set_yticks([ZERO, *decades], ["0", *map(style.count_label, decades)])


def cohorts(axes, run, mean, colours):
    """Mean by age of the models released in a half-year."""
    labels = []
    increments = run.increments()
    half = numpy.floor(run.released() * 2) / 2
    for start in numpy.unique(half[numpy.isfinite(half)]):
        line = mean(increments[half == start])
        line[line <= 0] = numpy.nan
        if numpy.isfinite(line).sum() < 2:
            continue
        shade = colours.to_rgba(start + 0.25)
        axes.plot(run.age, line, color=shade)
        end = numpy.flatnonzero(numpy.isfinite(line))[-1]
        labels.append((run.age[end], line[end], f"{int(start)} H{1 + int(start % 1 * 2)}", shade))
    style.count_axis(axes.yaxis)
    axes.set(xlabel=f"age since release ({run.step}s)", xlim=(0, run.age[-1]))
    axes.set_title("by half-year of release")
    label_ends(axes, labels)
