# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures 1 and 4: counts of each step, and cumulative ones, since release by release date."""
import matplotlib
import matplotlib.collections
import numpy

from . import style
from .run import number

LINES = 40


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
            share[:, k] = numpy.histogram(numpy.maximum(column, 0.5), edges)[0] / len(column)
    share[share == 0] = numpy.nan
    axes.pcolormesh(sides, edges, share, cmap=style.DENSITY, rasterized=True,
                    norm=matplotlib.colors.LogNorm(1e-3, 8), zorder=0, label="share of models")


def by_release(run, values, title, axis_label, what):
    released = run.released()
    chosen = run.largest(LINES, numpy.isfinite(released))
    page, (axes, means) = style.figure(4.3, title, 1, 2, gridspec_kw={"width_ratios": (2.1, 1)})
    density_of_counts(axes, run, values)
    first = numpy.nanmin(released) if numpy.isfinite(released).any() else 2022.0
    last = numpy.nanmax(released) if numpy.isfinite(released).any() else 2025.0
    colour = matplotlib.cm.ScalarMappable(matplotlib.colors.Normalize(first, last + 0.05),
                                          style.SEQUENCE)
    shown = numpy.where(values > 0, values, 0.5)
    shown[~numpy.isfinite(values)] = numpy.nan
    axes.add_collection(matplotlib.collections.LineCollection(
        [numpy.column_stack((run.age, shown[i]))[numpy.isfinite(shown[i])] for i in chosen],
        colors=[colour.to_rgba(released[i]) for i in chosen], linewidths=0.8, alpha=0.85,
        label="models"))
    style.count_axis(axes.yaxis)
    axes.set(xlim=(0, run.age[-1] * 1.02), ylim=(0.35, numpy.nanmax(values) * 1.4),
             xlabel=f"age since release ({run.step}s)", ylabel=axis_label)
    ticks = [0.5] + [t for t in 10.0 ** numpy.arange(0, 12) if t <= numpy.nanmax(values) * 1.4]
    axes.set_yticks(ticks, ["0"] + [style.count_label(t) for t in ticks[1:]])
    axes.set_title(f"the {len(chosen)} largest models (lines), all models (grey)")
    style.release_bar(page, colour, axes, aspect=35)
    cohorts(means, run, values, released, colour)
    means.set_ylabel("mean " + what)
    style.caption(page, f"Grey: share of the {number(len(run.names))} models observed at "
                  "each age, on a logarithmic scale; the lowest row are models at zero",
                  "Right: mean over the models released in a half-year and observed at that age, as "
                  "far as these are at least 10 and half of all", run.source(), run.identity())
    return page


def cohorts(axes, run, values, released, colour):
    """Mean by age of the models released in a half-year, as far as 10 and half of them are
    observed: beyond, the mean would follow which models are old enough."""
    labels = []
    half = numpy.floor(released * 2) / 2
    for start in numpy.unique(half[numpy.isfinite(half)]):
        group = values[half == start]
        count = numpy.isfinite(group).sum(0)
        enough = (count >= 10) & (count >= count.max() / 2)
        mean = numpy.full(len(run.age), numpy.nan)
        mean[enough] = numpy.nansum(group[:, enough], 0) / count[enough]
        mean[mean <= 0] = numpy.nan
        if numpy.isfinite(mean).sum() < 2:
            continue
        shade = colour.to_rgba(start + 0.25)
        axes.plot(run.age, mean, color=shade)
        end = numpy.flatnonzero(numpy.isfinite(mean))[-1]
        labels.append((run.age[end], mean[end], f"{int(start)} H{1 + int(start % 1 * 2)}", shade))
    style.count_axis(axes.yaxis)
    axes.set(xlabel=f"age since release ({run.step}s)", xlim=(0, run.age[-1] * 1.4))
    axes.set_title("by half-year of release")
    style.label_ends(axes, labels)


def monthly(run):
    per = f"{run.metric} per {run.step}"
    return by_release(run, run.increments(), f"Figure 1. New {per} since release",
                      f"new {per}", f"{run.metric} per {run.step} and model")


def cumulative(run):
    return by_release(run, run.observed, f"Figure 4. Cumulative {run.metric} since release",
                      f"cumulative {run.metric}", f"cumulative {run.metric} per model")
