#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do intervals hold what they say, where the truth is known?

    analysis/calibration.py RUN.nc [--program growcast] [--launch "mpirun -n 2"] [--models N]
                            [--replicates B] [--seed S] [--json FILE]

Draws a new ensemble from the prior that RUN learned: for every model of the run, at its release
date and with its observation length, theta = (A, mu, ln sigma) ~ N(B'x, V) of its cohort, r, and
monthly increments from the mixture of ordinary steps and shocks that the run was fitted with; the
months after the last observation are kept back as futures. All bootstraps and the posterior are run
on that ensemble with the run's own hierarchy settings. For the central intervals of 50, 80 and 95 %
the table gives the share of models whose interval holds the truth, with its standard error.

Coverage is by the probability integral transform, of which a count takes the part that its
probability covers, since closed intervals of integers read high. "identified" leaves out models
whose fitness has no upper bound in the data. Only theta within the bounds of the grid is drawn.
"""
import argparse
import csv
import json
import math
import pathlib
import shlex
import subprocess
import sys
import tempfile

import numpy as np

from growcast_figures.dataset import Dataset
from growcast_figures.run import FITTED

BOOTSTRAPS = ("parametric-nb", "parametric-poisson", "residual", "case", "block")
PARAMETERS = ("fitness", "immediacy", "longevity", "ultimate_count")
LEVELS = (0.5, 0.8, 0.95)
QUANTILES = ", ".join(f"{p:g}" for p in (0.025, *np.arange(1, 20) / 20, 0.975))


def numbers(text):
    return [float(word) for word in text.split(",")]


def draw_parameters(run, hierarchy, generator, count):
    """theta [count][3] and r [count] of the run's models, in their order."""
    x = np.ones((count, 2))
    x[:, 1] = (run["observation_count"][:count] - 1 - 10) / 10
    names = run.text("prior_covariate_name")
    if names not in (["constant"], ["constant", "cohort"]):
        sys.exit("calibration.py: the prior depends on names, which new models do not have")
    mean = x[:, : len(names)] @ run["prior_coefficient"]
    factor = np.linalg.cholesky(run["prior_covariance"])
    lower, upper = np.transpose([numbers(hierarchy["ultimate_range"]),
                                 numbers(hierarchy["immediacy_range"]),
                                 np.log(numbers(hierarchy["longevity_range"]))])
    theta = np.full((count, 3), math.nan)
    missing = np.ones(count, bool)
    while missing.any():
        drawn = mean[missing] + generator.standard_normal((missing.sum(), 3)) @ factor.T
        theta[missing] = drawn
        missing = ((theta < lower) | (theta > upper)).any(axis=1)
    weight = run["prior_size_weight"]
    r = generator.choice(run["prior_size"], size=count, p=weight / weight.sum())
    return theta, r


def curve(theta, scale, months):
    """c(t) of every model, [count][months + 1]."""
    age = np.arange(1, months + 1)
    z = (np.log(age)[None, :] - theta[:, 1:2]) / np.exp(theta[:, 2:3])
    phi = 0.5 * np.vectorize(math.erfc)(-z / math.sqrt(2))
    fitness = np.log1p(np.exp(theta[:, :1]) / scale)
    return np.hstack([np.zeros((len(theta), 1)), scale * np.expm1(fitness * phi)])


def draw_counts(theta, r, scale, hierarchy, generator, months):
    """Cumulative counts, [count][months + 1]."""
    mean = np.maximum(np.diff(curve(theta, scale, months), axis=1), 1e-9)
    size = np.broadcast_to(r[:, None], mean.shape).copy()
    if hierarchy.getboolean("shocks"):
        shock = generator.random(mean.shape) < hierarchy.getfloat("shock_probability")
        mean = np.where(shock, hierarchy.getfloat("shock_factor") * mean
                        + hierarchy.getfloat("shock_offset"), mean)
        size = np.where(shock, hierarchy.getfloat("shock_dispersion"), size)
    steps = generator.poisson(generator.gamma(size, mean / size))
    return np.hstack([np.zeros((len(theta), 1)), np.cumsum(steps, axis=1)])


def write_series(path, counts, length, dates):
    months = int(length.max())
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["model", *(f"{k}-month" for k in range(months)), "created_at"])
        for i, (count, points, date) in enumerate(zip(counts, length, dates)):
            cells = [f"{value:.0f}" for value in count[:points]]
            writer.writerow([f"simulated/model-{i:06d}", *cells, *[""] * (months - points), date])


def fit(arguments, series, output, hierarchy, scale, method, replicates):
    sets = [f"hierarchy.{key}={value}" for key, value in hierarchy.items()]
    sets += [f"model.scale={scale}", f"bootstrap.method={method}",
             f"bootstrap.replicates={replicates}", f"run.seed={arguments.seed}",
             "forecast.method=hierarchical", "model.time_unit=month",
             f"output.quantiles={QUANTILES}"]
    command = [*shlex.split(arguments.launch), arguments.program, "fit", series, "-o", output, "-q"]
    for setting in sets:
        command += ["-s", setting]
    subprocess.run([str(word) for word in command], check=True)
    return Dataset(output)


def inside(probability, values, truth, level):
    """Share of the truth's probability integral transform within the central interval of a level.

    The transform of a count spans the distribution function from below the count to the count, each
    known to half the distance of neighbouring quantiles. NaN without quantiles.
    """
    low, high = (1 - level) / 2, (1 + level) / 2
    known = np.concatenate([[0], probability, [1]])
    below = (values < truth[..., None]).sum(axis=-1)
    equal = (values == truth[..., None]).sum(axis=-1)
    start = np.where(equal > 0, (known[below] + known[below + 1]) / 2, known[below])
    end = np.where(equal > 0, (known[below + equal] + known[np.minimum(below + equal + 1,
                                                                       len(known) - 1)]) / 2,
                   known[np.minimum(below + 1, len(known) - 1)])
    overlap = np.clip(np.minimum(end, high) - np.maximum(start, low), 0, None)
    share = overlap / (end - start)
    return np.where(np.isnan(values).any(axis=-1), math.nan, share)


def coverage(probability, values, truth):
    """Share and standard error for every level. values: [..., quantile]; truth: [...]."""
    result = []
    for level in LEVELS:
        held = inside(probability, values, truth, level)
        held = held[~np.isnan(held)]
        share = held.mean() if held.size else math.nan
        error = held.std() / math.sqrt(held.size) if held.size else math.nan
        result.append((share, error, int(held.size)))
    return result


def rows(dataset, method, truth):
    """(method, quantity, group, coverage) of one run on the ensemble."""
    probability = dataset["quantile"]
    fitted = dataset["fit_status"] == FITTED
    unbounded = dataset.has_flag("fitness_unbounded")
    posterior = method == "posterior"
    groups = {"all": np.ones(len(fitted), bool)} if posterior else {
        "fitted": fitted, "identified": fitted & ~unbounded}
    for name in PARAMETERS:
        values = dataset[f"{'pooled_' if posterior else ''}{name}_quantile"]
        for group, chosen in groups.items():
            yield method, name, group, coverage(probability, values[chosen], truth[name][chosen])


def forecast_rows(dataset, futures):
    probability = dataset["quantile"]
    for h, months in enumerate(dataset["horizon"]):
        values = dataset["forecast_quantile"][:, h]
        yield ("posterior", f"count {months:.0f} months ahead", "all",
               coverage(probability, values, futures[int(months)]))


def study(arguments):
    run = Dataset(arguments.run)
    hierarchy = run.configuration["hierarchy"]
    scale = float(run.attributes["model_scale"])
    generator = np.random.default_rng(arguments.seed)
    models = run.data.sizes["model"]
    count = min(models, arguments.models or models)
    length = run["observation_count"][:count].astype(int)
    theta, r = draw_parameters(run, hierarchy, generator, count)
    ahead = 12
    counts = draw_counts(theta, r, scale, hierarchy, generator, int(length.max()) - 1 + ahead)
    at = np.arange(count)
    futures = {h: counts[at, length - 1 + h] for h in range(1, ahead + 1)}
    truth = {"fitness": np.log1p(np.exp(theta[:, 0]) / scale), "immediacy": theta[:, 1],
             "longevity": np.exp(theta[:, 2]), "ultimate_count": np.exp(theta[:, 0])}
    dates = [str(date)[:10] for date in run["release_date"][:count]]
    dates = ["" if date == "NaT" else date for date in dates]
    with tempfile.TemporaryDirectory(prefix="growcast-calibration-") as folder:
        folder = pathlib.Path(folder)
        series = folder / "series.csv"
        write_series(series, counts, length, dates)
        for method in BOOTSTRAPS:
            dataset = fit(arguments, series, folder / f"{method}.nc", hierarchy, scale, method,
                          arguments.replicates)
            order = [int(name.rsplit("-", 1)[1]) for name in dataset.text("model_name")]
            ordered = {name: values[order] for name, values in truth.items()}
            yield from rows(dataset, method, ordered)
        yield from rows(dataset, "posterior", ordered)
        yield from forecast_rows(dataset, {h: values[order] for h, values in futures.items()})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", help="monthly run of growcast fit, whose prior is drawn from")
    parser.add_argument("--program", default="build/growcast")
    parser.add_argument("--launch", default="", help="what starts the program, such as mpirun -n 2")
    parser.add_argument("--models", type=int, help="only the first so many models of the run")
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", help="also write the table here")
    arguments = parser.parse_args()

    print(f"{'method':19s} {'interval of':24s} {'models':11s}"
          + "".join(f" {f'{100 * level:.0f} %':>8s} {'+-':>5s}" for level in LEVELS) + "       n")
    table = []
    for method, quantity, group, shares in study(arguments):
        table.append({"method": method, "quantity": quantity, "models": group, "n": shares[0][2],
                      **{f"{level}": share[0] for level, share in zip(LEVELS, shares)}})
        print(f"{method:19s} {quantity:24s} {group:11s}"
              + "".join(f" {share:8.3f} {error:5.3f}" for share, error, _ in shares)
              + f" {shares[0][2]:7d}", flush=True)
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(table, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
