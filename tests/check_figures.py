#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks figures of a run by what is drawn on them. TAP; run by tests/figures.t with -W error, so
that a warning of matplotlib or numpy fails.

    check_figures.py RUN.nc PAPER.nc FOLDER
"""
import pathlib
import subprocess
import sys

import netCDF4
import numpy

from tap import check, finish

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "analysis"))
from growcast_figures import (cohort, collapse, densities, downloads, models,  # noqa: E402
                              organizations, parameters, style, table1)
from growcast_figures.run import Missing, Run, growth, normal_distribution  # noqa: E402


def is_drawn(axes):
    """Whether axes show data: lines, areas, images or points of at least one finite value."""
    lines = any(numpy.isfinite(line.get_ydata()).any() for line in axes.lines)
    return bool(lines or axes.collections or axes.patches or axes.images)


def check_page(name, page):
    """What every figure must have."""
    page.draw_without_rendering()
    shown = [a for a in page.axes if a.axison and a.get_label() != "<colorbar>"]
    check(shown and all(is_drawn(a) for a in shown), f"{name}: no empty axes")
    outer = page._supylabel is not None and hasattr(page, "outer_label")
    labelled = any(a.get_xlabel() for a in shown) or outer
    check(labelled, f"{name}: the axes have labels")
    check("growcast" in page.caption and "seed" in page.caption and "Data:" in page.caption,
          f"{name}: the caption names data and run")
    width, height = page.get_size_inches()
    bounds = page.get_tightbbox(page.canvas.get_renderer())
    check(bounds.x1 <= width + 0.02 and bounds.y0 >= -0.02 and bounds.y1 <= height + 0.02,
          f"{name}: nothing is cut off")


def check_numbers(run):
    """The curve of the figures is the curve of the program."""
    model = int(run.largest(1, run.fitted)[0])
    last = run.last[model]
    curve = run.curve(model, run.age[: last + 1])
    check(numpy.allclose(curve, run["fitted_count"][model, : last + 1], rtol=1e-9, atol=1e-9),
          "the curve is fitted_count")
    check(abs(normal_distribution(1.959963984540054) - 0.975) < 1e-15, "Phi(1.96) is 0.975")
    # 30 (exp(2 Phi(0)) - 1) = 30 (e - 1)
    check(abs(growth(1.0, 30, 2.0, 0.0, 1.0) - 30 * (numpy.e - 1)) < 1e-12, "c(exp(mu))")
    check(list(run.largest(3)) == list(numpy.argsort(-run.final, kind="stable")[:3]),
          "the largest models come first")
    moved = style.spread([1.0, 1.1, 5.0], 1.0)
    check(moved[1] - moved[0] > 0.999 and moved[2] == 5.0, "labels are moved apart, and only then")


def check_content(run):
    page = models.small_multiples(run)
    check_page("figure 5", page)
    chosen = models.choose(run, ())
    check(len(page.axes) == len(chosen), "figure 5: one panel a model")
    points = page.axes[0].lines[0]
    check(numpy.array_equal(points.get_ydata(),
                            run.observed[chosen[0], : run.last[chosen[0]] + 1]),
          "figure 5: the points are the observed counts")
    page = models.small_multiples(run, ["*/whisper*"])
    check(len(page.axes) == sum("/whisper" in n for n in run.names), "figure 5: models by wildcard")
    page = organizations.by_date(run)
    check_page("figure 7", page)
    date_count = run["organization_calendar_count"]
    best = int(numpy.nanargmax(date_count[:-1, -1]))
    check(page.axes[0].lines[0].get_ydata()[-1] == date_count[best, -1],
          "figure 7: the first line is the largest organization's")
    check(any(run.organizations[best] in t.get_text() for t in page.axes[0].texts),
          "figure 7: lines have labels")
    page = cohort.cumulative(run)
    check_page("figure 4", page)
    lines = page.axes[0].collections[-1].get_segments()
    check(len(lines) == min(cohort.LINES, int((run.final > 0).sum())), "figure 4: a line a model")
    page = collapse.universal(run)
    check_page("collapse", page)
    check(page.axes[0].collections[0].get_array().sum() > 0, "collapse: observations are counted")
    for name, draw in (("figure 1", cohort.monthly), ("figure 2", parameters.fitted),
                       ("figure 3", densities.counts), ("figure 6", organizations.models_by_age),
                       ("figure 8", organizations.by_age)):
        check_page(name, draw(run))
    try:
        downloads.with_forecast(run)
        check(False, "figure 9 refuses a run that is not daily")
    except Missing:
        check(True, "figure 9 refuses a run that is not daily")


def check_table(paper):
    page = table1.published_and_refitted(paper, ROOT / "config" / "table1.csv")
    check_page("table 1", page)
    check(len(page.axes[0].get_yticks()) == 50, "table 1: all 50 rows")
    check(table1.kind_of((0.5, 2.0, 0.5), False) == "start"
          and table1.kind_of((3e5, 90.0, 22.0), True) == "ridge"
          and table1.kind_of((21.0, 1e-15, 4.0), True) == "pinned"
          and table1.kind_of((24.0, 4.9, 9.2), True) == "interior", "table 1: artefacts by name")


def check_command(path, folder):
    """The command writes files and leaves out what the file lacks."""
    thin = folder / "thin.nc"
    thin.write_bytes(path.read_bytes())
    with netCDF4.Dataset(thin, "a") as file:
        for name in ("count_density", "organization_calendar_count"):
            file[name][:] = numpy.nan
    done = subprocess.run([sys.executable, "-W", "error", ROOT / "analysis" / "figures.py", thin,
                           "--output", folder / "out", "--format", "png,svg,pdf", "--only",
                           "figure03_densities", "figure07_by_date", "collapse"],
                          capture_output=True, text=True)
    written = sorted(p.name for p in (folder / "out").iterdir())
    check(done.returncode == 0 and written == ["collapse.pdf", "collapse.png", "collapse.svg"],
          "the command writes PNG, SVG and PDF")
    check("figure03_densities: left out: thin.nc has no" in done.stderr
          and "figure07_by_date: left out" in done.stderr, "what is left out is said")
    check((folder / "out" / "collapse.png").stat().st_size > 10000, "the picture is not blank")


def main():
    path, paper, folder = (pathlib.Path(a) for a in sys.argv[1:])
    run = Run(path)
    check_numbers(run)
    check_content(run)
    check_table(Run(paper))
    check_command(path, folder)
    finish()


if __name__ == "__main__":
    main()
