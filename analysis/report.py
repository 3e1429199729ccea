#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a report of a run: one HTML file with data, chart library and figures in it.

    analysis/report.py RUN.nc [--backtest BT.nc] [--output RUN.html] [--figures FOLDER]

Names in the data may hold anything: they enter the page as JSON in which no tag can begin, and as
escaped text.
"""
import argparse
import base64
import html
import json
import math
import pathlib
import re
import sys

import numpy

from growcast_figures.backtest import Backtest
from growcast_figures.run import DEFECTS, Missing, Run, describe, number

FOLDER = pathlib.Path(__file__).resolve().parent / "report"
LIBRARIES = (pathlib.Path("/usr/share/javascript/chart.js/chart.min.js"),
             pathlib.Path("/usr/share/nodejs/chart.js/dist/chart.min.js"))
LICENCE = """Chart.js, https://www.chartjs.org
The MIT License (MIT)
Copyright (c) 2014-2022 Chart.js Contributors

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES
OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."""
PARAMETERS = ("fitness", "immediacy", "longevity", "impact_time", "ultimate_count")
SHOWN_METHOD = "hierarchical"


def plain(value, digits=4):
    """A number for JSON: short, null where missing, "inf" where infinite."""
    value = float(value)
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "inf"
    if value == int(value) and abs(value) < 2 ** 53:
        return int(value)
    return float(f"{value:.{digits}g}")


def column(values):
    return [plain(v) for v in values]


def table(values):
    """Rows of numbers; null for a row without any."""
    return [column(row) if numpy.isfinite(row).any() else None for row in values]


def model_data(run):
    date = run["release_date"].astype("datetime64[D]")
    seen = numpy.isfinite(run.observed).any(1)
    data = {
        "name": run.names,
        "organization": run.organization.tolist(),
        "release": [None if numpy.isnat(d) else str(d) for d in date],
        "observed": [[plain(c, 7) for c in row[: k + 1]] if known else []
                     for row, k, known in zip(run.observed, run.last, seen)],
        "status": run["fit_status"].astype(int).tolist(),
        "flags": run["fit_flags"].astype(int).tolist(),
        "dispersion": column(run["dispersion"]),
    }
    for prefix in ("", "pooled_"):
        for name in PARAMETERS:
            if prefix + name in run or prefix == "":
                # On the ridge the curve depends on many digits.
                data[prefix + name] = [plain(v, 4 if prefix else 10) for v in run[prefix + name]]
            if prefix + name + "_quantile" in run:
                quantiles = run[prefix + name + "_quantile"]
                data[prefix + name + "_q"] = [column(row) for row in quantiles]
    if "forecast_count" in run:
        data["forecast"] = table(run["forecast_count"])
    if "forecast_quantile" in run:
        values = run["forecast_quantile"]
        data["forecast_q"] = [[column(row) for row in model] if numpy.isfinite(model).any() else None
                              for model in values]
    return data


def organization_data(run):
    total = numpy.bincount(run.organization, run.final, len(run.organizations))
    total[-1] = run.final.sum()
    data = {"organizations": run.organizations,
            "organizationModels": column(run["organization_model_count"]),
            "organizationFitted": column(run["organization_fitted_count"]),
            "organizationTotal": column(total)}
    if "organization_forecast_quantile" in run:
        values = run["organization_forecast_quantile"][:, -1]
        places = [run.quantile_index(p) for p in (0.1, 0.5, 0.9)]
        data["organizationForecast"] = [column(row[places]) for row in values]
    return data


def backtest_data(run, past):
    """Forecasts from past origins by model: [origin, known steps, last count, steps ahead, median,
    truth, 2.5%, 10%, 90%, 97.5%]."""
    place = {name: i for i, name in enumerate(run.names)}
    names = [str(n) for n in past["model_name"]]
    method = SHOWN_METHOD if SHOWN_METHOD in past.methods else past.methods[0]
    quantiles = past["forecast_quantile"]
    edges = [past.quantile_index(p) for p in (0.025, 0.1, 0.9, 0.975)]
    known, last = past["forecast_known_increments"], past["forecast_last_count"]
    horizon = past["horizon"]
    rows = {}
    for k in numpy.flatnonzero(past.of(method)):
        model = place.get(names[past.target[k]])
        if model is None:
            continue
        rows.setdefault(model, []).append(
            [int(past.origin_index[k]), plain(known[k]), plain(last[k], 7),
             plain(horizon[past.horizon_index[k]]), plain(past.value[k], 7),
             plain(past.truth[k], 7), *(plain(quantiles[k, e]) for e in edges)])
    return {"method": method, "rows": rows}


def page_data(run, past):
    attributes = run.data["fit_flags"].attrs
    masks = dict(zip(attributes["flag_meanings"].split(),
                     (int(m) for m in numpy.atleast_1d(attributes["flag_masks"]))))
    order = numpy.argsort(-run.final, kind="stable")
    data = {"metric": run.metric, "step": run.step, "timeUnit": run.time_unit,
            "unitOfStep": run.unit_of_step, "scale": run.scale,
            "horizons": column(run["horizon"]), "quantiles": column(run["quantile"]),
            "statuses": run.data["fit_status"].attrs["flag_meanings"].split(), "flags": masks,
            "byCount": order.tolist(), "models": model_data(run), **organization_data(run)}
    if past is not None:
        data["backtest"] = backtest_data(run, past)
    return data


def script_json(data):
    """JSON that is safe inside a script element: no tag, comment or line separator can begin."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def figures(folder):
    """The pictures of analysis/figures.py with their captions."""
    if folder is None or not (folder / "captions.json").exists():
        return "<p>This report was made without figures.</p>"
    captions = json.loads((folder / "captions.json").read_text())
    parts = []
    for name, text in captions.items():
        picture = folder / f"{name}.png"
        if not picture.exists():
            continue
        image = base64.b64encode(picture.read_bytes()).decode()
        title, caption = html.escape(text["title"]), html.escape(text["caption"])
        parts.append(f'<details><summary>{title}</summary><figure><img alt="{title}" '
                     f'src="data:image/png;base64,{image}"><figcaption>{caption}</figcaption>'
                     "</figure></details>")
    return "\n".join(parts)


def methods(run, past):
    facts = [("Run", run.attributes.get("id", "")), ("Identity", run.identity()),
             ("Program", f"{run.attributes.get('source', '')}, commit "
                         f"{run.attributes.get('commit', '')}, "
                         f"{run.attributes.get('library_versions', '')}"),
             ("History", run.attributes.get("history", "")),
             ("References", run.attributes.get("references", "")),
             ("Inputs (SHA-256)", run.attributes.get("inputs", "")),
             ("Configuration", run.attributes.get("configuration", ""))]
    if past is not None:
        facts.insert(2, ("Backtest", past.identity()))
    rows = "".join(f"<dt>{html.escape(k)}</dt><dd>{html.escape(str(v))}</dd>" for k, v in facts)
    return f"""<p>Every series of cumulative counts is described by c(t) = m (exp(\u03bb \u03a6((ln t \u2212 \u03bc)
/ \u03c3)) \u2212 1), with \u03a6 the standard normal distribution and m = {run.scale:g}: \u03bb is the relative
fitness, \u03bc the immediacy (exp(\u03bc) is the impact time), \u03c3 the longevity; m (exp(\u03bb) \u2212 1) is the
ultimate count.</p>
<p><b>fit</b> is the point estimate of the configured fit ({html.escape(run.setting('fit', 'method'))})
with quantiles of its bootstrap; <b>pooled</b> is the median of the posterior under a prior learned
from the other series. Where data set no upper bound on fitness, no number is shown for it.</p>
<p>The blue band is where 80% of counts fall if the fitted curve and its dispersion are right. The
orange bands are quantiles of the forecast's draws, conditional on the last count.</p>
<dl class="facts">{rows}</dl>"""


def library(path):
    for candidate in (path,) if path else LIBRARIES:
        if candidate.exists():
            text = candidate.read_text(encoding="utf-8")
            return re.sub(r"//# sourceMappingURL=.*", "", text).replace("</script", "<\\/script")
    sys.exit("report: Chart.js 3 is not installed (Debian: libjs-chart.js): install it or give "
             "--library chart.min.js")


def build(run, past, folder, chart_library):
    lead = (f"{number(len(run.names))} models of {number(len(run.organizations) - 1)} organizations, "
            f"{number(run.final.sum())} {run.metric} in all. {run.source()}.")
    parts = {
        "title": html.escape(f"Growth of open-weight models: {run.metric}"),
        "lead": html.escape(lead), "step": html.escape(run.step),
        "style": (FOLDER / "report.css").read_text(),
        "figures": figures(folder), "methods": methods(run, past), "licence": html.escape(LICENCE),
        "data": script_json(page_data(run, past)), "library": library(chart_library),
        "script": (FOLDER / "data.js").read_text() + (FOLDER / "report.js").read_text(),
    }
    template = (FOLDER / "template.html").read_text()
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match.group(1)], template)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run", metavar="RUN.nc")
    parser.add_argument("--backtest", metavar="BT.nc")
    parser.add_argument("--output", type=pathlib.Path, metavar="FILE", help="default: RUN.html")
    parser.add_argument("--figures", type=pathlib.Path, metavar="FOLDER",
                        help="what analysis/figures.py wrote (default: figures-RUN if it is there)")
    parser.add_argument("--metric", help="what is counted (fine-tuned models, downloads)")
    parser.add_argument("--library", type=pathlib.Path, metavar="FILE", help="chart.min.js to use")
    arguments = parser.parse_args()
    path = pathlib.Path(arguments.run)
    folder = arguments.figures or path.with_name(f"figures-{path.stem}")
    output = arguments.output or path.with_suffix(".html")
    try:
        run = Run(path, arguments.metric)
        past = Backtest(arguments.backtest) if arguments.backtest else None
        page = build(run, past, folder, arguments.library)
    except Missing as missing:
        sys.exit(f"report: {missing}")
    except DEFECTS as defect:
        sys.exit(f"report: {describe(defect)}")
    output.write_text(page, encoding="utf-8")
    print(f"{output}: {output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
