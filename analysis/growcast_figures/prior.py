# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hierarchy learned: the distribution of parameters among series, by age."""
import math

import numpy

from . import style
from .run import STEPS_PER_YEAR

AGES = (3, 10, 30)  # months; the cohort's covariate is (age - 10) / 10
CHI_SQUARE_80 = 3.219  # 80% of a bivariate normal lies within this squared distance


def ellipse(mean, covariance):
    values, vectors = numpy.linalg.eigh(covariance)
    angle = numpy.linspace(0, 2 * math.pi, 120)
    circle = numpy.stack((numpy.cos(angle), numpy.sin(angle)))
    reach = numpy.sqrt(numpy.maximum(values, 0) * CHI_SQUARE_80)
    return mean[:, None] + vectors @ (reach[:, None] * circle)


def learned(run):
    run.require("prior_coefficient", "prior_covariance", "prior_covariate_name")
    coefficient, covariance = run["prior_coefficient"], run["prior_covariance"]
    covariates = [str(n) for n in run["prior_covariate_name"]]
    names = ("ultimate count", "impact time (months)", "longevity \u03c3")
    page, panels = style.figure(3.5, "The learned prior", 1, 3)
    ages = AGES if "cohort" in covariates else AGES[1:2]
    colours = style.SEQUENCE(numpy.linspace(0, 1, len(ages)))
    for panel, (x, y) in zip(panels, ((0, 1), (0, 2))):
        if "pooled_ultimate_count" in run:
            points(panel, run, (x, y))
        for age, colour in zip(ages, colours):
            row = numpy.array([1.0 if c == "constant" else (age - 10) / 10 if c == "cohort" else 0.0
                               for c in covariates])
            mean = row @ coefficient
            line = ellipse(mean[[x, y]], covariance[numpy.ix_([x, y], [x, y])])
            panel.plot(*numpy.exp(line), color=colour, label=f"{age} months old")
            panel.plot(*numpy.exp(mean[[x, y]]), "+", color=colour, ms=7)
        style.plain_log_axis(panel.yaxis)
        style.count_axis(panel.xaxis)
        panel.set(xlabel=names[x], ylabel=names[y])
    style.legend(page, dict(zip(*reversed(panels[0].get_legend_handles_labels()))))
    weights(panels[2], run)
    count = f"{run['prior_model_count']:.0f} series taught it" if "prior_model_count" in run else ""
    return style.caption(page, "Ellipses: 80% of series of an age at the end of the data, cross: mean. "
                         "Grey: pooled parameters of the models with a count above zero", count,
                         "Right: prior probability of the dispersion r, where the variance of an "
                         "increment is M + M\u00b2/r", run.source(), run.identity())


def points(axes, run, pair):
    months = 12.0 / STEPS_PER_YEAR[run.time_unit]
    values = [run["pooled_ultimate_count"], numpy.exp(run["pooled_immediacy"]) * months,
              run["pooled_longevity"]]
    keep = (run.final > 0) & numpy.isfinite(values[0])
    axes.scatter(values[pair[0]][keep], values[pair[1]][keep], 3, color=style.GREY, alpha=0.35,
                 linewidths=0, rasterized=True)


def weights(axes, run):
    size, weight = run["prior_size"], run["prior_size_weight"]
    axes.bar(range(len(size)), weight, color=style.BLUE, width=0.75)
    axes.set_xticks(range(len(size)), [f"{r:g}" for r in size])
    for k, w in enumerate(weight):
        axes.text(k, w, f"{w:.2f}", ha="center", va="bottom", fontsize=6.5)
    axes.set(xlabel="dispersion r", ylabel="prior probability", ylim=(0, max(weight) * 1.15))
