# SPDX-License-Identifier: GPL-3.0-or-later
"""Table 1 of Bhandari, Chen and Gao 2025 (arXiv 2502.15987): published parameters against those of
a run of the same protocol (config/paper.ini), with each artefact of the protocol marked."""
import csv

import numpy

from . import style
from .dataset import Missing
from .growth import growth
from .run import RIDGE, short_name

BOUND = 1e-6
ZERO = 0.03  # where the bound 0 stands on a logarithmic axis
KINDS = {  # what a published row is: text, colour, marker
    "pinned": ("\u03bc at its bound 0", style.AMBER, "s"),
    "ridge": ("\u03bb not determined", style.ORANGE, "^"),
    "start": ("not fitted: start values", style.GREY, "D"),
    "interior": ("determined", style.BLUE, "o"),
}


def read(path):
    """Rows (model, (fitness, immediacy, longevity), whether it was fitted) of the table."""
    with open(path, newline="", encoding="utf-8") as file:
        return [(row["model"], tuple(float(row[c]) for c in ("fitness", "immediacy", "longevity")),
                 row["fitted"] == "1") for row in csv.DictReader(file)]


def kind_of(published, fitted):
    """Which artefact of the protocol a published row is."""
    if not fitted:
        return "start"
    if published[0] > RIDGE:
        return "ridge"
    return "pinned" if published[1] < BOUND else "interior"


def error(run, model, parameters):
    """Root mean squared error of a curve over the model's counts, month 0 included."""
    age, counts = run.counts(model)
    curve = growth(age * run.unit_of_step, run.scale, *parameters)
    return numpy.sqrt(numpy.mean((curve - counts) ** 2))


def published_and_refitted(run, path):
    if run.setting("fit", "method") != "paper":
        raise Missing(f"{run.path.name} was not fitted with fit.method = paper")
    rows = [row for row in read(path) if row[0] in run.names]
    if not rows:
        raise Missing(f"{run.path.name} has no model of {path}")
    page, axes = style.figure(1.4 + 0.152 * len(rows), "Table 1. Published and refitted parameters",
                              1, 4, (1, 1, 1, 0.8), sharey=True)
    places = range(len(rows))[::-1]
    kinds = [kind_of(values, fitted) for _, values, fitted in rows]
    for place, (name, theirs, _), kind in zip(places, rows, kinds):
        model = run.names.index(name)
        ours = run.parameters(model)
        for panel, published, refitted in zip(axes, theirs, ours):
            pair(panel, place, max(published, ZERO), max(refitted, ZERO), kind)
        ratio = error(run, model, ours) / error(run, model, theirs)
        axes[3].plot(ratio, place, KINDS[kind][2], color=KINDS[kind][1], ms=3.5)
    label(axes, places, rows)
    for kind, (text, colour, marker) in KINDS.items():
        axes[0].plot([], [], marker, color=colour, ms=4, label=f"{text} ({kinds.count(kind)})")
    style.legend(page, style.handles(axes[0]))
    return style.caption(
        page, "Hollow: published, small: refitted with the paper's protocol (m = 1, t in years, "
        "bounds (0, inf), start 0.5, 2, 0.5); colour: what the published row is. Right: root mean "
        "squared error of the refitted curve over that of the published one, whose parameters are "
        "rounded in print", f"{len(rows)} of the table's rows are in the data. {run.source()}",
        run.identity())


def pair(panel, place, published, refitted, kind):
    _, colour, marker = KINDS[kind]
    panel.plot([published, refitted], [place] * 2, color=colour, lw=0.8, alpha=0.6)
    panel.plot(published, place, marker, mfc="white", mec=colour, ms=5)
    panel.plot(refitted, place, marker, color=colour, ms=2.2)


def label(axes, places, rows):
    for panel, text in zip(axes, ("fitness \u03bb", "immediacy \u03bc (ln years)",
                                  "longevity \u03c3", "error ratio")):
        style.plain_log_axis(panel.xaxis)
        panel.set_xlabel(text)
        panel.grid(axis="y", color="#eeeeee", lw=0.6)
    style.count_axis(axes[0].xaxis)
    axes[1].set_xticks([ZERO, 0.1, 1, 10, 100], ["0", "0.1", "1", "10", "100"])
    axes[3].axvline(1, color=style.LIGHT, lw=0.8, zorder=0)
    low, high = axes[3].get_xlim()
    axes[3].set_xlim(min(low, 0.5), max(high, 2))
    axes[0].set_yticks(places, [short_name(name, 30) for name, _, _ in rows], fontsize=6.5)
    axes[0].set_ylim(-1, len(rows))
