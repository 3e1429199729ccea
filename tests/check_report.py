#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uses reports as a reader would. TAP; run by tests/report.t.

    check_report.py FOLDER
"""
import csv
import pathlib
import subprocess
import sys
import time

import netCDF4
import numpy

from hostile import FORMULA, HTML, LONG, NAMES, TURNED
from tap import check, finish
from webdriver import Browser

ROOT = pathlib.Path(__file__).resolve().parent.parent
TAB, DOWN, SPACE, ENTER = "\ue004", "\ue015", "\ue00d", "\ue007"
LIMIT = 10_000_000  # bytes of a report of 3,000 models

# Texts whose contrast with the white page is below 4.5 (WCAG 2.1, 1.4.3).
PALE = """
const channel = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const luminance = (rgb) => 0.2126 * channel(rgb[0] / 255) + 0.7152 * channel(rgb[1] / 255)
    + 0.0722 * channel(rgb[2] / 255);
return [...document.querySelectorAll('body *')].filter((e) => e.offsetParent
    && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())
    && 1.05 / (luminance(getComputedStyle(e).color.match(/[0-9.]+/g).map(Number)) + 0.05) < 4.5)
    .map((e) => e.textContent.slice(0, 30));"""


def make(arguments):
    subprocess.run([sys.executable, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def downloaded(path):
    for _ in range(300):
        if path.exists():
            with open(path, newline="", encoding="utf-8") as file:
                return list(csv.reader(file))
        time.sleep(0.1)
    return []


def labels(browser):
    return browser.run("return chart.data.datasets.map(d => d.label).filter(l => l)")


def search(browser, text):
    browser.run("document.getElementById('search').value = ''")
    browser.type("#search", text)


def clear_search(browser):
    browser.run("const s = document.getElementById('search'); s.value = '';"
                "s.dispatchEvent(new Event('input'))")


def use(browser, run):
    names = [str(n) for n in run["model_name"][:]]
    observed = numpy.ma.filled(run["observed_count"][:], numpy.nan)
    largest = names[int(numpy.nanargmax(numpy.nanmax(observed, axis=1)))]
    check(largest in browser.text("#name"), "the largest model is shown first")
    check({"observed", "fit", "forecast", "80% of forecasts"} <= set(labels(browser)),
          "data, fit, forecast and band are drawn")
    browser.choose("#organization", browser.run(
        "return [...document.querySelectorAll('#organization option')].find("
        "o => o.textContent === 'microsoft').value"))
    check("icrosoft" in browser.text("#name"), "picking an organization shows its largest model")
    browser.choose("#organization", "")
    search(browser, "whisper small")
    check("openai/whisper-small" in browser.text("#name"), "search as you type finds a model")
    check(browser.text("#matches") == "1 model.", "and says how many there are")
    model = names.index("openai/whisper-small")
    counts = observed[model][numpy.isfinite(observed[model])]
    check(browser.run("return chart.data.datasets[0].data.map(p => p.y)") == counts.tolist(),
          "the points are the observed counts")
    fitted = numpy.ma.filled(run["fitted_count"][model], numpy.nan)[: len(counts)]
    drawn = browser.run("return chart.data.datasets[1].data.filter(p => Number.isInteger(p.x))"
                        ".map(p => p.y)")
    check(len(drawn) == len(fitted) and numpy.allclose(drawn, fitted, rtol=1e-4, atol=1e-4),
          "the curve is the program's")
    choose_axis(browser, counts)
    choose_forecast(browser, run, model)
    browser.click("#compare")
    search(browser, "phi-2")
    check(any("whisper-small\u2069: observed" in x for x in labels(browser))
          and any("phi-2\u2069: observed" in x for x in labels(browser)), "two models are compared")
    browser.click("#download")
    rows = downloaded(browser.folder / "growcast-chart.csv")
    check(rows and rows[0][:3] == ["model", "age (months)", "observed"]
          and {r[0] for r in rows[1:]} == {"openai/whisper-small", "microsoft/phi-2"},
          "the CSV holds what is shown")
    browser.click("#compared button")
    check(browser.run("return document.querySelectorAll('#compared li').length") == 0,
          "a model leaves the comparison")


def choose_axis(browser, counts):
    browser.choose("#axis", "log")
    check(browser.run("return chart.scales.y.type") == "logarithmic", "the axis turns logarithmic")
    browser.choose("#show", "increment")
    drawn = browser.run("return chart.data.datasets[0].data.map(p => p.y)")
    check([d for d in drawn if d is not None] == [d for d in numpy.diff(counts) if d > 0],
          "increments are differences")
    browser.choose("#show", "cumulative")


def choose_forecast(browser, run, model):
    """Horizons of the forecast, and forecasts from a past origin."""
    horizons = run["horizon"][:].tolist()
    forecast = "return chart.data.datasets.find(d => d.label === 'forecast').data.map(p => p.y)"
    expected = run["forecast_count"][model].tolist()
    check(numpy.allclose(browser.run(forecast)[1:], expected, rtol=1e-3),
          "the forecast is the program's")
    browser.choose("#horizon", f"{horizons[1]:g}")
    check(len(browser.run(forecast)) == 3, "a shorter horizon has fewer points")
    browser.choose("#horizon", f"{horizons[-1]:g}")
    browser.choose("#origin", "0")
    check("it became" in browser.text("#chart-text"), "a past origin shows what came true")
    used = browser.run("return document.querySelector('#origin').selectedOptions[0].textContent")
    seen = int(numpy.isfinite(numpy.ma.filled(run["observed_count"][model], numpy.nan)).sum())
    check(used == f"first {seen - 6}", "and says how many points were used")
    browser.choose("#origin", "now")


def tables(browser):
    clear_search(browser)
    browser.run("document.querySelectorAll('#model-table thead button')[0].click()")
    names = browser.run("return [...document.querySelectorAll('#model-table tbody tr')]"
                        ".map(r => r.cells[0].textContent)")
    check(len(names) == 50 + len(NAMES) and names == browser.run(
        "return arguments[0].sort((a, b) => a.localeCompare(b))", names),
        "models are sorted by name")
    check(browser.run("return document.querySelector('#model-table th').ariaSort") == "ascending",
          "a screen reader hears the order")
    browser.run("document.querySelectorAll('#organization-table thead button')[1].click()")
    sizes = browser.run("return [...document.querySelectorAll('#organization-table tbody tr')]"
                        ".map(r => Number(r.cells[1].textContent))")
    check(sizes == sorted(sizes, reverse=True), "organizations are sorted by models")
    browser.click("#models-csv")
    rows = downloaded(browser.folder / "growcast-models.csv")
    cells = {r[0] for r in rows}
    check("'" + FORMULA in cells, "the CSV disarms formulas")
    check(set(NAMES) - {FORMULA} <= cells, "and keeps other names whole")


def hostile(browser):
    for name in NAMES:
        search(browser, name[:60])
        shown = browser.run("return document.querySelector('#name bdi').textContent")
        check(shown == name, f"shown as text: {ascii(name[:40])}")
    check(browser.run("return document.querySelectorAll("
                      "'main img:not(figure img), main b b, main i').length") == 0,
          "no name makes an element")
    search(browser, TURNED[4:8])
    check(browser.run("return getComputedStyle(document.querySelector('#name bdi')).unicodeBidi")
          == "isolate", "a name does not turn what stands beside it")


def keyboard(browser):
    clear_search(browser)
    browser.run("document.getElementById('search').focus()")
    before = browser.text("#name")
    browser.type("#search", DOWN)  # into the list
    browser.type("#model", DOWN)
    check(browser.text("#name") != before, "arrow keys reach the list and change the model")
    browser.run("document.querySelector('.skip').focus()")
    seen = []
    for _ in range(24):
        seen.append(browser.run("const e = document.activeElement; return [e.id || e.textContent,"
                                "getComputedStyle(e).outlineStyle]"))
        browser.type(":focus", TAB)
    order = [name for name, _ in seen]
    wanted = ["Skip to the chart", "metric", "organization", "search", "model", "show", "axis",
              "origin", "horizon", "fit", "band", "compare", "download"]
    check([name for name in order if name in wanted][: len(wanted)] == wanted,
          "the tabulator key reaches every control in order")
    check(all(style == "solid" for _, style in seen), "the focus is visible")
    browser.run("document.getElementById('fit').focus()")
    browser.type("#fit", SPACE)
    check("fit" not in labels(browser), "the space bar takes the fit away")
    browser.type("#fit", SPACE)
    browser.run("document.querySelectorAll('#model-table thead button')[2].focus()")
    browser.type(":focus", ENTER)
    check(browser.run("return document.querySelectorAll('#model-table th')[2].ariaSort") is not None,
          "the enter key sorts")


def screen_reader(browser):
    nameless = browser.run(
        "return [...document.querySelectorAll('input, select, button, canvas, img')].filter(e =>"
        "!(e.labels && e.labels.length) && !e.textContent.trim() && !e.ariaLabel && !e.alt).length")
    check(nameless == 0, "every control and picture has a name")
    check(browser.run("return document.documentElement.lang") == "en"
          and browser.run("return document.querySelectorAll('main, header, nav, footer').length") == 4
          and browser.run("return document.querySelectorAll('h1').length") == 1,
          "language, landmarks and one title")
    check(browser.run("return [...document.querySelectorAll('table')].every(t => t.caption && "
                      "[...t.tHead.rows[0].cells].every(c => c.scope === 'col') && "
                      "[...t.tBodies[0].rows].every(r => r.cells[0].scope === 'row'))"),
          "tables have captions and heads")
    check(browser.run("return ['matches', 'chart-text'].every(id => "
                      "document.getElementById(id).getAttribute('role') === 'status')"),
          "what a choice changed is announced")
    pale = browser.run(PALE)
    check(not pale, f"texts have a contrast of 4.5 or more {pale[:3] or ''}")


def second_metric(browser):
    browser.choose("#metric", "1")
    check("org/daily-" in browser.text("#name"), "the metric switches to downloads")
    text = browser.text("#chart-text")
    check("downloads after" in text and "30 days ahead" in text, "days and downloads in words")
    check(browser.run("return chart.options.scales.x.title.text") == "age since release (days)",
          "and on the axis")
    check(browser.run("return document.querySelectorAll('#model-table tbody tr').length") == 4,
          "the tables follow")
    check(browser.run("return document.querySelectorAll('#origin option').length") == 1,
          "without a backtest there is no past origin")
    browser.choose("#metric", "0")


def phone(browser, page):
    browser.command("Emulation.setDeviceMetricsOverride", width=360, height=740,
                    deviceScaleFactor=1, mobile=True)
    browser.open(page)
    browser.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    search(browser, LONG[5:40])
    browser.click("#compare")
    clear_search(browser)
    check(browser.run("return document.documentElement.scrollWidth") <= 360,
          "a phone's width is enough")
    small = browser.run("return [...document.querySelectorAll('.pick button, .pick select')]"
                        ".filter(e => e.offsetHeight < 24).map(e => e.id)")
    check(not small, f"controls are large enough for a finger {small or ''}")  # WCAG 2.2, 2.5.8


def full(folder, browser):
    """A run with a backtest and downloads as a second metric."""
    path = folder / "run.nc"
    make([ROOT / "analysis" / "figures.py", path, "--format", "png", "--dpi", "60", "--only",
          "collapse", "figure07_by_date"])
    (folder / "figures-run" / "captions.json").write_text(
        '{"collapse": {"title": "Collapse <b>", "caption": "A & B"}}')
    make([ROOT / "analysis" / "report.py", path, "--backtest", folder / "bt.nc", "--downloads",
          folder / "down.nc"])
    page = path.with_suffix(".html")
    text = page.read_text(encoding="utf-8")
    check("onerror=alert(1)>" not in text and text.count("</script>") == 3,
          "hostile names cannot begin a tag")
    check("The MIT License" in text, "the chart library's licence is in the page")
    check("Collapse &lt;b&gt;" in text and "data:image/png" in text, "figures with their captions")
    browser.open(page)
    with netCDF4.Dataset(path) as run:
        use(browser, run)
    tables(browser)
    hostile(browser)
    keyboard(browser)
    screen_reader(browser)
    second_metric(browser)
    phone(browser, page)


def by_itself(folder, browser):
    """A daily run without a backtest, figures or a second metric."""
    make([ROOT / "analysis" / "report.py", folder / "down.nc"])
    browser.open(folder / "down.html")
    check("org/daily-" in browser.text("#name") and "forecast" in labels(browser),
          "a daily run by itself")
    browser.choose("#axis", "log")
    browser.choose("#show", "increment")
    check("downloads per day" in browser.run("return chart.options.scales.y.title.text"),
          "new downloads per day")


def many_models(folder, browser):
    """The run's models repeated to 3,000."""
    make([ROOT / "tests" / "enlarge.py", folder / "run.nc", folder / "large.nc", 3000])
    make([ROOT / "analysis" / "report.py", folder / "large.nc"])
    page = folder / "large.html"
    check(page.stat().st_size < LIMIT, f"3,000 models in {page.stat().st_size / 1e6:.1f} MB")
    browser.open(page)
    check(browser.text("#matches") == "3,000 models, the 300 largest listed.", "all are there")
    with netCDF4.Dataset(folder / "large.nc") as run:
        name = str(run["model_name"][2900])
    search(browser, name.replace("/", " "))
    check(browser.text("#matches") == "1 model." and name in browser.text("#name"),
          "and are searched")
    clear_search(browser)
    browser.click("#more")
    rows = browser.run("return document.querySelectorAll('#model-table tbody tr').length")
    check(rows == 600, "the table grows on request")
    metrics = {m["name"]: m["value"] for m in browser.command("Performance.getMetrics")["metrics"]}
    print(f"# main thread until here: {metrics['TaskDuration']:.2f} s of which scripts "
          f"{metrics['ScriptDuration']:.2f} s")


def main():
    folder = pathlib.Path(sys.argv[1])
    with Browser(folder / "browser") as browser:
        browser.requests()
        full(folder, browser)
        by_itself(folder, browser)
        browser.command("Performance.enable", timeDomain="threadTicks")
        many_models(folder, browser)
        messages = browser.messages()
        check(not messages, f"nothing on the console {messages[:2] or ''}")
        asked = [u for u in browser.requests() if u.startswith(("http", "ws", "ftp", "//"))]
        check(not asked, f"no request to a network {asked[:2] or ''}")
    finish()


if __name__ == "__main__":
    main()
