# SPDX-License-Identifier: GPL-3.0-or-later
"""Sensitivity of results to settings: how rankings move, how much combinations agree, and which
setting matters. The paper fixes one value of each."""
import numpy

from . import style
from .dataset import Missing, number
from .labels import label_ends
from .run import short_name

TOP = 15
CELLS = 8  # combinations beyond which numbers no longer fit into the cells of a matrix
QUANTITIES = {"ln_fitness": "fitness \u03bb", "immediacy": "immediacy \u03bc",
              "ln_longevity": "longevity \u03c3", "ln_forecast": "forecast"}


def has_long_labels(sweep):
    return max(map(len, sweep.labels())) > 5


def label_axis(sweep, axis):
    """Ticks of an axis of combinations."""
    labels = sweep.labels()
    axis.set_ticks(range(len(labels)), labels, fontsize=6.5 if len(labels) <= CELLS else 5)
    if axis.axis_name == "x" and has_long_labels(sweep):
        axis.set_tick_params(rotation=90)


def ranks(values):
    """1 for the largest of each row."""
    return numpy.argsort(numpy.argsort(-values, axis=1, kind="stable"), axis=1) + 1


def ranking(sweep):
    """Ranks of models and organizations over the combinations."""
    sweep.require("organization_rank")
    determined = numpy.flatnonzero(sweep.determined())
    if len(determined) == 0:
        raise Missing(f"{sweep.path.name} has no model with a determined fitness throughout")
    page, (models, organizations) = style.figure(
        4.8, f"Sweep: how rankings by fitness move with {sweep.title()}", 1, 2)
    place = ranks(sweep.flat("fitness")[:, determined])
    chosen = numpy.argsort(place[len(place) // 2])[:TOP]
    bumps(models, sweep, place[:, chosen], [short_name(sweep.names[m], 22)
                                            for m in determined[chosen]])
    models.set(title=f"models (of {number(len(determined))} determined throughout)")
    ranked = numpy.flatnonzero(numpy.isfinite(sweep["organization_rank"][:, :-1]).all(0))
    place = ranks(-sweep["organization_rank"][:, ranked])
    first = numpy.argsort(place[len(place) // 2])[:TOP]
    names = sweep.text("organization_name")
    bumps(organizations, sweep, place[:, first], [names[k] for k in ranked[first]])
    organizations.set(title=f"organizations (of {len(ranked)} ranked throughout)")
    return style.caption(
        page, f"The {len(chosen)} models of highest fitness under the middle combination, among "
        "those whose fitness the data determine under every combination. Organizations by the "
        "median fitness of their models", sweep.source(), sweep.identity())


def bumps(axes, sweep, rank, names):
    """Lines of ranks over combinations, with names at their ends."""
    if not names:
        axes.set_axis_off()
        return
    ends = []
    for k, name in enumerate(names):
        colour = style.CYCLE[k % len(style.CYCLE)]
        axes.plot(rank[:, k], color=colour, marker="o", ms=3)
        ends.append((len(rank) - 1, rank[-1, k], name, colour))
    axes.invert_yaxis()
    axes.yaxis.set_major_locator(style.ticker.MaxNLocator(integer=True))
    axes.set(ylabel="rank by fitness", xlim=(-0.2, len(rank) - 0.8),
             xlabel=sweep.title())
    label_axis(sweep, axes.xaxis)
    label_ends(axes, ends)


def agreement(sweep):
    """Rank correlations of all models between combinations, for each quantity."""
    sweep.require("spearman_correlation")
    columns, height = (2, 2.6) if has_long_labels(sweep) else (4, 1.7)
    page, panels = style.grid(len(sweep["quantity_name"]), columns, height,
                              f"Sweep: agreement of rankings between values of {sweep.title()}",
                              sharex=True, sharey=True)
    compared = dict(zip(sweep.text("quantity_name"), sweep["compared_model_count"]))
    for panel, name, matrix in zip(panels, compared, sweep["spearman_correlation"]):
        image = panel.imshow(matrix, cmap="viridis", vmin=min(0, numpy.nanmin(matrix)), vmax=1)
        panel.set_title(QUANTITIES.get(name, name), fontsize=8)
        label_axis(sweep, panel.xaxis)
        label_axis(sweep, panel.yaxis)
        for (row, column), value in numpy.ndenumerate(matrix):
            if len(matrix) <= CELLS and numpy.isfinite(value):
                panel.text(column, row, f"{value:.2f}".removeprefix("0"), ha="center", va="center",
                           fontsize=6.5, color="black" if value > 0.6 else "white")
    page.colorbar(image, ax=list(panels), pad=0.01, shrink=0.7, label="rank correlation")
    counts = ", ".join(f"{QUANTITIES.get(n, n)} {number(c)}" for n, c in compared.items())
    return style.caption(page, "Spearman's rank correlation over the models whose fitness has a bound "
                         "under both combinations (forecasts: over all). Models under every "
                         f"combination: {counts}",
                         sweep.source(), sweep.identity())


def shares(sweep):
    """How much of the variance over combinations each setting explains."""
    sweep.require("first_order_share", "total_share")
    settings = sweep.text("setting_name")
    if len(settings) < 2:
        raise Missing(f"{sweep.path.name} varies one setting only")
    names = sweep.text("quantity_name")
    page, axes = style.figure(1.5 + 0.24 * len(settings) * len(names) / 2,
                              "Sweep: what each setting explains", 1, len(settings), sharey=True)
    places = numpy.arange(len(names))[::-1]
    for k, panel in enumerate(numpy.atleast_1d(axes)):
        total, first = sweep["total_share"][:, k], sweep["first_order_share"][:, k]
        panel.barh(places, total, color=style.SKY, height=0.7, label="with interactions")
        panel.barh(places, first, color=style.BLUE, height=0.4, label="by itself")
        panel.set(xlim=(0, 1), xlabel="share of variance")
        panel.set_title(settings[k])
        panel.set_yticks(places, [QUANTITIES.get(n, n) for n in names])
    style.legend(page, style.handles(numpy.atleast_1d(axes)[0]))
    return style.caption(page, "Variance of each model's quantity over all combinations, added up "
                         "over models that have it under all; by itself: Var(E[y | setting]) / "
                         "Var(y)", sweep.source(), sweep.identity())
