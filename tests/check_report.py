#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uses the report as a reader would. TAP; run by tests/report.t.

    check_report.py RUN.nc BT.nc FOLDER
"""
import csv
import pathlib
import subprocess
import sys
import time

import netCDF4
import numpy

from tap import check, finish
from webdriver import Browser

ROOT = pathlib.Path(__file__).resolve().parent.parent
HOSTILE = "evil/<img src=x onerror=alert(1)></script><b>bold</b>"


def downloaded(path):
    for _ in range(100):
        if path.exists():
            with open(path, newline="", encoding="utf-8") as file:
                return list(csv.reader(file))
        time.sleep(0.1)
    return []


def labels(browser):
    return browser.run("return chart.data.datasets.map(d => d.label).filter(l => l)")


def use(browser, run):
    names = [str(n) for n in run["model_name"][:]]
    observed = numpy.ma.filled(run["observed_count"][:], numpy.nan)
    largest = names[int(numpy.nanargmax(numpy.nanmax(observed, axis=1)))]
    check(largest in browser.text("#name"), "the largest model is shown first")
    check({"observed", "fit", "forecast", "80% of forecasts"} <= set(labels(browser)),
          "data, fit, forecast and band are drawn")
    browser.choose("#organization", browser.run(
        "return [...document.querySelectorAll('#organization option')].find("
        "o => o.textContent === 'microsoft' || o.textContent === 'Microsoft').value"))
    check("icrosoft" in browser.text("#name"), "picking an organization shows its largest model")
    browser.choose("#organization", "")
    browser.type("#search", "whisper small")
    check("openai/whisper-small" in browser.text("#name"), "search as you type finds a model")
    check(browser.text("#matches") == "1 model.", "and says how many there are")
    model = names.index("openai/whisper-small")
    counts = observed[model][numpy.isfinite(observed[model])]
    check(browser.run("return chart.data.datasets[0].data.map(p => p.y)") == counts.tolist(),
          "the points are the observed counts")
    fitted = numpy.ma.filled(run["fitted_count"][model], numpy.nan)[: len(counts)]
    drawn = browser.run("return chart.data.datasets[1].data.map(p => p.y)")
    check(numpy.allclose(drawn, fitted, rtol=1e-4, atol=1e-4),
          "the curve is the program's")
    browser.choose("#axis", "log")
    check(browser.run("return chart.scales.y.type") == "logarithmic", "the axis turns logarithmic")
    browser.choose("#metric", "increment")
    first = browser.run("return chart.data.datasets[0].data[0].y")
    check(first == counts[1] - counts[0] or counts[1] == counts[0], "increments are differences")
    browser.choose("#metric", "cumulative")
    browser.choose("#origin", "0")
    check("it became" in browser.text("#chart-text"), "a past origin shows what came true")
    browser.choose("#origin", "now")
    browser.click("#compare")
    browser.run("document.getElementById('search').value = ''")
    browser.type("#search", "phi-2")
    check(any("whisper-small: observed" in x for x in labels(browser))
          and any("phi-2: observed" in x for x in labels(browser)), "two models are compared")
    browser.click("#download")
    rows = downloaded(browser.folder / "growcast-chart.csv")
    check(rows and rows[0][:3] == ["model", "age (months)", "observed"]
          and {r[0] for r in rows[1:]} == {"openai/whisper-small", "microsoft/phi-2"},
          "the CSV holds what is shown")
    browser.click("#compared button")
    check(browser.run("return document.querySelectorAll('#compared li').length") == 0,
          "a model leaves the comparison")


def tables(browser):
    browser.run("const s = document.getElementById('search'); s.value = '';"
                "s.dispatchEvent(new Event('input'))")
    browser.run("document.querySelectorAll('#model-table thead button')[0].click()")
    names = browser.run("return [...document.querySelectorAll('#model-table tbody tr')]"
                        ".map(r => r.cells[0].textContent)")
    check(len(names) == 52 and names == browser.run(
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
    check(any(r[0] == "'=HYPERLINK(1+1)/x" for r in rows), "the CSV disarms formulas")
    check(any(r[0] == HOSTILE for r in rows), "and keeps other names whole")


def hostile(browser):
    browser.type("#search", "onerror")
    check(browser.text("#name").startswith(HOSTILE), "HTML in a name is shown as text")
    check(browser.run("return document.querySelectorAll('main img:not(figure img), main b b').length")
          == 0, "and makes no element")


def keyboard(browser):
    browser.run("const s = document.getElementById('search'); s.value = '';"
                "s.dispatchEvent(new Event('input')); s.focus()")
    before = browser.text("#name")
    browser.type("#search", "\ue015")  # arrow down: into the list
    browser.type("#model", "\ue015")
    check(browser.text("#name") != before, "arrow keys reach the list and change the model")
    nameless = browser.run(
        "return [...document.querySelectorAll('input, select, button, canvas')].filter(e =>"
        "!(e.labels && e.labels.length) && !e.textContent.trim() && !e.ariaLabel).length")
    check(nameless == 0, "every control has a name")


def main():
    path, past, folder = (pathlib.Path(a) for a in sys.argv[1:])
    subprocess.run([sys.executable, ROOT / "analysis" / "figures.py", path, "--format", "png",
                    "--dpi", "60", "--only", "collapse", "figure07_by_date"],
                   check=True, stdout=subprocess.DEVNULL)
    subprocess.run([sys.executable, ROOT / "analysis" / "report.py", path, "--backtest", past],
                   check=True, stdout=subprocess.DEVNULL)
    page = path.with_suffix(".html")
    text = page.read_text(encoding="utf-8")
    check("onerror=alert(1)>" not in text and text.count("</script>") == 3,
          "hostile names cannot begin a tag")
    check("The MIT License" in text, "the chart library's licence is in the page")
    with Browser(folder / "browser") as browser, netCDF4.Dataset(path) as run:
        browser.requests()
        browser.open(page)
        use(browser, run)
        tables(browser)
        hostile(browser)
        keyboard(browser)
        messages = browser.messages()
        check(not messages, f"nothing on the console {messages[:2] or ''}")
        asked = [u for u in browser.requests() if u.startswith(("http", "ws", "ftp", "//"))]
        check(not asked, f"no request to a network {asked[:2] or ''}")
        browser.command("Emulation.setDeviceMetricsOverride", width=360, height=740,
                        deviceScaleFactor=1, mobile=True)
        browser.open(page)
        check(browser.run("return document.documentElement.scrollWidth") <= 360,
              "a phone's width is enough")
    finish()


if __name__ == "__main__":
    main()
