# SPDX-License-Identifier: GPL-3.0-or-later
"""The growth curve of Wang, Song and Barabasi (2013), and what is computed from counts alone."""
import math

import numpy


def normal_distribution(z):
    """Phi(z), element by element."""
    erf = numpy.vectorize(math.erf, otypes=[float])
    return 0.5 * (1.0 + erf(numpy.asarray(z, float) / math.sqrt(2.0)))


def growth(time, scale, fitness, immediacy, longevity):
    """c(t) = m (exp(lambda Phi((ln t - mu) / sigma)) - 1)."""
    with numpy.errstate(divide="ignore", over="ignore", invalid="ignore"):
        z = (numpy.log(time) - immediacy) / longevity
        return scale * numpy.expm1(fitness * normal_distribution(z))


def mean_growth(increments, least=10):
    """Mean cumulative count by age of (model, age) increments, of which models of different age
    have different lengths: the mean increment of those observed at each age, added up (Nelson
    1988, doi 10.1080/00401706.1988.10488352). The mean of cumulative counts would jump wherever a
    model's observation ends. NaN from where fewer than `least` models, or half of all, are left."""
    mean = mean_increment(increments, least)
    known = numpy.isfinite(mean)
    return numpy.where(known, numpy.cumsum(numpy.where(known, mean, 0.0)), numpy.nan)


def mean_increment(increments, least=10):
    """Mean increment by age of those observed; NaN like mean_growth."""
    count = numpy.isfinite(increments).sum(0)
    enough = (count >= least) & (count >= len(increments) / 2)
    return numpy.where(enough, numpy.nansum(increments, 0) / numpy.maximum(count, 1), numpy.nan)


def rank_correlation(x, y):
    """Spearman's: Pearson's correlation of ranks, ties sharing their mean rank."""
    if len(x) < 3:
        return numpy.nan
    return numpy.corrcoef(mean_ranks(x), mean_ranks(y))[0, 1]


def mean_ranks(values):
    """Ranks from 1, ties sharing their mean rank."""
    _, place, count = numpy.unique(values, return_inverse=True, return_counts=True)
    last = numpy.cumsum(count)
    return (last - (count - 1) / 2)[place]
