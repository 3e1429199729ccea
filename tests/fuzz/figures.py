#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes the structure of results that growcast wrote, at random, and draws figures and a report of
them: each must come to an end with a picture or a message, never with an exception.

    tests/fuzz/figures.py FOLDER SECONDS [SEED]

FOLDER holds run.nc, backtest.nc and sweep.nc (tests/fuzz/run.sh makes them). Laying out and painting
take most of the time, and hold few surprises: of WHOLE inputs all but one are changed in memory and
built up to the page that would be laid out. That one is written to a file and painted.
"""
import contextlib
import io
import pathlib
import random
import signal
import sys
import tempfile
import time
import traceback
import warnings

import matplotlib.figure
import numpy
import xarray

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "analysis"))
import figures  # noqa: E402
import report  # noqa: E402
from growcast_figures import dataset  # noqa: E402

WHOLE = 50
LONGEST = 30  # seconds of processor time a program
STRANGE = (0, -1, 0.5, 1e9, -1e300, 1e300, float("nan"), float("inf"))
TEXTS = ("", "=cmd()", "<script>alert(1)</script>", "../../x", "a\nb", "$\\frac{", "x" * 3000)
SIZES = (1, 2, 7, 50)
KINDS = ("run", "backtest", "sweep")
# A figure of each kind of data, by the file that it shows.
FIGURES = {
    "run": ("figure01_monthly", "figure02_parameters", "figure02_pooled", "figure03_densities",
            "figure04_cumulative", "figure05_models", "figure06_organizations", "figure07_by_date",
            "figure08_by_age", "figure09_downloads", "figure10_forecasts", "collapse", "table1",
            "prior", "organization_forecasts"),
    "backtest": ("backtest_skill", "backtest_calibration"),
    "sweep": ("sweep_ranking", "sweep_agreement", "sweep_shares"),
}


class Result:
    """The variables and attributes of a file as they stand in it."""

    def __init__(self, path):
        with xarray.open_dataset(path, decode_cf=False) as file:
            file.load()
        self.variables = {name: file[name].variable for name in file.variables}
        self.attributes = file.attrs
        self.sizes = dict(file.sizes)
        self.opened = None

    def changed(self, draw):
        """A copy with some changes to random variables, dimensions and attributes."""
        copy = object.__new__(Result)
        copy.variables = dict(self.variables)
        copy.attributes = dict(self.attributes)
        copy.sizes = dict(self.sizes)
        copy.opened = None
        if draw.random() < 0.2:
            name = draw.choice(list(copy.sizes))
            copy.sizes[name] = draw.choice(SIZES)
            for key, variable in copy.variables.items():
                if name in variable.dims:
                    copy.variables[key] = reshaped(variable, variable.dims, copy.sizes)
        if draw.random() < 0.2:
            change_attribute(draw, copy.attributes)
        for name in draw.sample(list(copy.variables), draw.randint(1, 5)):
            variable = change_variable(draw, copy.variables.pop(name), copy.sizes)
            if variable is not None:
                copy.variables[name] = variable
        return copy

    def open(self):
        """What xarray makes of it, as of a file."""
        if self.opened is None:
            self.opened = xarray.decode_cf(xarray.backends.InMemoryDataStore(
                dict(self.variables), dict(self.attributes)))
        return self.opened.copy()

    def write(self, path):
        """False if it is nothing that a file can hold."""
        try:
            xarray.Dataset(self.variables, attrs=self.attributes).to_netcdf(path)
        except Exception:  # pylint: disable=broad-except
            return False
        return True


def change_attribute(draw, attributes):
    if not attributes:
        return
    name = draw.choice(list(attributes))
    kind = draw.randrange(3)
    if kind == 0:
        del attributes[name]
    elif kind == 1:
        attributes[name] = draw.choice(TEXTS)
    else:
        attributes[name] = numpy.array([draw.choice(STRANGE) for _ in range(3)])


def reshaped(variable, dimensions, sizes):
    values = numpy.resize(variable.values, [sizes[d] for d in dimensions])
    return xarray.Variable(dimensions, values, variable.attrs)


def change_variable(draw, variable, sizes):
    """The variable with a change, or None without it."""
    kind = draw.choice(("drop", "type", "shape", "value", "attribute"))
    dimensions, values, attributes = list(variable.dims), variable.values, dict(variable.attrs)
    if kind == "shape" and dimensions:
        dimensions[draw.randrange(len(dimensions))] = draw.choice(list(sizes))
        if draw.random() < 0.3:
            dimensions.pop()
        return reshaped(variable, dimensions, sizes)
    if kind == "attribute":
        change_attribute(draw, attributes)
    elif kind == "type":
        if values.dtype == object:
            values = numpy.arange(values.size, dtype=float).reshape(values.shape)
        with numpy.errstate(all="ignore"):
            values = values.astype(draw.choice((str, "f8", "i1", "i4", "u8")))
        values = values.astype(object) if values.dtype.kind == "U" else values
    elif kind == "value" and values.size > 0:
        texts = values.dtype == object
        values = values.copy() if texts else values.astype(float)
        values.flat[draw.randrange(values.size)] = draw.choice(TEXTS if texts else STRANGE)
    return None if kind == "drop" else xarray.Variable(dimensions, values, attributes)


@contextlib.contextmanager
def in_place(results):
    """Has files opened from `results`, by path, and no page laid out or painted."""
    figure = matplotlib.figure.Figure
    kept = dataset.xarray, figure.savefig, figure.draw_without_rendering

    class Library:
        @staticmethod
        def open_dataset(path):
            return results[path.stem].open()

    dataset.xarray = Library
    figure.savefig = lambda *_, **__: None
    figure.draw_without_rendering = lambda *_: None
    try:
        yield
    finally:
        dataset.xarray, figure.savefig, figure.draw_without_rendering = kept


class Overdue(BaseException):
    """A program took too long. Nothing that is caught as a defect of a file."""


def end(*_):
    raise Overdue


def attempt(main, arguments):
    """Runs a program; the text of an exception that escaped it, or None."""
    sys.argv = arguments
    sink = io.StringIO()
    signal.signal(signal.SIGPROF, end)
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    try:
        with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
            main()
    except SystemExit:
        return None
    except (Exception, Overdue):  # pylint: disable=broad-except
        return traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return None


def draw_all(draw, hit, folder, scratch):
    """Draws and reports what stands in a folder."""
    path = {kind: str(folder / f"{kind}.nc") for kind in KINDS}
    inputs = [path["run"], "--backtest", path["backtest"]]
    failure = attempt(figures.main, [
        "figures.py", *inputs, "--sweep", path["sweep"], "--output", str(scratch / "out"),
        "--format", "png", "--dpi", "20", "--only", draw.choice(FIGURES[hit])])
    if not failure and hit != "sweep" and draw.random() < 0.3:
        failure = attempt(report.main, ["report.py", *inputs, "--output", str(scratch / "page.html")])
    return failure


def one_input(seed, results, folder, scratch):
    """The text of an exception that an input of that seed leads to, or None."""
    draw = random.Random(seed)
    hit = draw.choices(KINDS, (3, 1, 1))[0]
    changed = {**results, hit: results[hit].changed(draw)}
    if draw.randrange(WHOLE) == 0 and all(changed[kind].write(scratch / f"{kind}.nc")
                                          for kind in KINDS):
        return draw_all(draw, hit, scratch, scratch)
    with in_place(changed):
        return draw_all(draw, hit, folder, scratch)


def main():
    folder, seconds = pathlib.Path(sys.argv[1]), float(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(10 ** 9)
    warnings.simplefilter("ignore")
    results = {kind: Result(folder / f"{kind}.nc") for kind in KINDS}
    end = time.monotonic() + seconds
    count = 0
    with tempfile.TemporaryDirectory() as scratch:
        while time.monotonic() < end:
            failure = one_input(seed + count, results, folder, pathlib.Path(scratch))
            if failure:
                print(f"seed {seed + count}:\n{failure}")
                return 1
            count += 1
    print(f"stat::number_of_executed_units: {count} (seeds from {seed})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
