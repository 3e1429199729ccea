# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures 6 to 8. The paper shows cumulative counts by organization: of each model by age, of all
models together by date, and by age so that organizations compare. And the organizations' joint
forecasts, which the paper lacks."""
import matplotlib
import matplotlib.collections
import numpy

from . import style
from .dataset import Missing
from .growth import mean_growth
from .labels import label_ends

LINES = 25
PANELS = 18
DATED = 8
COMPARED = 10
MOST = 20


def order_of(values, most):
    """Organizations in falling order of a value, without the last entry, which stands for all."""
    values = numpy.nan_to_num(values[:-1])
    order = numpy.argsort(-values, kind="stable")
    return [k for k in order if values[k] > 0][:most]


def totals(run):
    """Last counts added up over the models of each organization, and of all in the last entry."""
    total = numpy.bincount(run.organization, run.final, len(run.organizations))
    total[-1] = run.final.sum()
    return total


def name_of(run, k):
    return "all organizations" if k == len(run.organizations) - 1 else run.organizations[k]


def cycle(place):
    """Colour and line style of the organization at a place of the order."""
    return style.CYCLE[place % len(style.CYCLE)], "-" if place < len(style.CYCLE) else "--"


def models_by_age(run):
    """Figure 6: the models of each organization as lines, coloured by release date."""
    order = order_of(totals(run), PANELS)
    if not order:
        raise Missing(f"{run.path.name} has no organization with a count above zero")
    page, panels = style.grid(len(order), 3, 1.2, f"Figure 6. Cumulative {run.metric} by "
                              "organization and model", sharex=True, sharey=True)
    released = run.released()
    colours = style.release_colours(released)
    shown = numpy.where(run.observed > 0, run.observed, numpy.nan)
    for panel, k in zip(panels, order):
        mine = run.organization == k
        lines = run.largest(LINES, mine)
        panel.add_collection(matplotlib.collections.LineCollection(
            [numpy.column_stack((run.age, shown[i]))[numpy.isfinite(shown[i])] for i in lines],
            colors=[colours.to_rgba(released[i]) if numpy.isfinite(released[i]) else style.GREY
                    for i in lines], linewidths=0.8, alpha=0.9))
        style.count_axis(panel.yaxis)
        panel.set(xlim=(0, run.age[-1]), ylim=(0.9, run.final.max() * 1.5))
        panel.set_title(run.organizations[k], pad=3)
        panel.set_title(f"{(run.final[mine] > 0).sum():,} of {mine.sum():,}", loc="right",
                        fontsize=6.5, fontweight="normal", color="#595959", pad=3)
    style.release_bar(page, colours, list(panels), aspect=50, shrink=0.6)
    style.outer_labels(page, f"age since release ({run.step}s)", f"cumulative {run.metric}")
    return style.caption(page, f"The {LINES} largest models of each; right of the name, how many "
                         "models have a count above zero, of all", run.source(), run.identity())


def by_date(run):
    """Figure 7: what all models of an organization had gathered by a date."""
    count = run["organization_calendar_count"]
    order = order_of(count[:, -1], DATED)
    if not order:
        raise Missing(f"{run.path.name} has no dated counts by organization")
    page, axes = style.figure(4.2, f"Figure 7. Cumulative {run.metric} of organizations by date")
    date = run["date"].astype("datetime64[D]")
    labels = []
    for place, k in enumerate(order):
        colour, line = cycle(place)
        axes.plot(date, numpy.where(count[k] > 0, count[k], numpy.nan), line, color=colour)
        if "organization_calendar_count_quantile" in run:
            band = run["organization_calendar_count_quantile"][k]
            edges = [band[:, run.quantile_index(p)] for p in (0.1, 0.9)]
            axes.fill_between(date, *(numpy.where(e > 0, e, numpy.nan) for e in edges),
                              color=colour, alpha=0.13, lw=0)
        labels.append((date[-1], count[k, -1],
                       f"{run.organizations[k]} {style.short_count(count[k, -1])}", colour))
    style.count_axis(axes.yaxis)
    axes.set(ylim=(0.9, 2.5 * max(y for _, y, _, _ in labels)), xlabel="date",
             ylabel=f"cumulative {run.metric}")
    date_axis(axes, date)
    label_ends(axes, labels)
    return style.caption(page, "Sum over an organization's models of the last count at each date; a "
                         "model keeps its last count. Band: 80% of the bootstrap's sums of fitted "
                         "curves", run.source(), run.identity())


def date_axis(axes, date):
    """Ticks within the data: right of it is room for labels."""
    axes.set_xlim(date[0], date[-1])
    locator = matplotlib.dates.AutoDateLocator(minticks=3, maxticks=4 if style.is_narrow() else 9)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(matplotlib.dates.ConciseDateFormatter(locator))
    axes.set_xticks(axes.get_xticks())


def by_age(run):
    """Figure 8: mean per model at the same age, so that organizations compare."""
    increments = run.increments()
    mean = numpy.array([mean_growth(increments[run.organization == k], 5)
                        for k in range(len(run.organizations) - 1)] + [mean_growth(increments)])
    mean[mean <= 0] = numpy.nan
    known = numpy.isfinite(mean).sum(1) > 1
    order = order_of(numpy.where(known, numpy.nanmax(numpy.nan_to_num(mean), 1), 0), COMPARED)
    if not order:
        raise Missing(f"{run.path.name} has no organization with five models at an age")
    page, axes = style.figure(4.2, f"Figure 8. Mean cumulative {run.metric} per model by age")
    labels = []
    for place, k in enumerate(order + [len(mean) - 1] * bool(known[-1])):
        colour, line = cycle(place) if k < len(mean) - 1 else (style.GREY, "-")
        axes.plot(run.age, mean[k], line, color=colour, lw=1.2 if k < len(mean) - 1 else 2.5)
        end = numpy.flatnonzero(numpy.isfinite(mean[k]))[-1]
        labels.append((run.age[end], mean[k, end], name_of(run, k), colour))
    style.count_axis(axes.yaxis)
    axes.set(xlim=(0, max(x for x, _, _, _ in labels)),
             xlabel=f"age since release ({run.step}s)",
             ylabel=f"mean {run.metric} per model")
    label_ends(axes, labels)
    return style.caption(
        page, "Mean over an organization's models, from the increments of those observed at each "
        "age, as far as these are at least 5 and half of all: beyond, it would follow the few that "
        "are old enough", run.source(), run.identity())


def forecasts(run):
    """How much organizations will have grown, with joint intervals."""
    run.require("organization_forecast_quantile")
    quantile = run["organization_forecast_quantile"][:, -1]
    now = totals(run)
    known = numpy.isfinite(quantile).all(1) & (now > 0)
    order = [k for k in [len(now) - 1] + order_of(now, MOST) if known[k]]
    if not order:
        raise Missing(f"{run.path.name} has no forecasts of organizations")
    page, (counts, growth) = style.figure(
        1.6 + 0.24 * len(order), f"Forecast growth of organizations' {run.metric} in "
        f"{style.plural(run['horizon'][-1], run.step)}", 1, 2, (1, 1.25), sharey=True)
    places = numpy.arange(len(order))[::-1]
    rows = quantile[order]
    relative = numpy.maximum(100 * (rows / now[order, None] - 1), 0.1)
    intervals(counts, run, places, rows)
    intervals(growth, run, places, relative)
    counts.plot(now[order], places, "|", color=style.BLACK, ms=8)
    counts.set_yticks(places, [name_of(run, k) for k in order])
    style.count_axis(counts.xaxis)
    style.plain_log_axis(growth.xaxis)
    counts.set(xlabel=f"cumulative {run.metric}")
    growth.set(xlabel="growth since the last observation (%)")
    counts.set_title("now (bar) and forecast")
    growth.set_title("relative growth")
    growth.grid(axis="x", color=style.LIGHT, lw=0.5)
    return style.caption(page, "Dot: median, thick 80%, thin 95% of joint draws of the sum over the "
                         "organization's models, which share what is unknown about all",
                         run.source(), run.identity())


def intervals(axes, run, places, quantiles):
    """Median, 80% and 95% of each row of quantiles, at its place."""
    at = {p: quantiles[:, run.quantile_index(p)] for p in (0.025, 0.1, 0.5, 0.9, 0.975)}
    axes.hlines(places, at[0.025], at[0.975], color=style.BLUE, lw=1)
    axes.hlines(places, at[0.1], at[0.9], color=style.BLUE, lw=3.5, alpha=0.6)
    axes.plot(at[0.5], places, "o", color=style.BLUE, ms=4)
