#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a report of a run: one HTML file with data, chart library and figures in it.

    analysis/report.py RUN.nc [--backtest BT.nc] [--downloads DOWN.nc [--downloads-backtest BT.nc]]
                       [--output RUN.html] [--figures FOLDER]

Names in the data may hold anything: they enter the page as JSON in which no tag can begin, and as
escaped text.
"""
import argparse
import base64
import html
import json
import pathlib
import re
import sys

from growcast_figures.backtest import Backtest
from growcast_figures.dataset import DEFECTS, Missing, describe, number
from growcast_figures.run import Run
from report_data import page_data, script_json

FOLDER = pathlib.Path(__file__).resolve().parent / "report"
SCRIPTS = ("numbers.js", "words.js", "series.js", "chart.js", "tables.js", "page.js")
LIBRARIES = (pathlib.Path("/usr/share/javascript/chart.js/chart.min.js"),
             pathlib.Path("/usr/share/nodejs/chart.js/dist/chart.min.js"))


def text_of(name):
    return (FOLDER / name).read_text(encoding="utf-8")


def figures(folder):
    """The pictures of analysis/figures.py with their captions."""
    if not (folder / "captions.json").exists():
        return "<p>This report was made without figures.</p>"
    captions = json.loads((folder / "captions.json").read_text())
    return "\n".join(figure(folder / f"{name}.png", **text) for name, text in captions.items()
                     if (folder / f"{name}.png").exists())


def figure(picture, title, caption):
    image = base64.b64encode(picture.read_bytes()).decode()
    title, caption = html.escape(title), html.escape(caption)
    return (f'<details><summary>{title}</summary><figure><div class="scroll" tabindex="0" '
            f'role="region" aria-label="{title}"><img alt="{title}" '
            f'src="data:image/png;base64,{image}"></div><figcaption>{caption}</figcaption></figure>'
            "</details>")


def methods(runs):
    """How the numbers came about: the model, what fit and pooled are, and each file's provenance."""
    run = runs[0][0]
    parts = [f"""<p>Every series of cumulative counts is described by c(t) = m (exp(\u03bb \u03a6((ln t
\u2212 \u03bc) / \u03c3)) \u2212 1), with \u03a6 the standard normal distribution and m = {run.scale:g}:
\u03bb is the relative fitness, \u03bc the immediacy (exp(\u03bc) is the impact time), \u03c3 the
longevity; m (exp(\u03bb) \u2212 1) is the ultimate count.</p>
<p><b>fit</b> is the point estimate of the configured fit
({html.escape(run.setting('fit', 'method'))}) to all points with quantiles of its bootstrap;
<b>pooled</b> is the median of the posterior under a prior learned from the other series. Where data
set no upper bound on fitness, no number is shown for it.</p>
<p>The blue band is where 80% of counts fall if the fitted curve and its dispersion are right. The
orange bands are quantiles of the forecast's draws, conditional on the last count. Fewer points than
all are those known at an origin of the backtest; its forecast knew nothing later.</p>"""]
    for run, past in runs:
        parts.append(f"<h3>{html.escape(run.metric)}</h3>")
        parts.append(facts(run, past))
    return "\n".join(parts)


def facts(run, past):
    get = run.attributes.get
    pairs = [("Run", get("id", "")), ("Identity", run.identity()),
             ("Backtest", past.identity() if past else "none: forecasts from now only"),
             ("Program", f"{get('source', '')}, commit {get('commit', '')}, "
                         f"{get('library_versions', '')}"),
             ("History", get("history", "")), ("References", get("references", "")),
             ("Inputs (SHA-256)", get("inputs", "")), ("Configuration", get("configuration", ""))]
    rows = "".join(f"<dt>{html.escape(k)}</dt><dd>{html.escape(str(v))}</dd>" for k, v in pairs)
    return f'<dl class="facts">{rows}</dl>'


def lead(run):
    organizations = len(run.organizations) - 1
    return (f"{number(len(run.names))} models of {number(organizations)} "
            f"organization{'' if organizations == 1 else 's'}, {number(run.final.sum())} "
            f"{run.metric} in all. {run.source()}.")


def library(path):
    """Chart.js, as safe inside a script element as the data."""
    for candidate in (path,) if path else LIBRARIES:
        if candidate.exists():
            text = candidate.read_text(encoding="utf-8")
            return re.sub(r"//# sourceMappingURL=.*", "", text).replace("</script", "<\\/script")
    sys.exit("report: Chart.js 3 is not installed (Debian: libjs-chart.js): install it or give "
             "--library chart.min.js")


def build(runs, folder, chart_library):
    """The page of [(run, its backtest or None), ...]."""
    metrics = " and ".join(run.metric for run, _ in runs)
    parts = {
        "title": html.escape(f"Growth of open-weight models: {metrics}"),
        "lead": " ".join(html.escape(lead(run)) for run, _ in runs),
        "style": text_of("report.css"), "figures": figures(folder), "methods": methods(runs),
        "licence": html.escape(text_of("LICENSE.chart.js")),
        "data": script_json([page_data(*pair) for pair in runs]),
        "library": library(chart_library), "script": "".join(map(text_of, SCRIPTS)),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match.group(1)], text_of("template.html"))


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run", metavar="RUN.nc", type=pathlib.Path)
    parser.add_argument("--backtest", metavar="BT.nc")
    parser.add_argument("--downloads", metavar="DOWN.nc",
                        help="a run on daily downloads, as a second metric")
    parser.add_argument("--downloads-backtest", metavar="BT.nc")
    parser.add_argument("--output", type=pathlib.Path, metavar="FILE", help="default: RUN.html")
    parser.add_argument("--figures", type=pathlib.Path, metavar="FOLDER",
                        help="what analysis/figures.py wrote (default: figures-RUN if it is there)")
    parser.add_argument("--metric", help="what is counted (fine-tuned models, downloads)")
    parser.add_argument("--library", type=pathlib.Path, metavar="FILE", help="chart.min.js to use")
    arguments = parser.parse_args()
    arguments.figures = (arguments.figures
                         or arguments.run.with_name(f"figures-{arguments.run.stem}"))
    arguments.output = arguments.output or arguments.run.with_suffix(".html")
    return arguments


def main():
    arguments = read_arguments()
    try:
        runs = [(Run(arguments.run, arguments.metric),
                 Backtest(arguments.backtest) if arguments.backtest else None)]
        if arguments.downloads:
            past = arguments.downloads_backtest
            runs.append((Run(arguments.downloads), Backtest(past) if past else None))
        page = build(runs, arguments.figures, arguments.library)
    except Missing as missing:
        sys.exit(f"report: {missing}")
    except DEFECTS as defect:
        sys.exit(f"report: {describe(defect)}")
    arguments.output.write_text(page, encoding="utf-8")
    print(f"{arguments.output}: {arguments.output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
