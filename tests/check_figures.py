#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks figures by what is drawn on them. TAP; run by tests/figures.t with -W error, so that a
warning of matplotlib or numpy fails.

    check_figures.py SAMPLE_RUNS REAL_RUNS DATA
"""
import csv
import pathlib
import subprocess
import sys

import netCDF4
import numpy

from tap import check, finish

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "analysis"))
from growcast_figures import (cohort, collapse, densities, downloads, fits, forecasts,  # noqa: E402
                              labels, organizations, parameters, prior, sensitivity, skill, style, sweep,
                              table1)
from growcast_figures.backtest import Backtest  # noqa: E402
from growcast_figures.dataset import Missing  # noqa: E402
from growcast_figures.growth import (growth, mean_growth, normal_distribution,  # noqa: E402
                                     rank_correlation)
from growcast_figures.run import Run, short_name  # noqa: E402


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
    check(outer or any(a.get_xlabel() for a in shown) or all(a.images for a in shown),
          f"{name}: the axes have labels")
    check("growcast" in page.caption and "Data: " in page.caption and " to 20" in page.caption,
          f"{name}: the caption names data, dates and run")
    width, height = page.get_size_inches()
    bounds = page.get_tightbbox(page.canvas.get_renderer())
    texts = [t.get_window_extent() for a in page.axes for t in a.texts if t.get_text()]
    check(bounds.x0 >= -0.02 and bounds.x1 <= width + 0.02 and bounds.y0 >= -0.02
          and bounds.y1 <= height + 0.02
          and all(t.x1 <= page.bbox.x1 + 2 and t.x0 >= -2 for t in texts),
          f"{name}: nothing is cut off")


def line(axes, label):
    """The y values of the line of that label."""
    return next(shown.get_ydata() for shown in axes.lines if shown.get_label() == label)


def close(drawn, expected):
    return numpy.allclose(drawn, expected, rtol=1e-9, atol=1e-9, equal_nan=True)


def check_numbers():
    """What the figures compute."""
    check(abs(normal_distribution(1.959963984540054) - 0.975) < 1e-15, "Phi(1.96) is 0.975")
    # 30 (exp(2 Phi(0)) - 1) = 30 (e - 1)
    check(abs(growth(1.0, 30, 2.0, 0.0, 1.0) - 30 * (numpy.e - 1)) < 1e-12, "c(exp(mu))")
    rows = numpy.array([[numpy.nan, 1, 2, 6], [numpy.nan, 3, numpy.nan, numpy.nan]])
    check(close(mean_growth(rows, 1), [numpy.nan, 2, 4, 10]),
          "mean growth adds up the mean increments of those observed")
    check(numpy.isnan(mean_growth(rows, 2)[2:]).all(), "as far as enough are observed")
    check(abs(rank_correlation(numpy.array([1, 2, 2, 4.0]), numpy.array([1, 3, 2, 4.0]))
              - 0.9486832980505138) < 1e-12, "Spearman's rank correlation with a tie")  # 3/sqrt(10)
    moved = labels.spread([1.0, 1.1, 5.0], 1.0)
    check(moved[1] - moved[0] > 0.999 and moved[2] == 5.0, "labels are moved apart, and only then")
    shades = [labels.luminance(labels.ink(c)) for c in style.CYCLE]
    check(all(1.05 / (s + 0.05) >= 4.5 for s in shades), "labels have a contrast of 4.5 or more")
    check(short_name("evil/a\u202eb\nc") == "a\ufffdb\ufffdc", "names hold no control characters")


def check_cohorts(run):
    page = cohort.cumulative(run)
    check_page("figure 4", page)
    drawn = page.axes[0].collections[-1].get_segments()
    check(len(drawn) == min(cohort.LINES, int((run.final > 0).sum())), "figure 4: a line a model")
    largest = run.largest(1)[0]
    age, counts = run.counts(largest)
    check(close(drawn[0], numpy.column_stack((age, numpy.maximum(counts, cohort.ZERO)))),
          "figure 4: the first line is the largest model's")
    check_page("figure 1", cohort.monthly(run))


def check_parameters(run):
    page = parameters.fitted(run)
    check_page("figure 2", page)
    heights = sum(patch.get_height() for patch in page.axes[0].patches)
    counted = (run.final >= parameters.LEAST) & numpy.isfinite(run["fitness"])
    check(heights == counted.sum(), "figure 2: every model is counted")
    shown = [len(c.get_offsets()) for c in page.axes[3].collections]
    check(shown[1] == (counted & run.identified).sum() and sum(shown) == counted.sum(),
          "figure 2: those whose parameters are not determined have a mark of their own")
    check_page("figure 2, pooled", parameters.pooled(run))


def check_densities(run):
    page = densities.counts(run)
    check_page("figure 3", page)
    density = run["count_density"]
    milestone = numpy.flatnonzero(numpy.isfinite(density[-1]).any(1))[0]
    check(page.axes[0].get_title(loc="left") == "all organizations"
          and close(page.axes[0].lines[0].get_ydata(), density[-1, milestone]),
          "figure 3: the density of all organizations comes first")


def check_fits(run):
    page = fits.small_multiples(run)
    check_page("figure 5", page)
    chosen = run.choose((), fits.MOST)
    check(len(page.axes) == len(chosen), "figure 5: one panel a model")
    check(close(line(page.axes[0], "observed"), run.counts(chosen[0])[1]),
          "figure 5: the points are the observed counts")
    drawn = next(a for a, m in zip(page.axes, chosen) if run.fitted[m])
    model = chosen[list(page.axes).index(drawn)]
    fine = next(shown for shown in drawn.lines if shown.get_label() == "fit")
    last = run.last[model]
    check(close(fine.get_ydata()[-1], run["fitted_count"][model, last]),
          "figure 5: the curve is the program's")
    unbounded = [run.has_flag("fitness_unbounded")[m] and run.fitted[m] for m in chosen]
    said = ["unbounded" in "".join(t.get_text() for t in a.texts) for a in page.axes]
    check(said == unbounded, "figure 5: what is not determined is said")
    pattern = run.names[chosen[0]][:-2] + "*"
    some = fits.small_multiples(run, [pattern.upper()])
    check(len(some.axes) == sum(n.startswith(pattern[:-1]) for n in run.names),
          "figure 5: models by wildcard")


def check_organizations(run):
    page = organizations.by_date(run)
    check_page("figure 7", page)
    counts = run["organization_calendar_count"]
    best = int(numpy.nanargmax(counts[:-1, -1]))
    check(page.axes[0].lines[0].get_ydata()[-1] == counts[best, -1],
          "figure 7: the first line is the largest organization's")
    check(any(run.organizations[best] in t.get_text() for t in page.axes[0].texts),
          "figure 7: lines have labels")
    check_page("figure 6", organizations.models_by_age(run))
    page = organizations.by_age(run)
    check_page("figure 8", page)
    everyone = page.axes[0].lines[-1].get_ydata()
    total = 0.0
    for k in (1, 2, 3):
        grown = [row[k] - row[k - 1] for row in run.observed if numpy.isfinite(row[k])]
        total += sum(grown) / len(grown)
    check(abs(everyone[3] / total - 1) < 1e-12, "figure 8: the mean of all organizations")
    page = organizations.forecasts(run)
    check_page("organization forecasts", page)
    median = run["organization_forecast_quantile"][-1, -1, run.quantile_index(0.5)]
    dots = page.axes[0].lines[0]
    check(dots.get_xdata()[0] == median and page.axes[0].get_yticklabels()[0].get_text()
          == "all organizations", "organization forecasts: medians of the joint draws")


def check_forecasts(run, authors, name):
    page = forecasts.of_models(run, (), authors)
    check_page(name, page)
    first = page.axes[0]
    title = first.get_title(loc="left")
    model = next(m for m in numpy.argsort(-run.final, kind="stable")
                 if short_name(run.names[m], 30) == title)
    check(line(first, "forecast (median)")[-1] == run["forecast_count"][model, -1],
          f"{name}: the median is the file's")
    top = max(path.vertices[:, 1].max() for c in first.collections for path in c.get_paths())
    high = run["forecast_quantile"][model, :, run.quantile_index(0.975)]
    check(top == high.max(), f"{name}: the band ends at 97.5%")
    check(any("authors' method" in style.handles(a) for a in page.axes)
          and authors.identity().split(":")[0] in page.caption,
          f"{name}: the authors' method is beside, by its run")


def check_prior(run):
    page = prior.learned(run)
    check_page("prior", page)
    mean = numpy.array([1.0, (3 - 10) / 10]) @ run["prior_coefficient"][:2]
    cross = page.axes[0].lines[1]
    check(close([cross.get_xdata()[0], cross.get_ydata()[0]], numpy.exp(mean[:2])),
          "prior: the mean of series three months old")
    check(close([b.get_height() for b in page.axes[2].patches], run["prior_size_weight"]),
          "prior: bars are the weights of the dispersion")


def check_backtest(path):
    past = Backtest(path)
    page = skill.by_horizon(past)
    check_page("backtest skill", page)
    with netCDF4.Dataset(path) as file:
        methods = [str(n) for n in file["method_name"][:]]
        columns = [file[v][:].tolist() for v in ("forecast_method", "forecast_horizon",
                                                 "forecast_value", "forecast_truth",
                                                 "forecast_pit_lower", "forecast_pit_upper")]
        horizons = file["horizon"][:].tolist()
    errors = [abs(numpy.log1p(value) - numpy.log1p(truth))
              for method, horizon, value, truth, *_ in zip(*columns)
              if methods[method] == "hierarchical" and horizon == horizons[0]]
    check(close(page.axes[0].lines[0].get_ydata()[0], sum(errors) / len(errors)),
          "backtest skill: mean absolute log error at the first horizon")
    base = line_of_container(page.axes[1], past.used().index("drift3"))
    check(close(base[numpy.isfinite(base)], 1.0), "backtest skill: the baseline stands at 1")
    page = skill.calibration(past)
    check_page("backtest calibration", page)
    below = [1.0 if high <= 0.5 else 0.0 if low >= 0.5 else (0.5 - low) / (high - low)
             for method, *_, low, high in zip(*columns)
             if methods[method] == "hierarchical" and low is not None]
    half = sum(below) / len(below)
    drawn = next(shown.get_ydata() for shown in page.axes[0].lines
                 if shown.get_label().startswith("hierarchical"))
    check(close(drawn[past.quantile_index(0.5)], half), "calibration: share of truths below 50%")


def line_of_container(axes, place):
    """The y values of the errorbar drawn at that place."""
    return axes.containers[place].lines[0].get_ydata()


def check_sweep(path):
    varied = sweep.Sweep(path)
    page = sensitivity.ranking(varied)
    check_page("sweep ranking", page)
    with netCDF4.Dataset(path) as file:
        fitness = file["fitness"][:].filled(numpy.nan)
        correlation = file["spearman_correlation"][0].filled(numpy.nan)
        first = file["first_order_share"][0].filled(numpy.nan)
    flat = fitness.reshape(-1, fitness.shape[-1])
    known = numpy.flatnonzero(varied.determined())
    middle = flat[len(flat) // 2, known]
    best = known[middle.argmax()]
    place = [1 + (row[known] > row[best]).sum() for row in flat]
    check(page.axes[0].lines[0].get_ydata().tolist() == place, "sweep ranking: ranks of the fittest")
    page = sensitivity.agreement(varied)
    check_page("sweep agreement", page)
    check(close(page.axes[0].images[0].get_array().filled(numpy.nan), correlation),
          "sweep agreement: the file's correlations of fitness")
    words = [t.get_text() for t in page.axes[0].get_yticklabels()]
    check(words == ["1, least-squares", "1, paper", "30, least-squares", "30, paper"],
          "sweep agreement: combinations by the values of their settings")
    page = sensitivity.shares(varied)
    check_page("sweep shares", page)
    bars = [a.containers[1].patches[0].get_width() for a in page.axes]
    check(close(bars, first), "sweep shares: what each setting explains by itself")


def check_table(paper):
    page = table1.published_and_refitted(paper, ROOT / "config" / "table1.csv")
    check_page("table 1", page)
    with open(ROOT / "config" / "table1.csv", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["model"] in paper.names]
    check(len(page.axes[0].get_yticks()) == len(rows), "table 1: every row in the data")
    kinds = ((0.5, 2.0, 0.5), False), ((3e5, 90.0, 22.0), True), ((21.0, 1e-15, 4.0), True), (
        (24.0, 4.9, 9.2), True)
    check([table1.kind_of(*k) for k in kinds] == ["start", "ridge", "pinned", "interior"],
          "table 1: artefacts by name")
    return [shown.get_xdata()[0] for shown in page.axes[3].lines[:len(rows)]]


def check_downloads(real, data):
    """Figures 9 and 10 of downloads, against the published columns."""
    run, authors, published = (Run(real / f"{n}.nc") for n in ("down", "authors_down", "published"))
    page = downloads.with_forecast(run, (), authors, published)
    check_page("figure 9", page)
    model = downloads.example(run, ())
    with open(data / "download" / "DeepSeek.csv", newline="", encoding="utf-8") as file:
        column = next(row for row in csv.DictReader(file) if row["model"] == run.names[model])
    total = float([v for k, v in column.items() if k[:2] == "20" and v != ""][-1])
    check(abs(page.axes[1].lines[0].get_ydata()[-1] / total - 1) < 1e-6,
          "figure 9: the running sum is the published column")
    check(page.axes[1].lines[1].get_ydata()[-1] == run.final[model] and total > 5 * run.final[model],
          "figure 9: and overcounts the downloads below")
    check_forecasts(run, authors, "figure 10, downloads")
    check(run["horizon"][-1] == 75, "figure 10, downloads: 75 days ahead")
    try:
        downloads.with_forecast(published)
        check(False, "figure 9 refuses running sums")
    except Missing:
        check(True, "figure 9 refuses running sums")


def check_collapse(run):
    page = collapse.universal(run)
    check_page("collapse", page)
    check(page.axes[0].collections[0].get_array().sum() > 0, "collapse: observations are counted")


def check_all(folder):
    """Every figure of months."""
    run = Run(folder / "run.nc")
    for checked in (check_cohorts, check_parameters, check_densities, check_fits,
                    check_organizations, check_collapse, check_prior):
        checked(run)
        style.pyplot.close("all")
    check_forecasts(run, Run(folder / "authors.nc"), "figure 10")
    check_backtest(folder / "bt.nc")
    check_sweep(folder / "sweep.nc")
    style.pyplot.close("all")
    try:
        downloads.with_forecast(run)
        check(False, "figure 9 refuses a run that is not daily")
    except Missing:
        check(True, "figure 9 refuses a run that is not daily")
    return check_table(Run(folder / "paper.nc"))


def check_command(path, folder):
    """The command writes files and leaves out what the file lacks."""
    thin = folder / "thin.nc"
    thin.write_bytes(path.read_bytes())
    with netCDF4.Dataset(thin, "a") as file:
        for name in ("count_density", "organization_calendar_count"):
            file[name][:] = numpy.nan
    command = [sys.executable, "-W", "error", ROOT / "analysis" / "figures.py"]
    done = subprocess.run([*command, thin, "--output", folder / "out", "--format", "png,svg,pdf",
                           "--width", "3.4", "--only", "figure03_densities", "figure07_by_date",
                           "collapse"], capture_output=True, text=True)
    written = sorted(p.name for p in (folder / "out").iterdir())
    check(done.returncode == 0 and written == ["collapse.pdf", "collapse.png", "collapse.svg"],
          "the command writes PNG, SVG and PDF")
    check("figure03_densities: left out: thin.nc has no" in done.stderr
          and "figure07_by_date: left out" in done.stderr, "what is left out is said")
    picture = (folder / "out" / "collapse.png").read_bytes()
    width = int.from_bytes(picture[16:20], "big")
    check(len(picture) > 10000 and width == 680, "a picture of a column's width is not blank")
    done = subprocess.run([*command, folder / "absent.nc"], capture_output=True, text=True)
    check(done.returncode == 1 and "cannot be read" in done.stderr
          and "Traceback" not in done.stderr, "a missing file is named")


def main():
    sample, real, data = (pathlib.Path(a) for a in sys.argv[1:])
    check_numbers()
    check_all(sample)
    check_command(sample / "run.nc", sample)
    if (real / "run.nc").exists():
        ratios = check_all(real)
        # The published parameters are rounded, and theirs is the same protocol.
        check(len(ratios) > 5 and max(ratios) < 1.02, "table 1: no row fits worse than published")
        check_downloads(real, data)
    else:
        check(True, "figures of real data # SKIP ../shared/data is not there")
    finish()


if __name__ == "__main__":
    main()
