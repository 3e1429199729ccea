# SPDX-License-Identifier: GPL-3.0-or-later
"""Table 1 of Bhandari, Chen and Gao 2025 (arXiv 2502.15987): published parameters against those of
a run of the same protocol (config/paper.ini), with each artefact of the protocol marked."""
import csv

import numpy

from . import style
from .run import RIDGE, Missing, short_name

BOUND = 1e-6
KINDS = {
    "pinned": ("\u03bc at its bound 0", style.AMBER),
    "ridge": ("\u03bb not determined", style.ORANGE),
    "start": ("not fitted: start values", style.GREY),
    "interior": ("determined", style.BLUE),
}


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return [(row["model"], [float(row[c]) for c in ("fitness", "immediacy", "longevity")],
                 row["fitted"] == "1") for row in csv.DictReader(file)]


def kind_of(published, fitted):
    """Which artefact of the protocol a published row is."""
    if not fitted:
        return "start"
    if published[0] > RIDGE:
        return "ridge"
    return "pinned" if published[1] < BOUND else "interior"


def published_and_refitted(run, path):
    if run.setting("fit", "method") != "paper":
        raise Missing(f"{run.path.name} was not fitted with fit.method = paper")
    rows = [row for row in read(path) if row[0] in run.names]
    if not rows:
        raise Missing(f"{run.path.name} has no model of {path}")
    page, axes = style.figure(1.4 + 0.155 * len(rows), "Table 1. Published and refitted parameters",
                              1, 3, sharey=True)
    places = numpy.arange(len(rows))[::-1]
    kinds = [kind_of(values, fitted) for _, values, fitted in rows]
    labels = ("fitness \u03bb", "immediacy \u03bc (ln years)", "longevity \u03c3")
    models = [run.names.index(name) for name, _, _ in rows]
    for j, (panel, label) in enumerate(zip(axes, labels)):
        for place, (_, values, _), model, kind in zip(places, rows, models, kinds):
            ours, colour = run.parameters(model)[j], KINDS[kind][1]
            theirs = values[j]
            if j == 1:  # the bound 0 has no place on a logarithmic axis
                ours, theirs = max(ours, 0.03), max(theirs, 0.03)
            panel.plot([theirs, ours], [place] * 2, color=colour, lw=0.8, alpha=0.6)
            panel.plot(theirs, place, "o", mfc="white", mec=colour, ms=5)
            panel.plot(ours, place, "o", color=colour, ms=2.4)
        style.plain_log_axis(panel.xaxis)
        style.count_axis(panel.xaxis)
        panel.set_xlabel(label)
        panel.grid(axis="y", color="#eeeeee", lw=0.6)
    axes[1].set_xticks([0.03, 0.1, 1, 10, 100], ["0", "0.1", "1", "10", "100"])
    axes[0].set_yticks(places, [short_name(name, 30) for name, _, _ in rows], fontsize=6.5)
    axes[0].set_ylim(-1, len(rows))
    for kind, (text, colour) in KINDS.items():
        axes[0].plot([], [], "o", color=colour, ms=4, label=f"{text} ({kinds.count(kind)})")
    style.legend(page, dict(zip(*reversed(axes[0].get_legend_handles_labels()))))
    return style.caption(page, "Ring: published, dot: refitted with the paper's protocol (m = 1, t in "
                         "years, bounds (0, inf), start 0.5, 2, 0.5); colour: what the published row "
                         "is", f"{len(rows)} of the table's rows are in the data. {run.source()}",
                         run.identity())
