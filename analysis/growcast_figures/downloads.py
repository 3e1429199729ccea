# SPDX-License-Identifier: GPL-3.0-or-later
"""Figure 9: downloads with forecast, beside the running sum of the Hub's 30-day counter that the
authors published as cumulative downloads."""
import numpy

from . import style
from .models import choose, one_forecast
from .run import Missing

DEFAULT = "deepseek-ai/*"  # DeepSeek-R1 in the paper
WINDOW = 30  # days of the Hub's counter


def running_sum(cumulative):
    """What summing the trailing counter S(t) = C(t) - C(t - 30) day after day gives."""
    before = numpy.concatenate((numpy.zeros(WINDOW), cumulative[:-WINDOW]))[: len(cumulative)]
    return numpy.cumsum(cumulative - before)


def with_forecast(run, patterns=(DEFAULT,), authors=None):
    if run.step != "day":
        raise Missing(f"{run.path.name} counts by {run.step}, downloads are daily")
    try:
        model = choose(run, patterns, 1)[0]
    except Missing:
        model = choose(run, (), 1)[0]
    last = run.last[model]
    age, counts = run.age[: last + 1], run.observed[model, : last + 1]
    page, (true, both) = style.figure(3.4, f"Figure 9. Downloads of {run.names[model]}", 1, 2)
    if "forecast_count" in run and numpy.isfinite(run["forecast_count"][model]).any():
        one_forecast(true, run, model, authors)
    else:
        true.plot(age, counts, color=style.BLACK, label="observed")
        if run.fitted[model]:
            true.plot(age, run.curve(model, age), color=style.BLUE, label="fit")
    true.set_ylim(0, None)
    style.count_axis(true.yaxis, logarithmic=False)
    true.set(xlabel="age since release (days)", ylabel="cumulative downloads")
    true.set_title("true cumulative downloads")
    true.legend(loc="upper left")
    published = running_sum(counts)
    both.plot(age, published, color=style.ORANGE)
    both.plot(age, counts, color=style.BLACK)
    style.count_axis(both.yaxis)
    positive = counts[counts > 0]
    both.set(xlabel="age since release (days)", ylim=(positive.min() if len(positive) else 1, None),
             xlim=(0, age[-1] * 1.5))
    both.set_title("summing the Hub's counter overcounts")
    ratio = published[-1] / counts[-1] if counts[-1] > 0 else numpy.nan
    style.label_ends(both, [
        (age[-1], published[-1], f"running sum\n{style.count_label(float(f'{published[-1]:.3g}'))}"
         f" ({ratio:.0f} times)", style.ORANGE),
        (age[-1], counts[-1], f"downloads\n{style.count_label(float(f'{counts[-1]:.3g}'))}",
         style.BLACK)], gap=20)
    return style.caption(page, "The Hub's number counts the trailing 30 days. Adding it up day after "
                         "day, as the published data do, counts a download up to 30 times; the true "
                         "count is recovered from its differences", run.source(), run.identity())
