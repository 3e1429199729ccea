#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repeats the models of a run until there are COUNT of them: a large run without its work.

    enlarge.py RUN.nc LARGE.nc COUNT
"""
import sys

import netCDF4
import numpy


def copy(source, target, name, place):
    variable = source[name]
    fill = getattr(variable, "_FillValue", None)
    made = target.createVariable(name, variable.dtype, variable.dimensions, fill_value=fill)
    made.setncatts({k: v for k, v in variable.__dict__.items() if k != "_FillValue"})
    values = variable[:]
    if "model" in variable.dimensions:
        values = numpy.take(values, place, axis=variable.dimensions.index("model"))
    if name == "model_name":
        values = numpy.array([f"{n} {k}" for k, n in enumerate(values)], object)
    made[:] = values


def main():
    with netCDF4.Dataset(sys.argv[1]) as source, netCDF4.Dataset(sys.argv[2], "w") as target:
        count = int(sys.argv[3])
        place = numpy.arange(count) % source.dimensions["model"].size
        target.setncatts(source.__dict__)
        for name, dimension in source.dimensions.items():
            target.createDimension(name, count if name == "model" else dimension.size)
        for name in source.variables:
            copy(source, target, name, place)


if __name__ == "__main__":
    main()
