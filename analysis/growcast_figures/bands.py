# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges around a fitted curve."""
import numpy
import xarray

from .growth import growth

PARAMETERS = ("fitness", "immediacy", "longevity")
Z_80 = 1.2816  # 80% of a normal distribution lie within this many standard deviations


def kept_replicates(run):
    """{parameter: [model, replicate]} of a run with bootstrap.keep = yes, else None."""
    try:
        with xarray.open_dataset(run.path, group="bootstrap") as group:
            return {name: group[name].values for name in PARAMETERS}
    except OSError:
        return None


def replicate_band(run, replicates, model, age):
    """80% of the curves of a model's replicates."""
    columns = [replicates[name][model][:, None] for name in PARAMETERS]
    curves = growth(age[None, :] * run.unit_of_step, run.scale, *columns)
    return numpy.nanpercentile(curves, (10, 90), axis=0)


def count_band(mean, dispersion):
    """Where 80% of cumulative counts fall if the curve `mean` is right: increments are negative
    binomial with variance M + M^2/r around the curve's, their sum about log-normal."""
    with numpy.errstate(divide="ignore", invalid="ignore"):
        step = numpy.maximum(numpy.diff(mean, prepend=0.0), 0.0)
        variance = numpy.cumsum(step + step ** 2 / dispersion)
        spread = numpy.sqrt(numpy.log1p(variance / mean ** 2))
        centre = numpy.log(mean) - spread ** 2 / 2
        return numpy.exp(centre - Z_80 * spread), numpy.exp(centre + Z_80 * spread)


def fit_band(run, replicates, model, age):
    """The band of Figure 5: of the replicates if they were kept, else of counts."""
    if replicates is not None:
        return replicate_band(run, replicates, model, age)
    steps, _ = run.counts(model)
    edges = count_band(run.curve(model, steps), run["dispersion"][model])
    return [numpy.interp(age, steps, edge) for edge in edges]
