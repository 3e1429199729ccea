# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hierarchy learned: the distribution of parameters among series, by age."""
import math

import numpy

from . import style
from .run import STEPS_PER_YEAR

AGES = (3, 10, 30)  # months; the cohort's covariate is (age - 10) / 10
CHI_SQUARE_80 = 3.219  # 80% of a bivariate normal lies within this squared distance
NAMES = ("ultimate count", "impact time (months)", "longevity \u03c3")


def learned(run):
    run.require("prior_coefficient", "prior_covariance", "prior_covariate_name")
    page, panels = style.figure(3.5, "The learned prior", 1, 3)
    for panel, pair in zip(panels, ((0, 1), (0, 2))):
        draw_pair(panel, run, pair)
    style.legend(page, style.handles(panels[0]))
    draw_sizes(panels[2], run)
    count = f"{run['prior_model_count']:.0f} series taught it" if "prior_model_count" in run else ""
    return style.caption(page, "Ellipses: 80% of series of an age at the end of the data, cross: mean. "
                         "Grey: pooled parameters of the models with a count above zero", count,
                         "Right: prior probability of the dispersion r, where the variance of an "
                         "increment is M + M\u00b2/r", run.source(), run.identity())


def draw_pair(panel, run, pair):
    """The prior of two of (ln ultimate count, mu, ln sigma), over the models' own parameters."""
    x, y = pair
    covariance = run["prior_covariance"][numpy.ix_(pair, pair)]
    if "pooled_ultimate_count" in run:
        draw_models(panel, run, pair)
    ages = AGES if "cohort" in run.text("prior_covariate_name") else AGES[1:2]
    for age, colour in zip(ages, style.SEQUENCE(numpy.linspace(0, 1, len(ages)))):
        mean = prior_mean(run, age)[[x, y]]
        panel.plot(*numpy.exp(ellipse(mean, covariance)), color=colour, lw=1.5,
                   label=f"{age} months old")
        panel.plot(*numpy.exp(mean), "+", color=colour, ms=7)
    style.plain_log_axis(panel.yaxis)
    style.count_axis(panel.xaxis)
    panel.set(xlabel=NAMES[x], ylabel=NAMES[y])


def prior_mean(run, age):
    """Mean of the parameters of series of an age in months, other covariates at zero."""
    values = {"constant": 1.0, "cohort": (age - 10) / 10}
    row = [values.get(name, 0.0) for name in run.text("prior_covariate_name")]
    return numpy.array(row) @ run["prior_coefficient"]


def ellipse(mean, covariance):
    values, vectors = numpy.linalg.eigh(covariance)
    angle = numpy.linspace(0, 2 * math.pi, 120)
    circle = numpy.stack((numpy.cos(angle), numpy.sin(angle)))
    reach = numpy.sqrt(numpy.maximum(values, 0) * CHI_SQUARE_80)
    return mean[:, None] + vectors @ (reach[:, None] * circle)


def draw_models(panel, run, pair):
    months = 12.0 / STEPS_PER_YEAR[run.time_unit]
    values = (run["pooled_ultimate_count"], numpy.exp(run["pooled_immediacy"]) * months,
              run["pooled_longevity"])
    keep = (run.final > 0) & numpy.isfinite(values[0])
    panel.scatter(*(values[k][keep] for k in pair), 3, color=style.GREY, alpha=0.35, linewidths=0,
                  rasterized=True)


def draw_sizes(axes, run):
    size, weight = run["prior_size"], run["prior_size_weight"]
    axes.bar(range(len(size)), weight, color=style.BLUE, width=0.75)
    axes.set_xticks(range(len(size)), [f"{r:g}" for r in size])
    for k, w in enumerate(weight):
        axes.text(k, w, f"{w:.2f}", ha="center", va="bottom", fontsize=6.5)
    axes.set(xlabel="dispersion r", ylabel="prior probability", ylim=(0, max(weight) * 1.15))
