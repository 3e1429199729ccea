# SPDX-License-Identifier: GPL-3.0-or-later
"""Figure 5. The paper shows data and fitted curve of its largest models. Here with the band of the
fit, the forecast, and what the fit cannot say."""
import numpy

from . import style
from .bands import fit_band, kept_replicates
from .dataset import Missing
from .run import short_name

MOST = 50
NOTES = (("fitness_unbounded", "\u03bb unbounded"), ("at_bound", "at bound"),
         ("step_like", "one jump"))


def small_multiples(run, patterns=()):
    chosen = run.choose(patterns, MOST)
    if len(chosen) == 0:
        raise Missing(f"{run.path.name} has no model with a count above zero")
    what = "chosen" if patterns else "largest"
    page, panels = style.grid(len(chosen), 5, 0.86, f"Figure 5. Data and fit of the {len(chosen)} "
                              f"{what} models")
    replicates = kept_replicates(run)
    labels = {}
    for panel, model in zip(panels, chosen):
        draw(panel, run, model, replicates)
        labels.update(style.handles(panel))
    style.legend(page, labels)
    style.outer_labels(page, f"age since release ({run.step}s)", f"cumulative {run.metric}")
    band = ("80% of the curves of the bootstrap's replicates" if replicates is not None else
            "where 80% of counts fall if the curve and its dispersion are right")
    return style.caption(page, f"Blue band: {band}", "Orange text: what the fit cannot say (\u03bb "
                         "unbounded: the data do not limit how far growth goes)",
                         run.source(), run.identity())


def draw(panel, run, model, replicates):
    age, counts = run.counts(model)
    panel.plot(age, counts, "o", color=style.BLACK, ms=1.6, mew=0, label="observed", zorder=4)
    if run.fitted[model]:
        fine = numpy.linspace(age[0], age[-1], 60)
        panel.plot(fine, run.curve(model, fine), color=style.BLUE, lw=1, label="fit", zorder=3)
        panel.fill_between(fine, *fit_band(run, replicates, model, fine), color=style.BLUE,
                           alpha=0.18, lw=0, label="80% band")
    draw_forecast(panel, run, model)
    panel.set_ylim(0, None)
    style.count_axis(panel.yaxis, logarithmic=False)
    panel.locator_params(nbins=3)
    panel.tick_params(labelsize=6.5, length=2, pad=1.5)
    panel.set_title(short_name(run.names[model], 21), fontsize=6, fontweight="normal", pad=2)
    # Above the curve, or below one that rises at once.
    high = counts[age <= panel.get_xlim()[1] / 2].max(initial=0) > 0.6 * panel.get_ylim()[1]
    place = {"x": 0.97, "y": 0.06, "ha": "right", "va": "bottom"} if high else {
        "x": 0.03, "y": 0.97, "va": "top"}
    panel.text(**place, s=note(run, model), transform=panel.transAxes, fontsize=6,
               color=style.ORANGE, in_layout=False, linespacing=1.1)


def draw_forecast(panel, run, model):
    forecast = run.forecast(model)
    if forecast is None:
        return
    now, count = run.age[run.last[model]], run.final[model]
    age, median, quantiles = forecast
    age = numpy.append(now, age)
    panel.plot(age, numpy.append(count, median), color=style.ORANGE, lw=1, label="forecast",
               zorder=3)
    if quantiles is not None:
        edges = [numpy.append(count, quantiles[:, run.quantile_index(p)]) for p in (0.1, 0.9)]
        panel.fill_between(age, *edges, color=style.ORANGE, alpha=0.25, lw=0,
                           label="80% of forecasts")


def note(run, model):
    """What a reader of the panel must know about the fit, one thing a line."""
    if not run.fitted[model]:
        return "not fitted"
    return "\n".join(text for name, text in NOTES if run.has_flag(name)[model])
