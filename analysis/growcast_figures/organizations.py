# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures 6 to 8: cumulative counts by organization; and the joint forecasts of organizations."""
import matplotlib
import matplotlib.collections
import numpy

from . import style
from .run import Missing

MOST = 20
PER_ORGANIZATION = 60


def order_of(run, values, most=MOST):
    """Organizations in falling order of a value, without the last entry, which stands for all."""
    values = numpy.nan_to_num(values[:-1])
    order = numpy.argsort(-values, kind="stable")
    return [k for k in order if values[k] > 0][:most]


def models_by_age(run):
    """Figure 6: the models of each organization as lines, coloured by release date."""
    totals = numpy.bincount(run.organization, run.final, len(run.organizations))
    order = order_of(run, totals, 18)
    if not order:
        raise Missing(f"{run.path.name} has no organization with a count above zero")
    columns = min(3, len(order))
    rows = -(-len(order) // columns)
    page, axes = style.figure(1.1 + 1.32 * rows, f"Figure 6. Cumulative {run.metric} of each "
                              "organization's models", rows, columns, sharex=True, sharey=True,
                              squeeze=False)
    released = run.released()
    known = released[numpy.isfinite(released)]
    span = (known.min(), known.max() + 0.05) if len(known) else (2022.0, 2025.0)
    colour = matplotlib.cm.ScalarMappable(matplotlib.colors.Normalize(*span), style.SEQUENCE)
    for panel, k in zip(axes.flat, order):
        mine = run.organization == k
        lines = run.largest(PER_ORGANIZATION, mine)
        shown = numpy.where(run.observed > 0, run.observed, numpy.nan)
        panel.add_collection(matplotlib.collections.LineCollection(
            [numpy.column_stack((run.age, shown[i]))[numpy.isfinite(shown[i])] for i in lines],
            colors=[colour.to_rgba(released[i]) if numpy.isfinite(released[i]) else style.GREY
                    for i in lines], linewidths=0.8, alpha=0.9))
        style.count_axis(panel.yaxis)
        panel.set(xlim=(0, run.age[-1]), ylim=(0.9, run.final.max() * 1.5))
        panel.set_title(run.organizations[k], pad=3)
        panel.set_title(f"{(run.final[mine] > 0).sum():,} of {mine.sum():,} models", loc="right",
                        fontsize=6.5, fontweight="normal", color="#666666", pad=3)
    style.hide_unused(axes, len(order))
    style.release_bar(page, colour, list(axes.flat[: len(order)]), aspect=50, shrink=0.6)
    style.outer_labels(page, f"age since release ({run.step}s)", f"cumulative {run.metric}")
    return style.caption(page, f"At most {PER_ORGANIZATION} largest models each; right of the name, models "
                         "with a count above zero, of all", run.source(), run.identity())


def by_date(run):
    """Figure 7: what all models of an organization had gathered by a date."""
    count = run["organization_calendar_count"]
    date = run["date"].astype("datetime64[D]")
    order = order_of(run, numpy.nan_to_num(count[:, -1]), 8)
    if not order:
        raise Missing(f"{run.path.name} has no dated counts by organization")
    page, axes = style.figure(4.2, f"Figure 7. Cumulative {run.metric} of organizations by date")
    labels = []
    for place, k in enumerate(order):
        colour = style.CYCLE[place % len(style.CYCLE)]
        line = "-" if place < len(style.CYCLE) else "--"
        shown = numpy.where(count[k] > 0, count[k], numpy.nan)
        axes.plot(date, shown, line, color=colour)
        if "organization_calendar_count_quantile" in run:
            band = run["organization_calendar_count_quantile"][k]
            edges = [band[:, run.quantile_index(p)] for p in (0.1, 0.9)]
            axes.fill_between(date, *(numpy.where(e > 0, e, numpy.nan) for e in edges),
                              color=colour, alpha=0.13, lw=0)
        labels.append((date[-1], shown[-1],
                       f"{run.organizations[k]} {style.count_label(float(f'{shown[-1]:.3g}'))}",
                       colour))
    style.count_axis(axes.yaxis)
    axes.set(xlim=(date[0], date[-1]), ylim=(0.9, 2.5 * max(y for _, y, _, _ in labels)),
             xlabel="date", ylabel=f"cumulative {run.metric}")
    formatter = matplotlib.dates.ConciseDateFormatter(axes.xaxis.get_major_locator())
    axes.xaxis.set_major_formatter(formatter)
    axes.set_xticks(axes.get_xticks())
    axes.set_xlim(date[0], date[-1] + (date[-1] - date[0]) // 5)
    style.label_ends(axes, labels)
    return style.caption(page, "Sum over an organization's models of the last count at each date; a "
                         "model keeps its last count. Band: 80% of the bootstrap's sums of fitted "
                         "curves", run.source(), run.identity())


def by_age(run):
    """Figure 8: mean per model at the same age, so that organizations compare."""
    count, number = run["organization_count"], run["organization_count_n"]
    with numpy.errstate(invalid="ignore", divide="ignore"):
        enough = (number >= 5) & (number >= numpy.nanmax(number, 1, keepdims=True) / 2)
        mean = numpy.where(enough, count / number, numpy.nan)
    everyone = len(run.organizations) - 1
    finite = numpy.isfinite(mean).sum(1)
    order = [k for k in order_of(run, numpy.nanmax(numpy.nan_to_num(mean), 1), 10)
             if finite[k] > 1]
    if not order:
        raise Missing(f"{run.path.name} has no organization with five models at an age")
    page, axes = style.figure(4.2, f"Figure 8. Mean cumulative {run.metric} per model by age")
    labels = []
    for place, k in enumerate([everyone] + order):
        colour = style.GREY if k == everyone else style.CYCLE[(place - 1) % len(style.CYCLE)]
        line = "-" if place <= len(style.CYCLE) else "--"
        shown = numpy.where(mean[k] > 0, mean[k], numpy.nan)
        if not numpy.isfinite(shown).any():
            continue
        axes.plot(run.age, shown, line, color=colour, lw=2.5 if k == everyone else 1.2)
        end = numpy.flatnonzero(numpy.isfinite(shown))[-1]
        name = "all organizations" if k == everyone else run.organizations[k]
        labels.append((run.age[end], shown[end], name, colour))
    style.count_axis(axes.yaxis)
    axes.set(xlim=(0, 1.2 * max(x for x, _, _, _ in labels)), xlabel=f"age since release ({run.step}s)",
             ylabel=f"mean cumulative {run.metric} per model")
    style.label_ends(axes, labels)
    return style.caption(page, "Mean over an organization's models observed at that age, as far as "
                         "these are at least 5 and half of all: beyond, the mean would follow which "
                         "models are old enough", run.source(),
                         run.identity())


def forecasts(run):
    """How much organizations will have grown, with joint intervals."""
    run.require("organization_forecast_quantile")
    quantile = run["organization_forecast_quantile"]
    horizon = run["horizon"]
    last = numpy.append(numpy.bincount(run.organization, run.final, len(run.organizations))[:-1],
                        run.final.sum())
    median = quantile[:, :, run.quantile_index(0.5)]
    known = numpy.isfinite(median).all(1) & (last > 0)
    order = [k for k in [len(last) - 1] + order_of(run, last, MOST) if known[k]]
    if not order:
        raise Missing(f"{run.path.name} has no forecasts of organizations")
    page, axes = style.figure(1.6 + 0.24 * len(order), f"Forecast growth of organizations' "
                              f"{run.metric} in {horizon[-1]:g} {run.step}s", 1, 2, sharey=True,
                              gridspec_kw={"width_ratios": (1, 1.25)})
    places = numpy.arange(len(order))[::-1]
    for place, k in zip(places, order):
        edges = {p: quantile[k, -1, run.quantile_index(p)] for p in (0.025, 0.1, 0.9, 0.975)}
        for panel, base in ((axes[0], 1.0), (axes[1], last[k] / 100)):
            shift = 0 if panel is axes[0] else last[k]
            low, thick_low, thick_high, high, middle = (
                max((v - shift) / base, 0.1) for v in (*edges.values(), median[k, -1]))
            panel.plot([low, high], [place] * 2, color=style.BLUE, lw=1)
            panel.plot([thick_low, thick_high], [place] * 2, color=style.BLUE, lw=3.5, alpha=0.6,
                       solid_capstyle="butt")
            panel.plot(middle, place, "o", color=style.BLUE, ms=4)
        axes[0].plot(last[k], place, "|", color=style.BLACK, ms=8)
    names = ["all organizations" if k == len(last) - 1 else run.organizations[k] for k in order]
    axes[0].set_yticks(places, names)
    style.count_axis(axes[0].xaxis)
    axes[0].set(xlabel=f"cumulative {run.metric}")
    axes[0].set_title("now (bar) and forecast")
    axes[1].set(xlabel="growth since the last observation (%)")
    axes[1].set_title("relative growth")
    style.plain_log_axis(axes[1].xaxis)
    axes[1].grid(axis="x", color=style.LIGHT, lw=0.5)
    return style.caption(page, "Dot: median, thick 80%, thin 95% of joint draws of the sum over the "
                         "organization's models, which share what is unknown about all",
                         run.source(), run.identity())
