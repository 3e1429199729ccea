# SPDX-License-Identifier: GPL-3.0-or-later
"""Figure 9. The paper shows daily cumulative downloads with their forecast; its count is the running
sum of the Hub's 30-day counter. Here the downloads are recovered, and the published sum with what the
authors' method makes of it stands beside."""
import numpy

from . import forecasts, style
from .dataset import Missing
from .labels import label_ends

DEFAULT = ("deepseek-ai/DeepSeek-R1", "deepseek-ai/*")  # the paper's example, or its family
WINDOW = 30  # days of the Hub's counter


def running_sum(cumulative):
    """What summing the trailing counter S(t) = C(t) - C(t - 30) day after day gives."""
    before = numpy.concatenate((numpy.zeros(WINDOW), cumulative[:-WINDOW]))[: len(cumulative)]
    return numpy.cumsum(cumulative - before)


def example(run, patterns):
    """The largest model of the first pattern that any model matches, or of all."""
    for pattern in patterns or DEFAULT:
        try:
            return run.choose((pattern,), 1)[0]
        except Missing:
            continue
    return run.largest(1)[0]


def with_forecast(run, patterns=(), authors=None, published=None):
    """run: recovered downloads. authors: the web application's protocol on these; published: the
    same protocol on the files' own running sums."""
    if run.step != "day":
        raise Missing(f"{run.path.name} counts by {run.step}, downloads are daily")
    if run.setting("input", "counter") == "cumulative":
        raise Missing(f"{run.path.name} takes running sums for downloads: fit with input.counter = "
                      "trailing30-sum")
    run.require("forecast_count")
    model = example(run, patterns)
    page, (true, both) = style.figure(
        3.6, f"Figure 9. Downloads of {run.names[model]}, up to "
        f"{style.plural(run['horizon'][-1], 'day')} ahead", 1, 2)
    forecasts.draw(true, run, model, authors)
    true.set(xlabel="age since release (days)", ylabel="cumulative downloads")
    true.set_title("cumulative downloads")
    true.legend(loc="upper left", fontsize=7)
    overcount(both, run, model, published)
    return style.caption(
        page, "The Hub's number counts the trailing 30 days. Adding it up day after day, as the "
        "published data do, counts a download up to 30 times; the downloads are recovered from its "
        "differences", *forecasts.explanation(run, authors), run.source(), run.identity())


def overcount(axes, run, model, published):
    """The running sum, with the authors' forecast of it, above the downloads."""
    age, counts = run.counts(model)
    total = running_sum(counts)
    end = age[-1] + run["horizon"][-1]
    axes.plot(age, total, color=style.ORANGE)
    axes.plot(age, counts, color=style.BLACK)
    forecasts.extrapolate(axes, published, run.names[model], end, "authors' method on the sum")
    style.count_axis(axes.yaxis)
    positive = counts[counts > 0]
    axes.set(xlabel="age since release (days)", xlim=(0, end),
             ylim=(positive.min() if len(positive) else 1, None))
    axes.set_title("summing the Hub's counter overcounts")
    ratio = total[-1] / counts[-1] if counts[-1] > 0 else numpy.nan
    label_ends(axes, [
        (age[-1], total[-1], f"running sum\n{style.short_count(total[-1])} ({ratio:.0f} times)",
         style.ORANGE),
        (age[-1], counts[-1], f"downloads\n{style.short_count(counts[-1])}", style.BLACK)], gap=20)
    if style.handles(axes):
        axes.legend(loc="lower right", fontsize=7)
