#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws all figures of a run.

    analysis/figures.py RUN.nc [--backtest BT.nc] [--sweep SWEEP.nc...] [--paper PAPER.nc]
                        [--authors WEBAPP.nc...] [--downloads DOWN.nc] [--models NAME...]
                        [--output FOLDER] [--format png,svg,pdf] [--width INCHES] [--only NAME...]

Writes FOLDER/NAME.FORMAT and FOLDER/captions.json. A figure whose data are not in the files is left
out, with a note on stderr.
"""
import argparse
import json
import pathlib
import sys

from growcast_figures import (cohort, collapse, densities, downloads, fits, forecasts,
                              organizations, parameters, prior, sensitivity, skill, style, sweep,
                              table1)
from growcast_figures.backtest import Backtest
from growcast_figures.dataset import DEFECTS, Missing, describe
from growcast_figures.run import Run

TABLE1 = pathlib.Path(__file__).resolve().parent.parent / "config" / "table1.csv"


def plan(arguments):
    """Name of each figure and what draws it."""
    run = Run(arguments.run, arguments.metric)
    paper = Run(arguments.paper) if arguments.paper else run
    daily = Run(arguments.downloads) if arguments.downloads else run
    past = Backtest(arguments.backtest) if arguments.backtest else None
    sweeps = [sweep.Sweep(path) for path in arguments.sweep]
    chosen = arguments.models
    authors = {protocol_of(other): other for other in map(Run, arguments.authors)}
    yield "figure01_monthly", lambda: cohort.monthly(run)
    yield "figure02_parameters", lambda: parameters.fitted(run)
    yield "figure02_pooled", lambda: parameters.pooled(run)
    yield "figure03_densities", lambda: densities.counts(run)
    yield "figure04_cumulative", lambda: cohort.cumulative(run)
    yield "figure05_models", lambda: fits.small_multiples(run, chosen)
    yield "figure06_organizations", lambda: organizations.models_by_age(run)
    yield "figure07_by_date", lambda: organizations.by_date(run)
    yield "figure08_by_age", lambda: organizations.by_age(run)
    beside, published = authors.get(protocol_of(daily)), authors.get(("day", "cumulative"))
    yield "figure09_downloads", lambda: downloads.with_forecast(daily, chosen, beside, published)
    yield "figure10_forecasts", lambda: forecasts.of_models(run, chosen,
                                                            authors.get(protocol_of(run)))
    if arguments.downloads:
        yield "figure10_downloads", lambda: forecasts.of_models(daily, chosen, beside)
    yield "collapse", lambda: collapse.universal(run)
    yield "table1", lambda: table1.published_and_refitted(paper, arguments.table)
    yield "prior", lambda: prior.learned(run)
    yield "organization_forecasts", lambda: organizations.forecasts(run)
    if past:
        yield "backtest_skill", lambda: skill.by_horizon(past)
        yield "backtest_calibration", lambda: skill.calibration(past)
    for place, varied in enumerate(sweeps):
        end = f"_{place + 1}" if place else ""
        yield "sweep_ranking" + end, lambda s=varied: sensitivity.ranking(s)
        yield "sweep_agreement" + end, lambda s=varied: sensitivity.agreement(s)
        yield "sweep_shares" + end, lambda s=varied: sensitivity.shares(s)


def protocol_of(run):
    """What is counted and how: runs that agree in it can stand beside each other."""
    return run.step, run.setting("input", "counter", "cumulative")


def write(page, arguments, name):
    for kind in arguments.format:
        # Without a date the same data give the same file.
        metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
        page.savefig(arguments.output / f"{name}.{kind}", metadata=metadata, dpi=arguments.dpi)


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run", metavar="RUN.nc")
    parser.add_argument("--backtest", metavar="BT.nc")
    parser.add_argument("--sweep", nargs="+", default=[], metavar="SWEEP.nc")
    parser.add_argument("--paper", metavar="PAPER.nc", help="a run with config/paper.ini, for Table 1")
    parser.add_argument("--authors", nargs="+", default=[], metavar="WEBAPP.nc",
                        help="runs with config/webapp.ini, shown beside the forecasts of runs of "
                        "the same step and input.counter; one with daily input.counter = "
                        "cumulative beside the published running sum")
    parser.add_argument("--downloads", metavar="DOWN.nc", help="a run on daily downloads")
    parser.add_argument("--models", nargs="+", default=[], metavar="NAME",
                        help="models to show in Figures 5, 9 and 10, with * and ? as wildcards")
    parser.add_argument("--metric", help="what is counted (fine-tuned models, downloads)")
    parser.add_argument("--table", default=TABLE1, metavar="CSV", help="the published Table 1")
    parser.add_argument("--output", type=pathlib.Path, metavar="FOLDER",
                        help="default: figures-RUN beside the run")
    parser.add_argument("--format", default="png,pdf", help="png, svg, pdf (default: png,pdf)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these figures")
    parser.add_argument("--dpi", type=int, default=200, help="pixels an inch of PNG (default: 200)")
    parser.add_argument("--width", type=float, default=style.PAGE, metavar="INCHES",
                        help="width of the page (default: 7); from 5 down, as in a column of two, "
                        "panels stand below one another")
    arguments = parser.parse_args()
    arguments.format = arguments.format.split(",")
    if set(arguments.format) - {"png", "svg", "pdf"}:
        parser.error(f"unknown format in {','.join(arguments.format)}")
    if not 3 <= arguments.width <= 20:
        parser.error("--width must be from 3 to 20 inches")
    if arguments.output is None:
        path = pathlib.Path(arguments.run)
        arguments.output = path.with_name(f"figures-{path.stem}")
    return arguments


def main():
    arguments = read_arguments()
    style.set_page_width(arguments.width)
    arguments.output.mkdir(parents=True, exist_ok=True)
    try:
        figures = [(name, draw) for name, draw in plan(arguments)
                   if not arguments.only or name in arguments.only]
    except Missing as missing:
        sys.exit(f"figures: {missing}")
    except DEFECTS as defect:
        sys.exit(f"figures: {describe(defect)}")
    captions = {}
    failed = False
    for name, draw in figures:
        try:
            page = draw()
            write(page, arguments, name)
            captions[name] = {"title": page.headline, "caption": page.caption}
        except Missing as missing:
            print(f"{name}: left out: {missing}", file=sys.stderr)
        except DEFECTS as defect:
            print(f"{name}: cannot be drawn: {describe(defect)}", file=sys.stderr)
            failed = True
        style.pyplot.close("all")
    if not arguments.only:
        (arguments.output / "captions.json").write_text(json.dumps(captions, indent=1) + "\n")
    print(f"{len(captions)} figures in {arguments.output}")
    return 0 if captions and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
