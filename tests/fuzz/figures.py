#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes the structure of results that growcast wrote, at random, and draws figures and a report of
them: each must come to an end with a picture or a message, never with an exception.

    tests/fuzz/figures.py FOLDER SECONDS [SEED]

FOLDER holds run.nc, backtest.nc and sweep.nc (tests/fuzz/run.sh makes them).
"""
import contextlib
import io
import pathlib
import random
import sys
import tempfile
import time
import traceback
import warnings

import netCDF4
import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "analysis"))
import figures  # noqa: E402
import report  # noqa: E402

STRANGE = (0, -1, 0.5, 1e9, -1e300, 1e300, float("nan"), float("inf"))
TEXTS = ("", "=cmd()", "<script>alert(1)</script>", "../../x", "a\nb", "$\\frac{", "x" * 3000)
SIZES = (1, 2, 7, 50)
# A figure of each kind of data; all would take half a minute.
FIGURES = ("figure01_monthly", "figure02_parameters", "figure02_pooled", "figure03_densities",
           "figure05_models", "figure06_organizations", "figure07_by_date", "figure10_forecasts",
           "collapse", "table1", "prior", "organization_forecasts", "backtest_skill",
           "backtest_calibration", "sweep_ranking", "sweep_agreement", "sweep_shares")


def changed_attribute(draw, value):
    kind = draw.randrange(3)
    if kind == 0:
        return None
    return draw.choice(TEXTS) if kind == 1 else numpy.array([draw.choice(STRANGE) for _ in range(3)])


def copy(draw, source, target, changes):
    """Copies a result with some changes to random variables, dimensions and attributes."""
    with netCDF4.Dataset(source) as old, netCDF4.Dataset(target, "w") as new:
        victims = [draw.choice(list(old.variables)) for _ in range(changes)]
        kinds = {v: draw.choice(("drop", "type", "shape", "value", "attribute")) for v in victims}
        resized = draw.choice(list(old.dimensions)) if draw.random() < 0.2 else None
        for name, dimension in old.dimensions.items():
            new.createDimension(name, draw.choice(SIZES) if name == resized else len(dimension))
        for name in old.ncattrs():
            value = old.getncattr(name)
            if draw.random() < 0.02 and name != "run_status":
                value = changed_attribute(draw, value)
            if value is not None:
                new.setncattr(name, value)
        for name, variable in old.variables.items():
            copy_variable(draw, variable, new, kinds.get(name))


def copy_variable(draw, variable, new, kind):
    if kind == "drop":
        return
    dimensions, datatype = list(variable.dimensions), variable.dtype
    if kind == "shape" and dimensions:
        dimensions[draw.randrange(len(dimensions))] = draw.choice(list(new.dimensions))
        if draw.random() < 0.3:
            dimensions.pop()
    if kind == "type":
        datatype = draw.choice((str, "f8", "i1", "i4", "u8"))
    attributes = {a: variable.getncattr(a) for a in variable.ncattrs()}
    fill = attributes.pop("_FillValue", None)
    copied = new.createVariable(variable.name, datatype, dimensions,
                                fill_value=fill if datatype == variable.dtype else None)
    if kind == "attribute" and attributes:
        victim = draw.choice(list(attributes))
        attributes[victim] = changed_attribute(draw, attributes[victim])
    for name, value in attributes.items():
        if value is not None:
            copied.setncattr(name, value)
    variable.set_auto_mask(False)
    values = numpy.resize(variable[:], copied.shape)
    if datatype is str:
        values = values.astype(str).astype(object)
    elif values.dtype == object:
        values = numpy.arange(values.size).reshape(values.shape)
    if kind == "value" and values.size > 0:
        texts = values.dtype == object
        values = values if texts else values.astype(float)
        values.flat[draw.randrange(values.size)] = draw.choice(TEXTS if texts else STRANGE)
    with numpy.errstate(all="ignore"):
        copied[...] = values if datatype is str else values.astype(copied.dtype)


def attempt(main, arguments):
    """Runs a program; the text of an exception that escaped it, or None."""
    sys.argv = arguments
    sink = io.StringIO()
    try:
        with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
            main()
    except SystemExit:
        return None
    except Exception:  # pylint: disable=broad-except
        return traceback.format_exc()
    return None


def main():
    folder, seconds = pathlib.Path(sys.argv[1]), float(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(10 ** 9)
    warnings.simplefilter("ignore")
    end = time.monotonic() + seconds
    count = 0
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        while time.monotonic() < end:
            draw = random.Random(seed + count)
            names = {kind: scratch / f"{kind}.nc" for kind in ("run", "backtest", "sweep")}
            hit = draw.choice(list(names))
            for kind, path in names.items():
                copy(draw, folder / path.name, path, draw.randint(1, 3) if kind == hit else 0)
            program = [str(names["run"]), "--backtest", str(names["backtest"])]
            failure = attempt(figures.main, ["figures.py", *program, "--sweep", str(names["sweep"]),
                                             "--output", str(scratch / "out"), "--format", "png",
                                             "--dpi", "20", "--only", *draw.sample(FIGURES, 2)])
            failure = failure or attempt(report.main, ["report.py", *program])
            if failure:
                print(f"seed {seed + count}:\n{failure}")
                return 1
            count += 1
    print(f"stat::number_of_executed_units: {count} (seeds from {seed})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
