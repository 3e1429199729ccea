# SPDX-License-Identifier: GPL-3.0-or-later
"""Figure 5: data and fit of each model; Figure 10: forecasts of chosen models, beside what the
protocol of the authors' web application gives."""
import fnmatch

import numpy

from . import style
from .run import Missing, short_name

MOST = 50
DEFAULT_FAMILY = "deepseek-ai/*"


def choose(run, patterns, most=MOST):
    """Models that match any pattern (* and ?; upper and lower case are one), or the largest."""
    if not patterns:
        return run.largest(most)
    match = numpy.array([any(fnmatch.fnmatchcase(name.lower(), p.lower()) for p in patterns)
                         for name in run.names])
    if not match.any():
        raise Missing(f"no model of {run.path.name} matches {', '.join(patterns)}")
    order = numpy.argsort(-run.final, kind="stable")
    return order[match[order]][:most]


def noise_band(mean, dispersion, z):
    """Range in which cumulative counts fall, z standard deviations either side: increments are
    negative binomial with variance M + M^2/r around the curve's, their sum about log-normal."""
    with numpy.errstate(divide="ignore", invalid="ignore"):
        step = numpy.maximum(numpy.diff(mean, prepend=0.0), 0.0)
        variance = numpy.cumsum(step + step ** 2 / dispersion)
        spread = numpy.sqrt(numpy.log1p(variance / mean ** 2))
        centre = numpy.log(mean) - spread ** 2 / 2
        return numpy.exp(centre - z * spread), numpy.exp(centre + z * spread)


def parameter_bands(run):
    """80% ranges of the curve over kept replicates (bootstrap.keep = yes), by model; or None."""
    import xarray

    try:
        with xarray.open_dataset(run.path, group="bootstrap") as group:
            return {name: group[name].values for name in ("fitness", "immediacy", "longevity")}
    except OSError:
        return None


def curve_band(run, replicates, model, age):
    from .run import growth

    columns = [replicates[n][model][:, None] for n in ("fitness", "immediacy", "longevity")]
    curves = growth(age[None, :] * run.unit_of_step, run.scale, *columns)
    return numpy.nanpercentile(curves, (10, 90), axis=0)


def draw_model(axes, run, model, replicates, forecast=True):
    """Observed counts, the fitted curve, its band, and the forecast with its interval."""
    last = run.last[model]
    age, counts = run.age[: last + 1], run.observed[model, : last + 1]
    axes.plot(age, counts, "o", color=style.BLACK, ms=1.6, mew=0, label="observed", zorder=4)
    if run.fitted[model]:
        fine = numpy.linspace(age[0], age[-1], 60)
        axes.plot(fine, run.curve(model, fine), color=style.BLUE, lw=1, label="fit", zorder=3)
        if replicates is not None:
            low, high = curve_band(run, replicates, model, fine)
        else:
            low, high = noise_band(run.curve(model, age), run["dispersion"][model], 1.2816)
            low, high = (numpy.interp(fine, age, edge) for edge in (low, high))
        axes.fill_between(fine, low, high, color=style.BLUE, alpha=0.18, lw=0, label="80% band")
    if forecast and "forecast_count" in run and numpy.isfinite(run["forecast_count"][model]).any():
        ahead, median, quantiles = run.forecast(model)
        ahead = numpy.concatenate(([age[-1]], ahead))
        axes.plot(ahead, numpy.concatenate(([counts[-1]], median)), color=style.ORANGE, lw=1,
                  label="forecast", zorder=3)
        if quantiles is not None:
            edges = [numpy.concatenate(([counts[-1]], quantiles[:, run.quantile_index(p)]))
                     for p in (0.1, 0.9)]
            axes.fill_between(ahead, *edges, color=style.ORANGE, alpha=0.25, lw=0,
                              label="80% of forecasts")


def mark(run, model):
    """What a reader of the panel must know about the fit."""
    notes = [text for name, text in (("fitness_unbounded", "\u03bb unbounded"),
                                     ("at_bound", "at bound"), ("step_like", "one jump"))
             if run.flag(name)[model]]
    return ", ".join(notes) if run.fitted[model] else "not fitted"


def small_multiples(run, patterns=()):
    chosen = choose(run, patterns)
    if len(chosen) == 0:
        raise Missing(f"{run.path.name} has no model with a count above zero")
    columns = min(5, len(chosen))
    rows = -(-len(chosen) // columns)
    what = "chosen" if patterns else "largest"
    page, axes = style.figure(1.1 + 0.98 * rows, f"Figure 5. Data and fit of the {len(chosen)} "
                              f"{what} models", rows, columns, squeeze=False)
    replicates = parameter_bands(run)
    labels = {}
    for panel, model in zip(axes.flat, chosen):
        draw_model(panel, run, model, replicates)
        labels.update(zip(*reversed(panel.get_legend_handles_labels())))
        panel.set_ylim(0, None)
        style.count_axis(panel.yaxis, logarithmic=False)
        panel.locator_params(nbins=3)
        panel.tick_params(labelsize=6, length=2, pad=1.5)
        panel.set_title(short_name(run.names[model], 25), fontsize=6, fontweight="normal", pad=2)
        panel.text(0.03, 0.97, mark(run, model), transform=panel.transAxes, fontsize=5.5, va="top",
                   color=style.ORANGE, in_layout=False)
        panel.title.set_in_layout(False)
    style.hide_unused(axes, len(chosen))
    style.legend(page, labels)
    style.outer_labels(page, f"age since release ({run.step}s)", f"cumulative {run.metric}")
    band = ("80% of the curves of the bootstrap's replicates" if replicates is not None else
            "where 80% of counts fall if the curve and its dispersion are right")
    return style.caption(page, f"Blue band: {band}", "Orange text: what the fit cannot say (\u03bb "
                         "unbounded: the data do not limit how far growth goes)",
                         run.source(), run.identity())


def forecasts(run, patterns=(), authors=None):
    run.require("forecast_count")
    patterns = list(patterns)
    if not patterns:
        family = [n for n in run.names if fnmatch.fnmatchcase(n.lower(), DEFAULT_FAMILY)]
        patterns = [DEFAULT_FAMILY] if family else []
    known = numpy.isfinite(run["forecast_count"]).any(1)
    chosen = [m for m in choose(run, patterns, len(run.names)) if known[m] and run.final[m] > 0][:9]
    if not chosen:
        raise Missing(f"{run.path.name} has no forecast of the chosen models")
    columns = min(3, len(chosen))
    rows = -(-len(chosen) // columns)
    page, axes = style.figure(1.2 + 1.75 * rows, f"Figure 10. Forecasts of cumulative {run.metric}, "
                              f"up to {run['horizon'][-1]:g} {run.step}s ahead", rows, columns,
                              squeeze=False)
    labels = {}
    for panel, model in zip(axes.flat, chosen):
        one_forecast(panel, run, model, authors)
        labels.update(zip(*reversed(panel.get_legend_handles_labels())))
        panel.set_title(short_name(run.names[model], 34), fontsize=7.5)
        style.count_axis(panel.yaxis, logarithmic=False)
        panel.locator_params(nbins=4)
        panel.set_ylim(0, None)
    style.hide_unused(axes, len(chosen))
    style.legend(page, labels)
    style.outer_labels(page, f"age since release ({run.step}s)", f"cumulative {run.metric}")
    method = run.setting("forecast", "method")
    beside = ("The authors' method: their web application's protocol (m = 100, start 0.5, 2, 0.5), "
              f"run {str(authors.attributes.get('id', ''))[9:21]}, extrapolated; off the axis where "
              "it leaves the panel" if authors else "")
    return style.caption(page, f"Forecast method {method}; conditional on the last count", beside,
                         run.source(), run.identity())


def one_forecast(axes, run, model, authors):
    last = run.last[model]
    age, counts = run.age[: last + 1], run.observed[model, : last + 1]
    ahead, median, quantiles = run.forecast(model)
    ahead = numpy.concatenate(([age[-1]], ahead))
    axes.plot(age, counts, "o" if last < 60 else "-", color=style.BLACK, ms=2.4, label="observed",
              zorder=4)
    axes.plot(ahead, numpy.concatenate(([counts[-1]], median)), color=style.ORANGE,
              label="forecast (median)")
    top = max(median[-1], counts[-1])
    if quantiles is not None:
        for low, high, alpha in ((0.025, 0.975, 0.16), (0.1, 0.9, 0.3)):
            edges = [numpy.concatenate(([counts[-1]], quantiles[:, run.quantile_index(p)]))
                     for p in (low, high)]
            axes.fill_between(ahead, *edges, color=style.ORANGE, alpha=alpha, lw=0,
                              label=f"{round(100 * (high - low))}% of forecasts")
        top = quantiles[-1, run.quantile_index(0.975)]
    if authors is not None and run.names[model] in authors.names:
        other = authors.names.index(run.names[model])
        if authors.fitted[other]:
            fine = numpy.linspace(0, ahead[-1], 120)
            axes.plot(fine, authors.curve(other, fine), "--", color=style.BLUE,
                      label="authors' method")
    axes.set_ylim(0, max(top, counts.max()) * 1.15)
