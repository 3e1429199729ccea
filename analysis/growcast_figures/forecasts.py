# SPDX-License-Identifier: GPL-3.0-or-later
"""Figure 10. The paper forecasts the downloads of the DeepSeek family 75 days ahead, as one line a
model. Here with intervals, and with the line that the protocol of the authors' web application gives
for the same counts."""
import numpy

from . import style
from .dataset import Missing
from .run import short_name

MOST = 9
FAMILY = "deepseek-ai/*"
FLOW = 30  # days of the flow that goes on
DOTS = 60  # longer series are lines


def of_models(run, patterns=(), authors=None):
    run.require("forecast_count")
    if not patterns and any(name.lower().startswith("deepseek-ai/") for name in run.names):
        patterns = (FAMILY,)
    chosen = [m for m in run.choose(patterns, len(run.names))
              if run.forecast(m) is not None and run.final[m] > 0][:MOST]
    if not chosen:
        raise Missing(f"{run.path.name} has no forecast of the chosen models")
    page, panels = style.grid(
        len(chosen), 3, 1.75, f"Figure 10. Forecasts of cumulative {run.metric}, up to "
        f"{style.plural(run['horizon'][-1], run.step)} ahead")
    labels = {}
    for panel, model in zip(panels, chosen):
        draw(panel, run, model, authors)
        panel.set_title(short_name(run.names[model], 30), fontsize=7)
        panel.locator_params(nbins=4)
        labels.update(style.handles(panel))
    style.legend(page, labels)
    style.outer_labels(page, f"age since release ({run.step}s)", f"cumulative {run.metric}")
    return style.caption(page, *explanation(run, authors), run.source(), run.identity())


def explanation(run, authors):
    """What the lines are: sentences of a caption."""
    yield (f"Forecast method {run.setting('forecast', 'method')}, conditional on the last count; "
           "bands: 80% and 95% of its draws")
    if run.step == "day":
        yield "Dotted: the flow of the last 30 days goes on, the baseline to beat"
    if authors is not None:
        yield ("The authors' method: the protocol of their web application (m = 100, start 0.5, 2, "
               f"0.5) fitted to the same counts and extrapolated, {authors.identity().split(':')[0]}; "
               "where it is not fitted there is no line")


def draw(axes, run, model, authors=None):
    """Counts and forecast of a model from its last count on."""
    age, counts = run.counts(model)
    ahead, median, quantiles = run.forecast(model)
    ahead, median = numpy.append(age[-1], ahead), numpy.append(counts[-1], median)
    axes.plot(age, counts, "o" if len(age) <= DOTS else "-", color=style.BLACK, ms=2.2,
              label="observed", zorder=4)
    axes.plot(ahead, median, color=style.ORANGE, label="forecast (median)", zorder=3)
    top = max(median[-1], counts.max())
    if quantiles is not None:
        for low, high, alpha in ((0.025, 0.975, 0.16), (0.1, 0.9, 0.3)):
            edges = [numpy.append(counts[-1], quantiles[:, run.quantile_index(p)])
                     for p in (low, high)]
            axes.fill_between(ahead, *edges, color=style.ORANGE, alpha=alpha, lw=0,
                              label=f"{round(100 * (high - low))}% of forecasts")
        top = max(top, quantiles[-1, run.quantile_index(0.975)])
    if run.step == "day" and len(age) > FLOW:
        flow = (counts[-1] - counts[-1 - FLOW]) / FLOW
        axes.plot(ahead, counts[-1] + flow * (ahead - age[-1]), ":", color=style.BLACK, lw=1,
                  label="last 30 days go on")
    extrapolate(axes, authors, run.names[model], ahead[-1], "authors' method")
    style.count_axis(axes.yaxis, logarithmic=False)
    axes.set_ylim(0, top * 1.15)


def extrapolate(axes, authors, name, end, label):
    """The curve of the authors' protocol, unless their optimiser returned where it started."""
    if authors is None or name not in authors.names:
        return
    model = authors.names.index(name)
    if not authors.fitted[model] or authors.has_flag("start_returned")[model]:
        return
    fine = numpy.linspace(0, end, 200)
    axes.plot(fine, authors.curve(model, fine), "--", color=style.BLUE, label=label)
