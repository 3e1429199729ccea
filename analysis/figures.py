#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws all figures of a run.

    analysis/figures.py RUN.nc [--backtest BT.nc] [--sweep SWEEP.nc] [--paper PAPER.nc]
                        [--authors WEBAPP.nc] [--downloads DOWN.nc] [--models NAME...]
                        [--output FOLDER] [--format png,svg,pdf] [--only NAME...]

Writes FOLDER/NAME.FORMAT and FOLDER/captions.json. A figure whose data are not in the files is left
out, with a note on stderr.
"""
import argparse
import json
import pathlib
import sys

from growcast_figures import (backtest, cohort, collapse, densities, downloads, models,
                              organizations, parameters, prior, style, sweep, table1)
from growcast_figures.run import DEFECTS, Missing, Run, describe

TABLE1 = pathlib.Path(__file__).resolve().parent.parent / "config" / "table1.csv"


def plan(arguments):
    """Name of each figure and what draws it."""
    run = Run(arguments.run, arguments.metric)
    authors = Run(arguments.authors) if arguments.authors else None
    paper = Run(arguments.paper) if arguments.paper else run
    daily = Run(arguments.downloads) if arguments.downloads else run
    chosen = arguments.models
    yield "figure01_monthly", lambda: cohort.monthly(run)
    yield "figure02_parameters", lambda: parameters.fitted(run)
    yield "figure02_pooled", lambda: parameters.pooled(run)
    yield "figure03_densities", lambda: densities.counts(run)
    yield "figure04_cumulative", lambda: cohort.cumulative(run)
    yield "figure05_models", lambda: models.small_multiples(run, chosen)
    yield "figure06_organizations", lambda: organizations.models_by_age(run)
    yield "figure07_by_date", lambda: organizations.by_date(run)
    yield "figure08_by_age", lambda: organizations.by_age(run)
    yield "figure09_downloads", lambda: downloads.with_forecast(daily)
    yield "figure10_forecasts", lambda: models.forecasts(run, chosen, authors)
    if arguments.downloads:
        yield "figure10_downloads", lambda: models.forecasts(daily, chosen)
    yield "collapse", lambda: collapse.universal(run)
    yield "table1", lambda: table1.published_and_refitted(paper, arguments.table)
    yield "prior", lambda: prior.learned(run)
    yield "organization_forecasts", lambda: organizations.forecasts(run)
    if arguments.backtest:
        past = backtest.Backtest(arguments.backtest)
        yield "backtest_skill", lambda: backtest.skill(past)
        yield "backtest_calibration", lambda: backtest.calibration(past)
    if arguments.sweep:
        yield "sweep", lambda: sweep.sensitivity(arguments.sweep)


def write(page, folder, name, formats):
    for kind in formats:
        # Without a date the same data give the same file.
        metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
        page.savefig(folder / f"{name}.{kind}", metadata=metadata)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run", metavar="RUN.nc")
    parser.add_argument("--backtest", metavar="BT.nc")
    parser.add_argument("--sweep", metavar="SWEEP.nc")
    parser.add_argument("--paper", metavar="PAPER.nc", help="a run with config/paper.ini, for Table 1")
    parser.add_argument("--authors", metavar="WEBAPP.nc",
                        help="a run with config/webapp.ini, shown beside the forecasts")
    parser.add_argument("--downloads", metavar="DOWN.nc", help="a run on daily downloads")
    parser.add_argument("--models", nargs="+", default=[], metavar="NAME",
                        help="models to show in Figures 5 and 10, with * and ? as wildcards")
    parser.add_argument("--metric", help="what is counted (fine-tuned models, downloads)")
    parser.add_argument("--table", default=TABLE1, metavar="CSV", help="the published Table 1")
    parser.add_argument("--output", type=pathlib.Path, metavar="FOLDER",
                        help="default: figures-RUN beside the run")
    parser.add_argument("--format", default="png,pdf", help="png, svg, pdf (default: png,pdf)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these figures")
    parser.add_argument("--dpi", type=int, help="pixels an inch of PNG files (default: 200)")
    arguments = parser.parse_args()
    formats = arguments.format.split(",")
    if set(formats) - {"png", "svg", "pdf"}:
        parser.error(f"unknown format in {arguments.format}")
    if arguments.dpi:
        style.matplotlib.rcParams["savefig.dpi"] = arguments.dpi
    path = pathlib.Path(arguments.run)
    folder = arguments.output or path.with_name(f"figures-{path.stem}")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        figures = list(plan(arguments))
    except Missing as missing:
        sys.exit(f"figures: {missing}")
    except DEFECTS as defect:
        sys.exit(f"figures: {describe(defect)}")
    captions = {}
    failed = False
    for name, draw in figures:
        if arguments.only and name not in arguments.only:
            continue
        try:
            page = draw()
            write(page, folder, name, formats)
            captions[name] = {"title": page.headline, "caption": page.caption}
        except Missing as missing:
            print(f"{name}: left out: {missing}", file=sys.stderr)
        except DEFECTS as defect:
            print(f"{name}: cannot be drawn: {describe(defect)}", file=sys.stderr)
            failed = True
        style.pyplot.close("all")
    if not arguments.only:
        (folder / "captions.json").write_text(json.dumps(captions, indent=1) + "\n")
    print(f"{len(captions)} figures in {folder}")
    return 0 if captions and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
