# SPDX-License-Identifier: GPL-3.0-or-later
"""Sensitivity of results to settings, from a sweep's file."""
import numpy

from . import style
from .run import Missing, Run, short_name

TOP = 15


def varied(sweep, name):
    """The dimensions of a per-model variable other than model: the settings that were varied."""
    return [d for d in sweep.data[name].dims if d != "model"]


def setting_labels(sweep, dimension):
    if dimension in sweep.data.coords or dimension in sweep.data:
        values = sweep.data[dimension].values
        return [f"{v:g}" if numpy.issubdtype(numpy.asarray(v).dtype, numpy.number) else str(v)
                for v in values]
    return [str(k) for k in range(sweep.data.sizes[dimension])]


def along(sweep, name, dimension):
    """The variable by that setting, the others at their first value: (setting, model)."""
    array = sweep.data[name]
    rest = {d: 0 for d in array.dims if d not in (dimension, "model")}
    return array.isel(rest).transpose(dimension, "model").values


def ranks(values):
    order = numpy.argsort(-numpy.where(numpy.isfinite(values), values, -numpy.inf), kind="stable")
    rank = numpy.empty(len(values))
    rank[order] = numpy.arange(1, len(values) + 1)
    return rank


def sensitivity(path):
    sweep = Run(path)
    sweep.require("fitness", "model_name")
    dimensions = [d for d in varied(sweep, "fitness") if sweep.data.sizes[d] > 1]
    if not dimensions:
        raise Missing(f"{sweep.path.name} varies no setting")
    dimension = next((d for d in dimensions if "scale" in d), dimensions[0])
    names = [str(n) for n in sweep["model_name"]]
    fitness = along(sweep, "fitness", dimension)
    labels = setting_labels(sweep, dimension)
    page, (bumps, values) = style.figure(4.6, f"Sweep: how the ranking by fitness moves with "
                                         f"{dimension.replace('_', ' ')}", 1, 2,
                                         gridspec_kw={"width_ratios": (1.5, 1)})
    middle = len(labels) // 2
    chosen = [i for i in numpy.argsort(ranks(fitness[middle]))[:TOP] if numpy.isfinite(
        fitness[middle, i])]
    if not chosen:
        raise Missing(f"{sweep.path.name} has no fitted model")
    places = numpy.array([ranks(row) for row in fitness])
    marks = []
    for k, model in enumerate(chosen):
        colour = style.CYCLE[k % len(style.CYCLE)]
        bumps.plot(range(len(labels)), places[:, model], color=colour, marker="o", ms=3)
        marks.append((len(labels) - 1, places[-1, model], short_name(names[model], 26), colour))
        values.plot(range(len(labels)), fitness[:, model], color=colour, marker="o", ms=3)
    bumps.set_yscale("log")
    bumps.invert_yaxis()
    bumps.yaxis.set_major_formatter(style.ticker.FuncFormatter(lambda v, _: f"{v:g}"))
    bumps.set(ylabel="rank by fitness", xlim=(-0.2, (len(labels) - 1) * 1.7))
    values.set(ylabel="relative fitness \u03bb")
    style.plain_log_axis(values.yaxis)
    for panel in (bumps, values):
        panel.set_xticks(range(len(labels)), labels)
        panel.set_xlabel(dimension.replace("_", " "))
    style.label_ends(bumps, marks)
    others = ", ".join(d.replace("_", " ") for d in dimensions if d != dimension)
    return style.caption(page, f"The {len(chosen)} models of highest fitness in the middle setting",
                         f"Other settings ({others}) at their first value" if others else "",
                         f"{sweep.attributes.get('source', 'growcast')}, sweep "
                         f"{str(sweep.attributes.get('id', ''))[9:21]}")
